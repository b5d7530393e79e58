"""One measure of several reward models on several environments: trained on one, tested on each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from rewards.benchmark.estimates import Estimate
from rewards.benchmark.quality import Quality


@dataclass(frozen=True, slots=True)
class Matrix:
    measure: str
    environments: list[str]
    """The columns; the last is their mean."""
    rows: dict[str, list[Estimate | None]]
    """By reward model."""


@dataclass(frozen=True, slots=True)
class Cell:
    """A number of a matrix, as a row of a table."""

    reward_model: str
    env: str
    value: Estimate


def matrix(qualities: Mapping[str, Mapping[str, Quality]], measure: str) -> Matrix:
    """The measure by reward model and environment."""
    [first, *_] = qualities.values()
    rows = {
        name: [by_env[env].measures[measure] for env in first] for name, by_env in qualities.items()
    }
    return Matrix(measure, list(first), rows)


def cells(matrix: Matrix) -> list[Cell]:
    """The numbers of a matrix that could be measured, row by row."""
    return [
        Cell(name, env, value)
        for name, row in matrix.rows.items()
        for env, value in zip(matrix.environments, row, strict=True)
        if value is not None
    ]
