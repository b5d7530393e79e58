"""From exploration trees to the data that a reward model is trained on (paper, section 3.2)."""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from tqdm import tqdm

from agentrm_envs import Tree
from agentrm_envs.chat import Shown
from agentrm_envs.prompt_tree import PromptTree
from rewards.data_card import Input, Manifest, Output, card, manifest_json, part_counts
from rewards.episodes import EpisodesFile
from rewards.errors import BadData
from rewards.selection import Extraction, TaskPaths, balanced, covered, held_out
from rewards.splits import warning
from rewards.states import merged
from rewards.values import to_lines, values_row
from rewards.whole_file import write

VALUES = "values.jsonl"
HELDOUT = "values.heldout.jsonl"
MANIFEST = "dataset.json"
CARD = "dataset.md"


def extract(
    runs: Sequence[Path], out: Path, settings: Extraction, prompts: PromptTree | None = None
) -> Manifest:
    """Write `values.jsonl`, `values.heldout.jsonl`, `dataset.json` and `dataset.md` to `out`.

    The same trees give the same bytes, in whatever order their episodes ended.
    """
    if prompts:
        settings = replace(settings, prompts_sha256=prompts.scored_checksum)
    files = [EpisodesFile.of(run) for run in runs]
    kept = [covered(tree, settings) for tree in merged(_trees(files))]
    if not any(task.paths for task in kept):
        raise BadData(
            f"no state of {', '.join(str(run) for run in runs)} was visited "
            f"{settings.min_visits} times; explore for longer or lower --min-visits"
        )
    # A task without paths has nothing to evaluate on, so it is no choice for the held-out side.
    told = [task.tree.task for task in kept if task.paths]
    heldout = held_out(told, settings.holdout, settings.seed)
    test = [task for task in kept if task.tree.task in heldout]
    train = balanced([task for task in kept if task.tree.task not in heldout], settings)
    parts = {VALUES: train, HELDOUT: test}
    if note := warning(task.tree.task for task in train if task.paths):
        print(note, file=sys.stderr)

    out.mkdir(parents=True, exist_ok=True)
    outputs = [
        _write_values(out / name, part, settings.shown, prompts) for name, part in parts.items()
    ]
    manifest = Manifest(
        settings=settings,
        inputs=[_input(file) for file in files],
        outputs=outputs,
        environments={name: part_counts(part) for name, part in parts.items()},
        heldout_tasks=sorted(heldout, key=lambda task: (task.env, task.id)),
    )
    write(out / CARD, card(manifest).encode())
    write(out / MANIFEST, manifest_json(manifest).encode())
    return manifest


def _trees(files: Sequence[EpisodesFile]) -> Iterator[Tree]:
    for file in files:
        yield from tqdm(file.trees(), desc=f"read {file.path}", unit="tree", leave=False)


def _input(file: EpisodesFile) -> Input:
    return Input(str(file.path), file.sha256, file.episodes, file.errors, file.torn)


def _write_values(
    path: Path, tasks: Sequence[TaskPaths], shown: Shown, prompts: PromptTree | None
) -> Output:
    rows = [values_row(task.tree, some, shown, prompts) for task in tasks for some in task.paths]
    data = to_lines(rows)
    write(path, data)
    states = sum(task.states for task in tasks)
    return Output(path.name, hashlib.sha256(data).hexdigest(), len(rows), states)
