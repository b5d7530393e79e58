"""Means over states, pairs or tasks with standard errors that know that tasks are clusters."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import fmean, stdev
from typing import TypeVar

import numpy as np
from numpy.typing import ArrayLike

Part = TypeVar("Part")


@dataclass(frozen=True, slots=True)
class Estimate:
    """A measured number, and how far it can be trusted."""

    mean: float
    stderr: float | None
    """Standard error, clustered by task; None with fewer than two tasks."""
    count: int
    """What it is a mean over: states, pairs or tasks."""
    tasks: int


@dataclass(frozen=True, slots=True)
class Total:
    """One task's part in a mean."""

    sum: float
    count: int


def ratio(totals: Sequence[Total]) -> Estimate | None:
    """The mean over everything counted; None where nothing was.

    With k tasks, sums s_i, counts n_i and mean r its variance is
    k/(k-1) * sum_i (s_i - r n_i)^2 / (sum_i n_i)^2, the usual one for clusters.
    """
    filled = [total for total in totals if total.count]
    count = sum(total.count for total in filled)
    if not count:
        return None
    mean = math.fsum(total.sum for total in filled) / count
    k = len(filled)
    squares = math.fsum((total.sum - mean * total.count) ** 2 for total in filled)
    stderr = math.sqrt(k / (k - 1) * squares) / count if k > 1 else None
    return Estimate(mean, stderr, count, k)


def per_task(numbers: Sequence[float]) -> Estimate:
    """The mean of one number or more, each of another task."""
    k = len(numbers)
    return Estimate(fmean(numbers), stdev(numbers) / math.sqrt(k) if k > 1 else None, k, k)


def clustered(numbers: ArrayLike, clusters: ArrayLike) -> Estimate:
    """The mean of one number or more, each of the task that `clusters` numbers from 0."""
    sums, counts = np.bincount(clusters, weights=numbers), np.bincount(clusters)
    mean = ratio([Total(float(sum), int(count)) for sum, count in zip(sums, counts, strict=True)])
    assert mean is not None
    return mean


def jackknife(
    parts: Sequence[Part], statistic: Callable[[Sequence[Part]], float | None], count: int
) -> Estimate | None:
    """A statistic of all tasks together, its error from leaving out one task at a time.

    With k tasks its variance is (k-1)/k * sum_i (t_i - mean t)^2.
    """
    whole = statistic(parts)
    if whole is None:
        return None
    k = len(parts)
    left = [statistic([*parts[:i], *parts[i + 1 :]]) for i in range(k)] if k > 1 else []
    known = [value for value in left if value is not None]
    if len(known) < max(k, 2):
        return Estimate(whole, None, count, k)
    centre = math.fsum(known) / k
    squares = math.fsum((value - centre) ** 2 for value in known)
    return Estimate(whole, math.sqrt((k - 1) / k * squares), count, k)


def over_environments(estimates: Sequence[Estimate]) -> Estimate:
    """The mean of one environment's number or more, each counting the same."""
    errors = [estimate.stderr for estimate in estimates if estimate.stderr is not None]
    stderr = (
        math.sqrt(math.fsum(error**2 for error in errors)) / len(estimates)
        if len(errors) == len(estimates)
        else None
    )
    return Estimate(
        math.fsum(estimate.mean for estimate in estimates) / len(estimates),
        stderr,
        sum(estimate.count for estimate in estimates),
        sum(estimate.tasks for estimate in estimates),
    )


def over_known(estimates: Sequence[Estimate | None]) -> Estimate | None:
    """The mean of the environments where something could be measured."""
    known = [estimate for estimate in estimates if estimate is not None]
    return over_environments(known) if known else None
