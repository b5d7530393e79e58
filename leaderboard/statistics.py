"""Means with their errors and intervals, and paired comparisons; all deterministic.

Every score lies in [0, 1]. Episodes of the same task are a cluster: they vary together, so
the number of tasks, not of episodes, says how sure a mean is.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from statistics import NormalDist, fmean

import numpy as np

CONFIDENCE = 0.95
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
    """
    groups = [list(group) for _, group in sorted(differences.items()) if group]
    weighted = [value / (len(group) * len(groups)) for group in groups for value in group]
    difference = math.fsum(weighted)
    moving = np.array([value for value in weighted if value != 0.0])
    variance = math.fsum(_paired_stderr(group) ** 2 for group in groups)
    return Comparison(
        difference,
        math.sqrt(variance) / max(len(groups), 1),
        _sign_flip_p(moving, difference, permutations, seed),
        len(weighted),
    )


def _paired_stderr(group: Sequence[float]) -> float:
    """Of a mean of differences in [-1, 1]: twice the widest deviation where it is unknown."""
    if len(group) < 2:
        return 2 * WIDEST_DEVIATION
    return clustered_stderr({str(i): [value] for i, value in enumerate(group)})


def _sign_flip_p(
    moving: np.ndarray[tuple[int], np.dtype[np.float64]],
    difference: float,
    permutations: int,
    seed: int,
) -> float:
    bound = abs(difference) - 1e-12  # sums in another order may differ in the last bits
    if 2 ** len(moving) <= permutations:
        signs = np.array(list(product((-1.0, 1.0), repeat=len(moving))))
        return float(np.mean(np.abs(signs @ moving) >= bound)) if len(moving) else 1.0
    drawn = np.random.default_rng(seed).integers(0, 2, (permutations, len(moving)), dtype=np.int8)
    extreme = np.abs((2.0 * drawn - 1.0) @ moving) >= bound
    return float((np.count_nonzero(extreme) + 1) / (permutations + 1))


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
