"""Reward models that are calibrated, too sure, or say one thing of everything."""

import random
import statistics

import numpy as np
import pytest

from agentrm_envs import Task
from rewards.benchmark.calibration import BINS, bins, calibration, calibration_error
from rewards.benchmark.predictions import TaskPredictions
from rewards.benchmark.quality import quality


def task(name, predictions, values):
    count = len(values)
    return TaskPredictions(
        Task("toy", name),
        values=np.array(values),
        variances=np.zeros(count),
        predictions=np.array(predictions),
        parents=[0] * count,
        steps=[1] * count,
        finished=[False] * count,
        ends_well=[[]] * count,
    )


def outcomes(said, tasks=20, states=100):
    """Tasks whose states succeed as often as drawn; `said` tells the chance to predictions."""
    rng = random.Random(1)
    found = []
    for number in range(tasks):
        chances = [rng.random() for _ in range(states)]
        values = [float(rng.random() < chance) for chance in chances]
        found.append(task(str(number), [said(chance) for chance in chances], values))
    return found


def test_who_says_the_chance_is_calibrated_and_who_exaggerates_it_is_not():
    calibrated = quality(outcomes(lambda chance: chance)).measures["calibration_error"]
    # With chances p even on [0, 1], saying 2p - 1/2 is off by |p - 1/2|, whose mean is 1/4.
    exaggerating = quality(outcomes(lambda chance: 2 * chance - 0.5)).measures["calibration_error"]
    assert calibrated.mean < 0.04
    assert exaggerating.mean == pytest.approx(0.25, abs=4 * exaggerating.stderr)
    assert 0 < exaggerating.stderr < 0.02


def test_the_points_of_the_plot_are_near_the_diagonal_within_their_errors():
    points = calibration(outcomes(lambda chance: chance))
    assert [point.states for point in points] == [200] * BINS
    for point in points:
        assert abs(point.value.mean - point.predicted.mean) < 4 * point.value.stderr < 0.2
        assert point.value.tasks == 20


def test_who_always_says_the_same_is_off_by_the_mean():
    values = [0.0, 0.0, 1.0, 0.5]
    one = task("t", [0.75] * 4, values)
    assert calibration_error([one]) == pytest.approx(0.75 - statistics.fmean(values))
    [point] = calibration([one])
    assert (point.states, point.predicted.mean, point.value.mean) == (4, 0.75, 0.375)


def test_bins_are_equally_full_and_equal_predictions_share_one():
    different = np.array(random.Random(2).sample(range(100), 30), float)
    assert list(np.bincount(bins(different))) == [3] * BINS
    mixed = bins(np.array([0.5] * 15 + [0.9] * 5))
    assert len(set(mixed[:15])) == len(set(mixed[15:])) == 1
    assert 0 <= mixed[0] < mixed[-1] < BINS
