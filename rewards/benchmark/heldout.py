"""What a reward model is evaluated on: explored trees, or the paths of a values file."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from agentrm_envs import Action, Step, Task, Tree
from agentrm_envs.chat import parse_action
from rewards.episodes import EpisodesFile
from rewards.errors import BadData
from rewards.states import StateTree, merged
from rewards.values import ValuesRow, read_values


@dataclass(frozen=True, slots=True)
class Heldout:
    """Explored states by task, and the files that they come from."""

    trees: list[StateTree]
    sources: dict[str, str]
    """sha256 by path."""


def read_heldout(paths: Sequence[Path], only: Path | None = None) -> Heldout:
    """The states of run directories and values files, of the tasks in the file `only`.

    A run is the better source: it has every finished trajectory, a values file only those on
    the paths that were chosen to train on.
    """
    runs = [EpisodesFile.of(path) for path in paths if is_run(path)]
    files = [path for path in paths if not is_run(path)]
    trees = merged(tree for run in runs for tree in run.trees())
    trees += from_rows(row for file in files for row in read_values(file))
    if only is not None:
        tasks = {row.task for row in read_values(only)}
        trees = [tree for tree in trees if tree.task in tasks]
    if not trees:
        where = ", ".join(map(str, paths)) + (f" of the tasks in {only}" if only else "")
        raise BadData(f"there are no trees in {where}: nothing to evaluate on")
    twice = {tree.task for tree in trees}
    if len(twice) < len(trees):
        raise BadData("a task is in a run and in a values file: give one of them")
    sources = {str(run.path): run.sha256 for run in runs}
    sources |= {
        str(file): hashlib.sha256(file.read_bytes()).hexdigest()
        for file in [*files, *([only] if only else [])]
    }
    return Heldout(trees, sources)


def of_environments(heldout: Heldout, names: Sequence[str]) -> Heldout:
    """Only the trees of some environments; of all where none is named."""
    there = sorted({tree.task.env for tree in heldout.trees})
    if missing := [name for name in names if name not in there]:
        raise BadData(f"there are no trees of {', '.join(missing)}; there are: {', '.join(there)}")
    kept = [tree for tree in heldout.trees if not names or tree.task.env in names]
    return Heldout(kept, heldout.sources)


def is_run(path: Path) -> bool:
    return path.is_dir() or not path.name.startswith("values")


def from_rows(rows: Iterable[ValuesRow]) -> list[StateTree]:
    """The states of a values file, by task; those without a value there have no visits."""
    by_task: dict[Task, list[ValuesRow]] = defaultdict(list)
    for row in rows:
        if row.prompts_sha256:
            raise BadData(
                "values that were extracted with --prompts are not read back: evaluate on the "
                "run that they were extracted from, with --only for its held-out tasks"
            )
        by_task[row.task].append(row)
    return [
        _tree(task, by_task[task]) for task in sorted(by_task, key=lambda task: (task.env, task.id))
    ]


def _tree(task: Task, rows: Sequence[ValuesRow]) -> StateTree:
    for row in rows:
        _check_turns(row)
    first = rows[0].messages[1]["content"]
    # Where the goal ends is not written; rendered again, the two are the same message.
    goal, _, observation = first.removeprefix("Your task: ").partition("\n")
    tree = StateTree.like(Tree.rooted(task, goal, observation))
    tree.trees = 1
    answers = {
        prefix: answer for row in rows for prefix, answer in _answers(row) if answer is not None
    }
    for row in rows:
        place = Tree.ROOT
        prefixes = [prefix for prefix, _ in _answers(row)]
        for index, prefix in enumerate(prefixes):
            done = row.finished and index == len(prefixes) - 1
            action = Action(parse_action(prefix[-1]), prefix[-1])
            answer = answers.get(prefix, "")
            place = tree.place(place, Step(action, answer, row.rewards[index], done))
            value = row.values[index]
            if value is not None:
                tree.states[place].add(value, max(row.visits[index], 1))
    return tree


def _check_turns(row: ValuesRow) -> None:
    """Raise BadData where a state could not be made of the row's messages."""
    roles = [message.get("role", "none") for message in row.messages]
    turns = ["system", *(("user", "assistant")[i % 2] for i in range(len(roles) - 1))]
    if roles != turns or roles[-1] != "assistant":
        raise BadData(
            f"a row of task {row.task.id!r} of {row.task.env} has messages of {', '.join(roles)}; "
            "states are read from system, user, assistant and so on by turns: evaluate on the "
            "run that it was extracted from, or extract it again"
        )


def _answers(row: ValuesRow) -> Iterator[tuple[tuple[str, ...], str | None]]:
    """The completions up to each action, and the answer: None to the last, which has none."""
    turns = [message["content"] for message in row.messages[2:]]
    said, answers = turns[::2], [*turns[1::2], None]
    for index, answer in enumerate(answers[: len(said)], start=1):
        yield tuple(said[:index]), answer


def depth_first(tree: StateTree) -> Iterator[int]:
    """The states after the root, each soon after its parent, as a prefix cache likes it."""
    children = tree.children()
    stack = children[Tree.ROOT][::-1]
    while stack:
        place = stack.pop()
        yield place
        stack += children[place][::-1]
