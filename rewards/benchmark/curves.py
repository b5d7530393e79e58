"""The numbers behind the plots of an evaluation, as tables of plain rows."""

from __future__ import annotations

import csv
import io
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import astuple, dataclass, fields
from typing import TypeVar

import numpy as np

from rewards.benchmark.evaluate import Quality
from rewards.benchmark.predictions import TaskPredictions

BINS = 10
"""Bins of the calibration, each with the same number of states, give or take one."""


@dataclass(frozen=True, slots=True)
class CalibrationPoint:
    """States with about the same prediction: a calibrated model's means are equal."""

    env: str
    states: int
    predicted: float
    value: float


@dataclass(frozen=True, slots=True)
class StepPoint:
    """States after so many steps, on finished trajectories that got the full score or not."""

    env: str
    full_score: bool
    step: int
    states: int
    """A state counts once for each finished trajectory through it."""
    predicted: float
    value: float


@dataclass(frozen=True, slots=True)
class DrawsPoint:
    """Best of N draws: scores of the random, the reward model's and the oracle's pick."""

    env: str
    n: int
    random: float
    picked: float
    picked_stderr: float | None
    oracle: float


Point = TypeVar("Point", CalibrationPoint, StepPoint, DrawsPoint)


def calibration(tasks: Sequence[TaskPredictions]) -> list[CalibrationPoint]:
    """Mean value by predicted value, in each environment."""
    points = []
    for env, some in _by_env(tasks).items():
        predictions = np.concatenate([task.predictions for task in some])
        values = np.concatenate([task.values for task in some])
        order = np.argsort(predictions, kind="stable")
        points += [
            CalibrationPoint(
                env, len(bin_), float(predictions[bin_].mean()), float(values[bin_].mean())
            )
            for bin_ in np.array_split(order, BINS)
            if len(bin_)
        ]
    return points


def by_step(tasks: Sequence[TaskPredictions]) -> list[StepPoint]:
    """Mean prediction and value by step, where the trajectory ends well and where it does not."""
    points = []
    for env, some in _by_env(tasks).items():
        cells: dict[tuple[bool, int], list[tuple[float, float]]] = defaultdict(list)
        for task in some:
            for index, step in enumerate(task.steps):
                pair = (float(task.predictions[index]), float(task.values[index]))
                for well in task.ends_well[index]:
                    cells[not well, step].append(pair)
        for (badly, step), pairs in sorted(cells.items()):
            predicted, value = np.mean(pairs, axis=0)
            points.append(
                StepPoint(env, not badly, step, len(pairs), float(predicted), float(value))
            )
    return points


def best_of_draws(qualities: Mapping[str, Quality]) -> list[DrawsPoint]:
    """Score by N, for each environment and overall."""
    return [
        DrawsPoint(env, n, quality.best_of_n[0].mean, picked.mean, picked.stderr, oracle.mean)
        for env, quality in qualities.items()
        for n, (picked, oracle) in enumerate(
            zip(quality.best_of_n, quality.oracle, strict=True), start=1
        )
    ]


def to_csv(points: Sequence[Point]) -> str:
    """The points with their fields as columns; numbers with six digits."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    if points:
        writer.writerow(column.name for column in fields(points[0]))
    writer.writerows(map(_cells, points))
    return text.getvalue()


def _cells(point: Point) -> list[object]:
    return [f"{cell:.6g}" if isinstance(cell, float) else cell for cell in astuple(point)]


def _by_env(tasks: Iterable[TaskPredictions]) -> dict[str, list[TaskPredictions]]:
    by_env: dict[str, list[TaskPredictions]] = defaultdict(list)
    for task in tasks:
        by_env[task.task.env].append(task)
    return dict(sorted(by_env.items()))
