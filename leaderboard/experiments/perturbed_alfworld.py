"""Perturbed ALFWorld (paper, Table 3): the same households, the commands written otherwise.

A policy that has the commands by heart falls where they change; one that is guided by a reward
model should not. The trajectories are drawn once and scored by every reward model.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path
from statistics import fmean, stdev

from agentrm_envs.registry import ENVS
from leaderboard.experiments.experiment import Experiment
from leaderboard.experiments.playing import Playing, add_playing_flags, runs_by_rm
from leaderboard.experiments.point import Point
from leaderboard.experiments.result import Result
from leaderboard.experiments.scores import MEASURES, Scores, differences, points, scores
from leaderboard.experiments.stage import Stage

PERTURBED = tuple(
    f"alfworld:{name}"
    for name, settings in ENVS["alfworld"].variants.items()
    if "perturbation" in settings
)
ORIGINAL = "alfworld"


def add_flags(verb: argparse.ArgumentParser) -> None:
    verb.add_argument("--policy", default="embedded", help="who plays (%(default)s)")
    verb.add_argument(
        "--rm", nargs="+", default=["explicit"], metavar="NAME", help="the reward models (explicit)"
    )
    verb.add_argument("--n", type=int, default=5, help="trajectories of each task (%(default)s)")
    verb.add_argument(
        "--measure", choices=MEASURES, default="success", help="(%(default)s, as the paper's)"
    )
    add_playing_flags(verb, tasks=False)


def plan(given: argparse.Namespace) -> list[Stage]:
    playing = Playing.of(given, [ORIGINAL, *PERTURBED])
    runs = Path(given.out, "runs")
    return [
        playing.greedy(runs / "greedy", given.policy),
        playing.draws(runs / "draws", given.policy, given.n),
        *(playing.rescored(out, runs / "draws", rm) for rm, out in runs_by_rm(given).items()),
    ]


def result(given: argparse.Namespace) -> Result:
    rows = {"greedy": Path(given.out, "runs", "greedy")}
    rows |= {f"best of {given.n}, {rm}": run for rm, run in runs_by_rm(given).items()}
    found = [point for row, run in rows.items() for point in _row(row, scores(run, given.measure))]
    notes = (
        "average: over the perturbed forms; change: from the original form to that average;",
        "std: the standard deviation of the perturbed forms' means.",
    )
    title = f"ALFWorld with commands written otherwise: {given.measure}, policy {given.policy}"
    return Result(title, "form of the commands", tuple(found), notes)


def _row(row: str, found: Scores) -> Iterator[Point]:
    """The numbers of a system: each form, their average, and what it lost."""
    original = {ORIGINAL: found[ORIGINAL]}
    yield from points(row, "original", original)
    for name in PERTURBED:
        yield from points(row, name.partition(":")[2], {ORIGINAL: found[name]})
    together = {id: [fmean(found[name][id]) for name in PERTURBED] for id in original[ORIGINAL]}
    average = {ORIGINAL: together}
    yield from points(row, "average", average)
    yield from points(row, "change", differences(average, original), signed=True)
    means = [fmean(map(fmean, found[name].values())) for name in PERTURBED]
    yield Point(ORIGINAL, row, "std", stdev(means), None, None, None, len(together))


PERTURBED_ALFWORLD = Experiment(
    "ALFWorld with commands written in five other forms: greedy, and best-of-n by reward model",
    add_flags,
    plan,
    result,
)
