"""What is true of a state, and how far that is known."""

from __future__ import annotations

import math
from dataclasses import dataclass

from rewards.states import StateTree


@dataclass(frozen=True, slots=True)
class Truth:
    """A state's expected return, measured by rollouts."""

    value: float
    """The mean return in [0, 1]; at an episode's end its score."""
    variance: float
    """Of that mean, at most; 0 at an episode's end, whose score is exact."""


def truth(tree: StateTree, place: int) -> Truth:
    state = tree.states[place]
    if state.finished:
        return Truth(leaf_score(tree, place), 0.0)
    return Truth(state.value, variance_of_mean(state.value, state.visits))


def leaf_score(tree: StateTree, place: int) -> float:
    """The score at a finished state."""
    return round(math.fsum(tree.states[i].step.reward for i in tree.path(place)), 9)


def variance_of_mean(value: float, visits: int) -> float:
    """The variance of the mean of so many independent returns in [0, 1], at most.

    v (1 - v) / (n - 1) is unbiased for returns of 0 or 1 and too large for those between, by
    Bhatia and Davis (2000). One return says nothing of its spread: 1/4 is the most there is.
    """
    return value * (1 - value) / (visits - 1) if visits > 1 else 0.25
