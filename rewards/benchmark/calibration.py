"""Whether predicted values are what is found: where 0.7 is said, is the mean return 0.7?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rewards.benchmark.estimates import Estimate, clustered
from rewards.benchmark.predictions import TaskPredictions, by_env
from rewards.benchmark.ranking import Numbers, ranks

BINS = 10


@dataclass(frozen=True, slots=True)
class CalibrationPoint:
    """States with about the same prediction: a calibrated model's means are equal."""

    env: str
    states: int
    predicted: Estimate
    value: Estimate


def calibration(tasks: Sequence[TaskPredictions]) -> list[CalibrationPoint]:
    """Mean value by predicted value, in each environment."""
    points = []
    for env, some in by_env(tasks).items():
        predictions, values = pooled(some)
        clusters = np.repeat(np.arange(len(some)), [len(task.values) for task in some])
        binned = bins(predictions)
        for bin_ in np.unique(binned):
            here = binned == bin_
            predicted = clustered(predictions[here], clusters[here])
            value = clustered(values[here], clusters[here])
            points.append(CalibrationPoint(env, value.count, predicted, value))
    return points


def calibration_error(tasks: Sequence[TaskPredictions]) -> float:
    """Mean over states of how far their bin's mean prediction is from its mean value.

    The expected calibration error of Naeini et al. (2015), with bins of equal count as of
    Nguyen and O'Connor (2015). Chance keeps it above 0 where bins hold few states.
    """
    predictions, values = pooled(tasks)
    gaps = np.bincount(bins(predictions), weights=predictions - values)
    return float(np.abs(gaps).sum()) / len(values)


def bins(predictions: Numbers) -> NDArray[np.int64]:
    """For each prediction its bin from 0: equally many in each, but equal ones in the same."""
    places: NDArray[np.int64] = ((ranks(predictions) - 0.5) / len(predictions) * BINS).astype(int)
    return places


def pooled(tasks: Sequence[TaskPredictions]) -> tuple[Numbers, Numbers]:
    """The predictions and the values of all states."""
    return (
        np.concatenate([task.predictions for task in tasks]),
        np.concatenate([task.values for task in tasks]),
    )
