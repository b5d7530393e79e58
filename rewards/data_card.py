"""What a values file holds and where it came from, for machines and for people."""

from __future__ import annotations

import json
import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, fields
from importlib.metadata import version

from agentrm_envs import Task
from rewards.selection import Extraction, TaskPaths

BINS = 10
"""Bars of the histogram of values, each a tenth of [0, 1] wide; 1 falls into the last."""


@dataclass(frozen=True, slots=True)
class Input:
    """A run's episodes."""

    path: str
    sha256: str
    episodes: int
    errors: int
    """Episodes that failed and were left out."""
    torn: int
    """Half-written last lines that were left out."""


@dataclass(frozen=True, slots=True)
class Output:
    """A values file."""

    path: str
    sha256: str
    rows: int
    states: int
    """Values that are not null."""


@dataclass(frozen=True, slots=True)
class EnvCounts:
    """What one values file holds of one environment."""

    tasks: int
    trees: int
    explored: int
    """Different states that the trees hold."""
    admitted: int
    """Those that were visited often enough."""
    states: int
    """Those that the rows cover: the values that are not null."""
    finished: int
    """Those at an episode's end."""
    rows: int
    mean: float
    deviation: float
    histogram: list[int]
    """States by value, in tenths of [0, 1]."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """What was extracted, from what, and how."""

    settings: Extraction
    inputs: list[Input]
    outputs: list[Output]
    environments: dict[str, dict[str, EnvCounts]]
    """By values file and environment."""
    heldout_tasks: list[Task]


def part_counts(tasks: Sequence[TaskPaths]) -> dict[str, EnvCounts]:
    """The counts of a values file, by environment."""
    by_env: dict[str, list[TaskPaths]] = defaultdict(list)
    for task in tasks:
        by_env[task.tree.task.env].append(task)
    return {env: _counts(some) for env, some in sorted(by_env.items())}


def _counts(tasks: Sequence[TaskPaths]) -> EnvCounts:
    states = [
        task.tree.states[place] for task in tasks for path in task.paths for place in path.fresh
    ]
    values = sorted(state.value for state in states)
    mean = math.fsum(values) / max(len(values), 1)
    variance = math.fsum((value - mean) ** 2 for value in values) / max(len(values), 1)
    return EnvCounts(
        tasks=len(tasks),
        trees=sum(task.tree.trees for task in tasks),
        explored=sum(len(task.tree.states) - 1 for task in tasks),
        admitted=sum(task.admitted for task in tasks),
        states=len(states),
        finished=sum(state.finished for state in states),
        rows=sum(len(task.paths) for task in tasks),
        mean=round(mean, 6),
        deviation=round(math.sqrt(variance), 6),
        histogram=histogram(values),
    )


def histogram(values: Iterable[float]) -> list[int]:
    """How many of the values, all in [0, 1], lie in each tenth."""
    bars = [0] * BINS
    for value in values:
        bars[min(int(value * BINS), BINS - 1)] += 1
    return bars


def manifest_json(manifest: Manifest) -> str:
    """The manifest as `dataset.json` holds it."""
    versions = {"agentrm": version("agentrm")}
    written = {"schema_version": 1, **asdict(manifest), "versions": versions}
    return json.dumps(written, indent=2, ensure_ascii=False) + "\n"


def card(manifest: Manifest) -> str:
    """The manifest as a page to read: `dataset.md`."""
    settings = manifest.settings
    paths = settings.paths or "all"
    left_out = [name for name, shown in asdict(settings.shown).items() if not shown]
    balance = {None: "no", 0: "to the smallest environment"}.get(
        settings.balance, f"{settings.balance} states an environment"
    )
    lines = [
        "# Values of explored states",
        "",
        "Each line of the values files is a path of states of one task: the conversation up to",
        "an action (`messages`), and for each action the mean return of the rollouts through",
        "the state that it led to (`values`, in [0, 1]) and their number (`visits`). A value is",
        "null where a state was visited too rarely or is trained on in another line, so no",
        "state counts twice. No observation follows the last action: it could tell the outcome.",
        "`rewards` and `finished` serve evaluation and are not for models to see.",
        "",
        f"Visits at least {settings.min_visits} (1 at an episode's end), paths a task at most "
        f"{paths}, balanced: {balance}, {settings.holdout:.0%} of the tasks held out, "
        f"seed {settings.seed}. Left out of the states: {' and '.join(left_out) or 'nothing'}.",
        "",
        *_outputs_table(manifest),
        "",
        "## Value histograms",
        "",
        "States by value, in tenths from 0 to 1.",
        "",
        *_histograms(manifest),
        "",
        "## Sources",
        "",
        *(_source(source) for source in manifest.inputs),
    ]
    return "\n".join(lines) + "\n"


def _outputs_table(manifest: Manifest) -> list[str]:
    columns = ["file", "env", *(column.name for column in fields(EnvCounts)[:-1])]
    lines = ["| " + " | ".join(columns) + " |", "|" + " --- |" * len(columns)]
    for name, by_env in manifest.environments.items():
        for env, counts in by_env.items():
            cells = [name, env, *(str(getattr(counts, column)) for column in columns[2:])]
            lines.append("| " + " | ".join(cells) + " |")
    return lines


def _histograms(manifest: Manifest) -> list[str]:
    return [
        f"- {name}, {env}: {' '.join(str(bar) for bar in counts.histogram)}"
        for name, by_env in manifest.environments.items()
        for env, counts in by_env.items()
    ]


def _source(source: Input) -> str:
    left_out = f"{source.errors} failed and {source.torn} torn ones left out"
    return f"- `{source.path}`: {source.episodes} episodes, {left_out}, sha256 {source.sha256}"
