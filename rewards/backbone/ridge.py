"""Ridge regression of values on hidden states, as strong as tasks that were left out ask for."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch

DOUBTS = tuple(10.0 ** (half / 2) for half in range(-8, 3))
"""The strengths that are tried: 1e-4 to 10, two a decade."""
FOLDS = 5


@dataclass(frozen=True, slots=True)
class Fit:
    """A head, and what it is worth on tasks that it was not fitted to."""

    weight: torch.Tensor
    """(1, width) in float32."""
    doubt: float
    """The strength that was best."""
    errors: dict[float, float]
    """For each strength the mean squared error on the tasks of the fold that was left out."""


def ridge(states: torch.Tensor, values: torch.Tensor, doubt: float) -> torch.Tensor:
    """The weight that says the values of states best, (states, width) and (states): (1, width).

    `doubt` is counted in the states' number and each column's variance: what all states share,
    which stands for a constant, costs next to nothing.
    """
    exact, wanted = states.double(), values.double()
    variances = exact.var(dim=0, correction=0).clamp_min(1e-6)
    normal = exact.T @ exact + torch.diag(doubt * len(exact) * variances)
    weight: torch.Tensor = torch.linalg.solve(normal, exact.T @ wanted).float()
    return weight[None]


def cross_validated(states: torch.Tensor, values: torch.Tensor, tasks: Sequence[str]) -> Fit:
    """The fit to all states by the strength that errs least on the tasks of a left-out fold.

    `tasks` names each state's task; the states of one are in one fold.
    """
    folds = fold_of_each(tasks)
    errors = {doubt: _left_out(states, values, folds, doubt) for doubt in DOUBTS}
    best = min(DOUBTS, key=lambda doubt: (errors[doubt], -doubt))
    return Fit(ridge(states, values, best), best, errors)


def fold_of_each(tasks: Sequence[str]) -> torch.Tensor:
    """The fold of each state: tasks take turns in the order of their names."""
    folds = {task: i % FOLDS for i, task in enumerate(sorted(set(tasks)))}
    return torch.tensor([folds[task] for task in tasks])


def _left_out(
    states: torch.Tensor, values: torch.Tensor, folds: torch.Tensor, doubt: float
) -> float:
    squares = []
    for fold in sorted(set(folds.tolist())):
        out = folds == fold
        weight = ridge(states[~out], values[~out], doubt)
        squares += ((states[out] @ weight[0] - values[out]) ** 2).tolist()
    return math.fsum(squares) / len(squares)
