"""How well one list of numbers ranks what another one says is better."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from rewards.benchmark.estimates import Total

Numbers = NDArray[np.float64]
_EQUAL = 1e-9


def ranks(values: Numbers) -> Numbers:
    """The ranks from 1; equal values share the mean of theirs."""
    _, group, counts = np.unique(values, return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    shared: Numbers = (last - (counts - 1) / 2)[group]
    return shared


def spearman(values: Numbers, predictions: Numbers) -> float | None:
    """Spearman's rank correlation; equals share the mean of their ranks.

    None where all values are equal, as there is no order to find; 0 where all predictions are.
    """
    if len(values) < 2 or np.ptp(values) <= _EQUAL:
        return None
    one, other = ranks(values), ranks(predictions)
    one, other = one - one.mean(), other - other.mean()
    scale = float(np.sqrt((one @ one) * (other @ other)))
    return float(one @ other) / scale if scale > 0 else 0.0


def right_pairs(values: Numbers, predictions: Numbers) -> Total:
    """The pairs with different values, and how many of them are predicted in their order.

    A pair that is predicted to be equal counts half: its order would be a coin's.
    """
    right, pairs = 0.0, 0
    for place in range(len(values) - 1):
        true = values[place + 1 :] - values[place]
        differ = np.abs(true) > _EQUAL
        said = np.sign(predictions[place + 1 :] - predictions[place])[differ]
        right += float(np.sum(said * np.sign(true[differ]) + 1)) / 2
        pairs += int(np.count_nonzero(differ))
    return Total(right, pairs)


def best_of(scores: Numbers, predictions: Numbers, n: int) -> float:
    """The expected score of the best predicted of n draws, with replacement.

    Exact rather than simulated: the best of n draws of L lies among the j lowest predictions
    with the probability (j/L)^n. Of equal predictions one is chosen at random.
    """
    _, group, counts = np.unique(predictions, return_inverse=True, return_counts=True)
    means = np.bincount(group, weights=scores) / counts
    below = np.concatenate([[0.0], np.cumsum(counts) / len(scores)])
    return float(means @ np.diff(below**n))
