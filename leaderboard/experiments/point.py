"""A measured number of an experiment and its place in tables and plots."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Point:
    """One number: a cell of a table, a point of a plot."""

    block: str
    """Which table or panel: an environment, or what is measured."""
    row: str
    """The line of the table or of the plot: a reward model, a policy."""
    column: str
    """What varies along the line, as N."""
    mean: float
    stderr: float | None
    """Standard error, clustered by task."""
    low: float | None
    """Lower end of the 95 % confidence interval."""
    high: float | None
    tasks: int

    @property
    def numbers(self) -> tuple[float, float | None, float | None, float | None, int]:
        return self.mean, self.stderr, self.low, self.high, self.tasks
