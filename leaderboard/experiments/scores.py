"""The scores of runs by task, and what they come to with their errors."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from statistics import fmean
from typing import Literal

from agentrm_envs import Task, Trajectory
from harness.episode import read_episodes
from leaderboard.evidence import metric
from leaderboard.experiments.point import Point
from leaderboard.statistics import (
    Clusters,
    Estimate,
    clustered_stderr,
    estimate,
    interval,
    over_environments,
    student_quantile,
)

Measure = Literal["metric", "score", "success"]
MEASURES: tuple[Measure, ...] = ("metric", "score", "success")
"""`metric` is each environment's own: that of the leaderboard."""
OVER_ENVIRONMENTS = "mean of environments"
OVER_EPISODES = "mean of episodes"
"""The paper's overall numbers are means of this kind, as far as they can be recomputed."""

Scores = Mapping[str, Clusters]
"""By environment and task: one number, or several that belong together."""


def measured(trajectory: Trajectory, measure: Measure) -> float:
    """A trajectory's number in [0, 1]."""
    wanted = metric(trajectory.task.env) if measure == "metric" else measure
    return float(trajectory.success) if wanted == "success" else trajectory.score


def scores(run: Path, measure: Measure = "metric") -> Scores:
    """What the run's episodes came to; all of them, since an unfinished run ends an experiment."""
    return by_task(
        {
            episode.task: measured(episode.tree.trajectory(episode.chosen), measure)
            for episode in read_episodes(run)
        }
    )


def by_task(numbers: Mapping[Task, float]) -> Scores:
    found: dict[str, dict[str, list[float]]] = {}
    for task, number in numbers.items():
        found.setdefault(task.env, {})[task.id] = [number]
    return found


def differences(one: Scores, other: Scores) -> Scores:
    """By how much one is more than the other on each task that both have."""
    return {
        env: {id: [fmean(one[env][id]) - fmean(other[env][id])] for id in one[env]} for env in one
    }


def points(row: str, column: str, found: Scores, *, signed: bool = False) -> list[Point]:
    """A point for each environment and, where there are several, for their means.

    `signed` is for differences, which lie in [-1, 1].
    """
    of = signed_estimate if signed else estimate
    estimates = {env: of(found[env]) for env in sorted(found)}
    tasks = {env: len(found[env]) for env in estimates}
    blocks = {**estimates, **(overall(estimates, signed=signed) if len(estimates) > 1 else {})}
    total = sum(tasks.values())
    return [
        Point(block, row, column, e.mean, e.stderr, e.low, e.high, tasks.get(block, total))
        for block, e in blocks.items()
    ]


def overall(estimates: Mapping[str, Estimate], *, signed: bool) -> dict[str, Estimate]:
    """The mean in which environments weigh the same, and that in which episodes do."""
    some = list(estimates.values())
    count = sum(each.episodes for each in some)
    mean, stderr = over_environments(some)
    weighted = math.fsum((each.episodes / count * each.stderr) ** 2 for each in some)
    numbers = {OVER_ENVIRONMENTS: (mean, stderr)}
    numbers[OVER_EPISODES] = (_over_episodes(some, count), math.sqrt(weighted))
    return {name: _bounded(*each, count, signed=signed) for name, each in numbers.items()}


def signed_estimate(found: Clusters) -> Estimate:
    """As `estimate`, of numbers in [-1, 1]: Student's interval, as far as it lies there.

    Where all numbers are equal nothing is known of their spread, and the interval is everything.
    """
    numbers = [number for cluster in found.values() for number in cluster]
    known = len(found) > 1
    stderr = clustered_stderr(found) * (1 if known else 2)
    return _bounded(fmean(numbers), stderr, len(found), signed=True)


def _bounded(mean: float, stderr: float, count: int, *, signed: bool) -> Estimate:
    if not signed:
        return Estimate(mean, stderr, *interval(mean, stderr, count), count)
    half = student_quantile(max(count - 1, 1)) * stderr if stderr else 2.0
    return Estimate(mean, stderr, max(-1.0, mean - half), min(1.0, mean + half), count)


def _over_episodes(estimates: Sequence[Estimate], count: int) -> float:
    return math.fsum(each.mean * each.episodes for each in estimates) / count


def transposed(block: str, found: Sequence[Point]) -> Iterator[Point]:
    """The points as one block whose columns are the environments."""
    for point in found:
        yield Point(block, point.row, point.block, *point.numbers)
