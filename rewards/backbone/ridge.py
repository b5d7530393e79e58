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


@dataclass(frozen=True, slots=True)
class Equations:
    """What a fit needs of states and their values, for any strength."""

    products: torch.Tensor
    """Of the states with each other: (width, width)."""
    moments: torch.Tensor
    """Of the states with the values: (width)."""
    spread: torch.Tensor
    """Each column's variance, as often as there are states: (width)."""

    @classmethod
    def of(cls, states: torch.Tensor, values: torch.Tensor) -> Equations:
        exact = states.double()
        variances = exact.var(dim=0, correction=0).clamp_min(1e-6)
        return cls(exact.T @ exact, exact.T @ values.double(), len(exact) * variances)

    def solved(self, doubt: float) -> torch.Tensor:
        """The weight of that strength: (1, width)."""
        normal = self.products + torch.diag(doubt * self.spread)
        weight: torch.Tensor = torch.linalg.solve(normal, self.moments).float()
        return weight[None]


def ridge(states: torch.Tensor, values: torch.Tensor, doubt: float) -> torch.Tensor:
    """The weight that says the values of states best, (states, width) and (states): (1, width).

    `doubt` is counted in the states' number and each column's variance: what all states share,
    which stands for a constant, costs next to nothing.
    """
    return Equations.of(states, values).solved(doubt)


def cross_validated(states: torch.Tensor, values: torch.Tensor, tasks: Sequence[str]) -> Fit:
    """The fit to all states by the strength that errs least on the tasks of a left-out fold.

    `tasks` names each state's task; the states of one are in one fold.
    """
    folds = fold_of_each(tasks)
    squares: dict[float, list[float]] = {doubt: [] for doubt in DOUBTS}
    for fold in sorted(set(folds.tolist())):
        out = folds == fold
        equations = Equations.of(states[~out], values[~out])
        for doubt in DOUBTS:
            missed = states[out] @ equations.solved(doubt)[0] - values[out]
            squares[doubt] += (missed**2).tolist()
    errors = {doubt: math.fsum(some) / len(some) for doubt, some in squares.items()}
    best = min(DOUBTS, key=lambda doubt: (errors[doubt], -doubt))
    return Fit(ridge(states, values, best), best, errors)


def fold_of_each(tasks: Sequence[str]) -> torch.Tensor:
    """The fold of each state: tasks take turns in the order of their names."""
    folds = {task: i % FOLDS for i, task in enumerate(sorted(set(tasks)))}
    return torch.tensor([folds[task] for task in tasks])
