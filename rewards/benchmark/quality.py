"""A reward model's quality, from what it says of states beside what is true of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from rewards.benchmark.best_of_n import BestOf, mean_picks, picks
from rewards.benchmark.calibration import calibration_error, pooled
from rewards.benchmark.estimates import Estimate, Total, jackknife, over_known, ratio
from rewards.benchmark.predictions import TaskPredictions, by_env
from rewards.benchmark.ranking import right_pairs, spearman

OVERALL = "overall"
"""The mean of the environments, each counting the same."""
PAPER_N = 5
"""The N of the paper's best-of-N and beams."""

MEASURES: Mapping[str, str] = {
    "mse": "mean squared error of values; errors say nothing of models whose scores are no values",
    "mse_floor": "what the noise of the true values alone adds to mse, at most",
    "mse_above_floor": "mse less its floor: squared error against noiseless values, at least",
    "mae": "mean absolute error of values",
    "calibration_error": "mean distance of predictions from values, in ten bins by prediction",
    "spearman": "rank correlation over all states of an environment",
    "spearman_within_task": "rank correlation over the states of a task, mean of tasks",
    "pair_accuracy": "share of right order among two states of a task",
    "sibling_accuracy": "share of right order among two answers to the same state",
    "leaf_accuracy": "share of right order among two finished trajectories of a task",
    "regret": f"what its pick among {PAPER_N} finished trajectories falls short of the best one",
}
"""What is measured, with 0.5 for a random order in the accuracies and 0 in the correlations.
A pair counts if its values differ; if its predictions are equal it counts half."""


@dataclass(frozen=True, slots=True)
class Quality:
    """A reward model's quality on one environment, or the mean of several."""

    tasks: int
    states: int
    finished: int
    """States at the end of an episode."""
    measures: dict[str, Estimate | None]
    """By name, see MEASURES; None where nothing could be measured, as no two values differ."""
    best_of_n: list[BestOf]


def qualities(predictions: Sequence[TaskPredictions]) -> dict[str, Quality]:
    """The quality by environment, sorted, and last the mean of the environments."""
    found = {env: quality(tasks) for env, tasks in by_env(predictions).items()}
    return {**found, OVERALL: _overall(list(found.values()))}


def quality(tasks: Sequence[TaskPredictions]) -> Quality:
    """The quality on the tasks of one environment; errors are clustered by task."""
    picked = picks(tasks)
    regret = {each.n: each.regret for each in picked}
    return Quality(
        tasks=len(tasks),
        states=sum(len(task.values) for task in tasks),
        finished=sum(sum(task.finished) for task in tasks),
        measures={**_of_values(tasks), **_of_order(tasks), "regret": regret.get(PAPER_N)},
        best_of_n=picked,
    )


def _of_values(tasks: Sequence[TaskPredictions]) -> dict[str, Estimate | None]:
    states = [len(task.values) for task in tasks]
    errors = [task.predictions - task.values for task in tasks]
    squares = [float(error @ error) for error in errors]
    noise = [float(task.variances.sum()) for task in tasks]
    above = [square - own for square, own in zip(squares, noise, strict=True)]
    absolute = [float(np.abs(error).sum()) for error in errors]

    def mean(sums: Sequence[float]) -> Estimate | None:
        return ratio([Total(*each) for each in zip(sums, states, strict=True)])

    return {
        "mse": mean(squares),
        "mse_floor": mean(noise),
        "mse_above_floor": mean(above),
        "mae": mean(absolute),
        "calibration_error": jackknife(tasks, calibration_error, sum(states)),
    }


def _of_order(tasks: Sequence[TaskPredictions]) -> dict[str, Estimate | None]:
    within = [spearman(task.values, task.predictions) for task in tasks]
    return {
        "spearman": jackknife(tasks, _spearman, sum(len(task.values) for task in tasks)),
        "spearman_within_task": ratio([Total(rho, 1) for rho in within if rho is not None]),
        "pair_accuracy": ratio([right_pairs(task.values, task.predictions) for task in tasks]),
        "sibling_accuracy": ratio([_sibling_pairs(task) for task in tasks]),
        "leaf_accuracy": ratio([right_pairs(*task.leaves()) for task in tasks]),
    }


def _spearman(tasks: Sequence[TaskPredictions]) -> float | None:
    predictions, values = pooled(tasks)
    return spearman(values, predictions)


def _sibling_pairs(task: TaskPredictions) -> Total:
    siblings: dict[int, list[int]] = defaultdict(list)
    for index, parent in enumerate(task.parents):
        siblings[parent].append(index)
    pairs = [
        right_pairs(task.values[some], task.predictions[some])
        for some in siblings.values()
        if len(some) > 1
    ]
    return Total(sum(pair.sum for pair in pairs), sum(pair.count for pair in pairs))


def _overall(environments: Sequence[Quality]) -> Quality:
    return Quality(
        tasks=sum(quality.tasks for quality in environments),
        states=sum(quality.states for quality in environments),
        finished=sum(quality.finished for quality in environments),
        measures={
            name: over_known([quality.measures[name] for quality in environments])
            for name in MEASURES
        },
        best_of_n=mean_picks([quality.best_of_n for quality in environments]),
    )
