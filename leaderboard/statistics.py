"""Means with their errors and intervals, and paired comparisons; all deterministic.

Every score lies in [0, 1]. Episodes of the same task are a cluster: they vary together, so
the number of tasks, not of episodes, says how sure a mean is.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from statistics import NormalDist, fmean

import numpy as np
from numpy.typing import NDArray

from leaderboard.errors import LeaderboardError

CONFIDENCE = 0.95
NOISE = 1e-12
"""What sums of equal numbers in another order may differ by: a standard error below it is 0."""
BLOCK_NUMBERS = 4_000_000
"""Signs of the permutation test that are held at once: 32 MB."""
WIDEST_DEVIATION = 0.5
"""The largest standard deviation that a score in [0, 1] can have."""

Clusters = Mapping[str, Sequence[float]]
"""Scores by task id; a task has a score for each scored attempt."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """A mean score, and how far it can be trusted."""

    mean: float
    stderr: float
    low: float
    """Lower end of the 95 % confidence interval."""
    high: float
    episodes: int


@dataclass(frozen=True, slots=True)
class Comparison:
    """How much better one system is than another on the tasks that both were scored on."""

    difference: float
    """Mean of the first less mean of the second, in [-1, 1]."""
    stderr: float
    p: float
    """Two-sided p-value of the paired sign-flip permutation test."""
    tasks: int

    @property
    def z(self) -> float | None:
        """The difference in standard errors; None where all pairs differ by the same."""
        return self.difference / self.stderr if self.stderr > 0 else None


def estimate(clusters: Clusters) -> Estimate:
    """Mean, standard error and 95 % interval of the scores, clustered by task.

    Without any score the mean is 0 and the interval is everything: nothing is known, and a
    system must not gain from tasks that failed.
    """
    scores = [score for cluster in clusters.values() for score in cluster]
    if not scores:
        return Estimate(0.0, WIDEST_DEVIATION, 0.0, 1.0, 0)
    mean = min(max(fmean(scores), 0.0), 1.0)
    stderr = clustered_stderr(clusters)
    low, high = interval(mean, stderr, sum(map(bool, clusters.values())))
    return Estimate(mean, stderr, low, high, len(scores))


def clustered_stderr(clusters: Clusters) -> float:
    """Cluster-robust standard error of the mean over all episodes.

    With k clusters and n scores: sqrt(k/(k-1) * sum over clusters of (sum of deviations)^2)/n.
    With one score a cluster it is the usual sample deviation over sqrt(n). With one cluster
    nothing can be estimated, and the largest value that there can be is returned.
    """
    filled = [cluster for cluster in clusters.values() if cluster]
    count = sum(map(len, filled))
    if len(filled) < 2:
        return WIDEST_DEVIATION
    mean = fmean(score for cluster in filled for score in cluster)
    totals = (math.fsum(score - mean for score in cluster) ** 2 for cluster in filled)
    return math.sqrt(len(filled) / (len(filled) - 1) * math.fsum(totals)) / count


def interval(mean: float, stderr: float, clusters: int) -> tuple[float, float]:
    """The 95 % confidence interval of a mean of scores in [0, 1].

    Wilson's score interval on the effective number of episodes mean(1 - mean)/stderr^2, with
    Student's quantile for `clusters` - 1 degrees of freedom (Korn and Graubard 1998; Dean
    and Pagano 2015, "modified Wilson"). For scores of 0 and 1 it is Wilson's interval, it
    needs no resampling and stays in [0, 1]. Where all scores are equal the number of
    clusters is the effective number: ten successes of ten do not prove certainty.
    """
    if clusters < 2:
        return 0.0, 1.0
    spread = mean * (1 - mean)
    n = spread / stderr**2 if stderr > 1e-9 and spread > 1e-12 else float(clusters)
    t2 = student_quantile(clusters - 1) ** 2
    centre = (mean + t2 / (2 * n)) / (1 + t2 / n)
    half = math.sqrt(t2 * spread / n + t2**2 / (4 * n**2)) / (1 + t2 / n)
    low, high = max(0.0, centre - half), min(1.0, centre + half)
    return min(low, mean), max(high, mean)


def over_environments(estimates: Sequence[Estimate]) -> tuple[float, float]:
    """The mean of the environments' means, each counting the same, and its standard error.

    The environments are fixed and their errors independent: sqrt(sum of stderr^2) / count.
    """
    variance = math.fsum(estimate.stderr**2 for estimate in estimates)
    return fmean(estimate.mean for estimate in estimates), math.sqrt(variance) / len(estimates)


def over_episodes(estimates: Sequence[Estimate]) -> float:
    """The mean of all episodes' scores, whatever their environment."""
    total = sum(estimate.episodes for estimate in estimates)
    weighted = math.fsum(estimate.mean * estimate.episodes for estimate in estimates)
    return weighted / total if total else 0.0


