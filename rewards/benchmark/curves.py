"""The numbers behind the plots of an evaluation, as tables of plain rows."""

from __future__ import annotations

import csv
import io
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import TypeVar

from rewards.benchmark.calibration import CalibrationPoint
from rewards.benchmark.estimates import Estimate, clustered
from rewards.benchmark.matrix import Cell
from rewards.benchmark.predictions import TaskPredictions, by_env
from rewards.benchmark.quality import Quality


@dataclass(frozen=True, slots=True)
class StepPoint:
    """States after so many steps, on finished trajectories that got the full score or not."""

    env: str
    full_score: bool
    step: int
    states: int
    """A state counts once for each finished trajectory through it."""
    predicted: Estimate
    value: Estimate


@dataclass(frozen=True, slots=True)
class DrawsPoint:
    """Best of N draws: scores of the random, the reward model's and the oracle's pick."""

    env: str
    n: int
    tasks: int
    random: Estimate
    picked: Estimate
    oracle: Estimate
    regret: Estimate


Point = TypeVar("Point", CalibrationPoint, StepPoint, DrawsPoint, Cell)


def by_step(tasks: Sequence[TaskPredictions]) -> list[StepPoint]:
    """Mean prediction and value by step, where the trajectory ends well and where it does not."""
    points = []
    for env, some in by_env(tasks).items():
        cells: dict[tuple[bool, int], list[tuple[int, float, float]]] = defaultdict(list)
        for number, task in enumerate(some):
            for index, step in enumerate(task.steps):
                state = (number, float(task.predictions[index]), float(task.values[index]))
                for well in task.ends_well[index]:
                    cells[not well, step].append(state)
        for (badly, step), states in sorted(cells.items()):
            numbers, predictions, values = zip(*states, strict=True)
            means = clustered(predictions, numbers), clustered(values, numbers)
            points.append(StepPoint(env, not badly, step, len(states), *means))
    return points


def best_of_draws(qualities: Mapping[str, Quality]) -> list[DrawsPoint]:
    """Score by N, for each environment and overall."""
    return [
        DrawsPoint(env, own.n, own.picked.tasks, own.random, own.picked, own.oracle, own.regret)
        for env, quality in qualities.items()
        for own in quality.best_of_n
    ]


def to_csv(points: Sequence[Point]) -> str:
    """The points with their fields as columns, an estimate with its error; six digits."""
    text = io.StringIO()
    rows = [dict(_columns(point)) for point in points]
    writer = csv.DictWriter(text, list(rows[0]) if rows else [], lineterminator="\n")
    if rows:
        writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def _columns(point: Point) -> Iterator[tuple[str, object]]:
    for column in fields(point):
        cell = getattr(point, column.name)
        if isinstance(cell, Estimate):
            yield column.name, f"{cell.mean:.6g}"
            yield f"{column.name}_stderr", "" if cell.stderr is None else f"{cell.stderr:.6g}"
        else:
            yield column.name, cell
