"""Data scaling (paper, Fig. 3): reward models trained on more and more of the same tasks."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from leaderboard.experiments.experiment import Experiment
from leaderboard.experiments.guidance import add_guidance_flags, guidance, held_out, played
from leaderboard.experiments.point import Point
from leaderboard.experiments.result import Result
from leaderboard.experiments.stage import Stage, subset, training
from rewards.dataset import HELDOUT, VALUES
from rewards.episodes import EPISODES
from rewards.values import read_values

SHARES = (1 / 64, 1 / 32, 1 / 16, 1 / 8, 1 / 4, 1 / 2, 1.0)


def add_flags(verb: argparse.ArgumentParser) -> None:
    verb.add_argument(
        "--values", type=Path, required=True, metavar="DIR", help="what `rewards extract` wrote"
    )
    verb.add_argument(
        "--trees",
        type=Path,
        nargs="+",
        default=[],
        metavar="RUN",
        help="the runs that it read, to evaluate on all states of its held-out tasks "
        "(default: those of its values.heldout.jsonl)",
    )
    verb.add_argument(
        "--shares",
        type=float,
        nargs="+",
        default=list(SHARES),
        help="of each environment's tasks; a smaller share's tasks are among a larger one's",
    )
    add_guidance_flags(verb)


def plan(given: argparse.Namespace) -> list[Stage]:
    heldout = given.values / HELDOUT
    sources, only = (given.trees, heldout) if given.trees else ([heldout], None)
    stages = []
    for share, name in _names(given).items():
        rows = _rows(given, name)
        stages.append(subset(given.values / VALUES, share, given.seed, rows))
        stages.append(training(rows, given.recipe, _model(given, name)))
    models = {name: _model(given, name) for name in _names(given).values()}
    return [*stages, *guidance(given, models, sources, only)]


def result(given: argparse.Namespace) -> Result:
    title = f"Reward models from more and more tasks, in play for {given.policy}"
    return Result(title, "states trained on", tuple(_points(given)))


def _points(given: argparse.Namespace) -> Iterator[Point]:
    states = {name: str(_states(_rows(given, name))) for name in _names(given).values()}
    for name, count in states.items():
        yield from played(given, "greedy", "greedy", count)
        yield from played(given, name, f"best of {given.n}", count)
    for name, count in states.items():
        for measure, point in held_out(given, _model(given, name)):
            yield replace(point, block=f"held-out {measure}", row="reward model", column=count)


def _states(rows: Path) -> int:
    return sum(value is not None for row in read_values(rows) for value in row.values)


def _names(given: argparse.Namespace) -> dict[float, str]:
    return {share: f"share-{share:.4g}" for share in sorted(set(given.shares))}


def _rows(given: argparse.Namespace, name: str) -> Path:
    return Path(given.out, "data", f"values.{name}.jsonl")


def _model(given: argparse.Namespace, name: str) -> Path:
    return Path(given.out, "models", name)


def files(given: argparse.Namespace) -> Sequence[Path]:
    recipe = [given.recipe] if given.recipe else []
    trees = [run / EPISODES if run.is_dir() else run for run in given.trees]
    return [given.values / VALUES, given.values / HELDOUT, *recipe, *trees]


DATA_SCALING = Experiment(
    "reward models trained on more and more of the tasks, on held-out states and in play",
    add_flags,
    plan,
    result,
    files,
)