def compare(
    differences: Mapping[str, Sequence[float]], *, permutations: int = 20_000, seed: int = 0
) -> Comparison:
    """Compare two systems by their paired differences: by environment, one number a task.

    The difference is the mean over environments of the mean over tasks. Under the null
    hypothesis each pair's sign is a coin toss: the test tries all tosses where there are at
    most `permutations` of them, else draws so many from `seed`. Ties count for the null.
    Raises LeaderboardError where `permutations` is below 1 or `seed` below 0.
    """
    if permutations < 1:
        raise LeaderboardError(f"--permutations must be at least 1, not {permutations}")
    if seed < 0:
        raise LeaderboardError(f"--seed must be at least 0, not {seed}")
    groups = [list(group) for _, group in sorted(differences.items()) if group]
    weighted = [value / (len(group) * len(groups)) for group in groups for value in group]
    difference = math.fsum(weighted)
    moving = np.array([value for value in weighted if value != 0.0])
    variance = math.fsum(_paired_stderr(group) ** 2 for group in groups)
    stderr = math.sqrt(variance) / max(len(groups), 1)
    return Comparison(
        difference,
        stderr if stderr > NOISE else 0.0,
        _sign_flip_p(moving, difference, permutations, seed),
        len(weighted),
    )


def _paired_stderr(group: Sequence[float]) -> float:
    """Of a mean of differences in [-1, 1]: twice the widest deviation where it is unknown."""
    if len(group) < 2:
        return 2 * WIDEST_DEVIATION
    return clustered_stderr({str(i): [value] for i, value in enumerate(group)})


def _sign_flip_p(
    moving: NDArray[np.float64], difference: float, permutations: int, seed: int
) -> float:
    bound = abs(difference) - NOISE
    exact = 2 ** len(moving) <= permutations
    tosses = _all_tosses(len(moving)) if exact else _drawn_tosses(len(moving), permutations, seed)
    extreme = sum(
        int(np.count_nonzero(np.abs((2.0 * heads - 1.0) @ moving) >= bound)) for heads in tosses
    )
    return extreme / 2 ** len(moving) if exact else (extreme + 1) / (permutations + 1)


def _all_tosses(coins: int) -> Iterator[NDArray[np.int64]]:
    """All outcomes of so many coins, as rows of 0 and 1, in blocks of bounded size."""
    for start, stop in _blocks(2**coins, coins):
        yield np.arange(start, stop)[:, None] >> np.arange(coins) & 1


def _drawn_tosses(coins: int, rows: int, seed: int) -> Iterator[NDArray[np.int8]]:
    """So many drawn outcomes; the blocks are the rows that one draw of all would have."""
    generator = np.random.default_rng(seed)
    for start, stop in _blocks(rows, coins):
        yield generator.integers(0, 2, (stop - start, coins), dtype=np.int8)


def _blocks(rows: int, columns: int) -> Iterator[tuple[int, int]]:
    """Where each block of rows begins and ends.

    Numpy draws four small numbers of one random word and begins each call with a new one, so
    that only blocks of a multiple of four rows draw what one call would.
    """
    size = max(4, BLOCK_NUMBERS // max(columns, 1) // 4 * 4)
    for start in range(0, rows, size):
        yield start, min(start + size, rows)


def student_quantile(freedom: int) -> float:
    """The two-sided 95 % quantile of Student's t with so many degrees of freedom (1 or more).

    By bisection on Abramowitz and Stegun 26.7.3 and 26.7.4, exact for whole numbers.
    """
    if freedom > 1_000:  # there the series is long and the normal is right to 3 digits
        return NormalDist().inv_cdf((1 + CONFIDENCE) / 2)
    low, high = 0.0, math.pi / 2
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if _central(middle, freedom) < CONFIDENCE else (low, middle)
    return math.tan(low) * math.sqrt(freedom)


def _central(angle: float, freedom: int) -> float:
    """The probability of |t| < tan(angle) sqrt(freedom)."""
    odd = freedom % 2
    term, total = (math.cos(angle) if odd else 1.0), 0.0
    for k in range(1 + odd, freedom, 2):
        total += term
        term *= math.cos(angle) ** 2 * k / (k + 1)
    if odd:
        return (angle + math.sin(angle) * total) * 2 / math.pi
    return math.sin(angle) * total
