"""State ablation (paper, Table 5): reward models that do not read thoughts, or observations."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from leaderboard.experiments.experiment import Experiment
from leaderboard.experiments.guidance import add_guidance_flags, guidance, held_out, played
from leaderboard.experiments.point import Point
from leaderboard.experiments.result import Result
from leaderboard.experiments.scores import transposed
from leaderboard.experiments.stage import Stage, extraction, told, training
from rewards.dataset import HELDOUT, VALUES
from rewards.episodes import EPISODES
from rewards.selection import Extraction

VARIANTS = {
    "everything": (),
    "without-thoughts": ("thoughts",),
    "without-observations": ("observations",),
    "without-both": ("thoughts", "observations"),
}


def add_flags(verb: argparse.ArgumentParser) -> None:
    default = Extraction()
    verb.add_argument(
        "--trees", type=Path, nargs="+", required=True, metavar="RUN", help="explored runs"
    )
    verb.add_argument("--min-visits", type=int, default=default.min_visits, help="(%(default)s)")
    verb.add_argument("--paths", type=int, default=default.paths, help="of a task (%(default)s)")
    verb.add_argument(
        "--holdout", type=float, default=default.holdout, help="share of tasks (%(default)s)"
    )
    add_guidance_flags(verb)


def plan(given: argparse.Namespace) -> list[Stage]:
    stages = []
    for name, left_out in VARIANTS.items():
        without = ("--without", *left_out) if left_out else ()
        flags = ["--min-visits", str(given.min_visits), "--paths", str(given.paths)]
        flags += ["--holdout", f"{given.holdout:g}", "--seed", str(given.seed), *without]
        flags += told(given.prompts)
        stages.append(extraction(_data(given, name), *map(str, given.trees), *flags))
        stages.append(training(_data(given, name) / VALUES, given.recipe, _model(given, name)))
    models = {name: _model(given, name) for name in VARIANTS}
    return [*stages, *guidance(given, models, given.trees, _data(given, "everything") / HELDOUT)]


def result(given: argparse.Namespace) -> Result:
    title = f"What a reward model reads of a state, in play for {given.policy}"
    return Result(title, "environment, or measure", tuple(_points(given)))


def _points(given: argparse.Namespace) -> Iterator[Point]:
    for name in ("greedy", *VARIANTS):
        row = name if name == "greedy" else _title(name)
        yield from transposed(f"score of the pick among {given.n}", played(given, name, row, ""))
    for name in VARIANTS:
        for measure, point in held_out(given, _model(given, name)):
            yield replace(point, block="held-out states", row=_title(name), column=measure)


def _title(name: str) -> str:
    return name.replace("-", " ")


def _data(given: argparse.Namespace, name: str) -> Path:
    return Path(given.out, "data", name)


def _model(given: argparse.Namespace, name: str) -> Path:
    return Path(given.out, "models", name)


def files(given: argparse.Namespace) -> Sequence[Path]:
    recipe = [given.recipe] if given.recipe else []
    return [*(run / EPISODES if run.is_dir() else run for run in given.trees), *recipe]


STATE_ABLATION = Experiment(
    "reward models that read states without thoughts, observations or both",
    add_flags,
    plan,
    result,
    files,
)
