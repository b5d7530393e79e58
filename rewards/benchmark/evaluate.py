"""How good a reward model is on states and trajectories that it was not trained on."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from rewards import registry
from rewards.benchmark.estimates import Estimate, Total, jackknife, over_environments, ratio
from rewards.benchmark.limits import Evaluation, chosen
from rewards.benchmark.predictions import TaskPredictions, predict
from rewards.benchmark.ranking import best_of, right_pairs, spearman
from rewards.core import RewardModel
from rewards.states import StateTree

OVERALL = "overall"
"""The mean of the environments, each counting the same."""
MOST_DRAWS = 8
"""Best-of-N is measured for N = 1 to this; the paper's N is 5."""


@dataclass(frozen=True, slots=True)
class Quality:
    """A reward model's quality on one environment, or the mean of several."""

    tasks: int
    states: int
    finished: int
    """States at the end of an episode."""
    measures: dict[str, Estimate | None]
    """By name, see MEASURES; None where nothing could be measured, as no two values differ."""
    best_of_n: list[Estimate]
    """Mean score of the reward model's pick among N random finished trajectories of a task;
    the first is for N = 1, which is what a random pick gets for every N."""
    oracle: list[Estimate]
    """The same for the pick of the true score: the most that there is to get."""
    regret: list[Estimate]
    """What the reward model's pick falls short of the oracle's."""


MEASURES: Mapping[str, str] = {
    "mse": "mean squared error of values; only for models whose scores are values",
    "mae": "mean absolute error of values; likewise",
    "spearman": "rank correlation over all states of an environment",
    "spearman_within_task": "rank correlation over the states of a task, mean of tasks",
    "pair_accuracy": "share of right order among two states of a task",
    "sibling_accuracy": "share of right order among two answers to the same state",
    "leaf_accuracy": "share of right order among two finished trajectories of a task",
}
"""What is measured, with 0.5 for a random order in the accuracies and 0 in the correlations.
A pair counts if its values differ; if its predictions are equal it counts half."""


@dataclass(frozen=True, slots=True)
class Evaluated:
    """What was found out about one reward model."""

    qualities: dict[str, Quality]
    """By environment, sorted, and last the mean of the environments."""
    predictions: list[TaskPredictions]
    """What it was measured on."""
    notes: dict[str, float]
    """What it tells of its own working, as a judge does of its abstentions."""


async def evaluate_all(
    trees: Sequence[StateTree], names: Sequence[str], settings: Evaluation
) -> dict[str, Evaluated]:
    """The reward models of these names, each loaded from the registry, on the same states."""
    for name in names:
        registry.REWARD_MODELS.check(name)
    found = {}
    for name in dict.fromkeys(names):
        reward_model = registry.load(name, seed=settings.seed)
        found[name] = await evaluate(trees, reward_model, settings, label=name)
    return found


async def evaluate(
    trees: Sequence[StateTree],
    reward_model: RewardModel,
    settings: Evaluation,
    *,
    label: str = "",
) -> Evaluated:
    """The quality of a reward model on the chosen states of the trees."""
    predictions = await predict(chosen(trees, settings), reward_model, label=label)
    notes: dict[str, float] = getattr(reward_model, "notes", {})
    return Evaluated(qualities(predictions), predictions, notes)


def qualities(predictions: Sequence[TaskPredictions]) -> dict[str, Quality]:
    """The quality by environment, sorted, and last the mean of the environments."""
    by_env: dict[str, list[TaskPredictions]] = defaultdict(list)
    for task in predictions:
        by_env[task.task.env].append(task)
    found = {env: quality(tasks) for env, tasks in sorted(by_env.items())}
    return {**found, OVERALL: _overall(list(found.values()))}


def quality(tasks: Sequence[TaskPredictions]) -> Quality:
    """The quality on the tasks of one environment; errors are clustered by task."""
    finished = [task for task in tasks if any(task.finished)]
    sizes = range(1, MOST_DRAWS + 1)
    picked = [best_of(*task.leaves(), sizes) for task in finished]
    best = [best_of(task.leaves()[0], task.leaves()[0], sizes) for task in finished]
    short = [[b - p for p, b in zip(*pair, strict=True)] for pair in zip(picked, best, strict=True)]
    return Quality(
        tasks=len(tasks),
        states=sum(len(task.values) for task in tasks),
        finished=sum(sum(task.finished) for task in tasks),
        measures=_measures(tasks),
        best_of_n=_by_draws(picked),
        oracle=_by_draws(best),
        regret=_by_draws(short),
    )


def _measures(tasks: Sequence[TaskPredictions]) -> dict[str, Estimate | None]:
    errors = [task.predictions - task.values for task in tasks]
    within = [spearman(task.values, task.predictions) for task in tasks]
    return {
        "mse": ratio([Total(float(error @ error), len(error)) for error in errors]),
        "mae": ratio([Total(float(np.abs(error).sum()), len(error)) for error in errors]),
        "spearman": jackknife(tasks, _pooled, sum(len(error) for error in errors)),
        "spearman_within_task": ratio([Total(rho, 1) for rho in within if rho is not None]),
        "pair_accuracy": ratio([right_pairs(task.values, task.predictions) for task in tasks]),
        "sibling_accuracy": ratio([_sibling_pairs(task) for task in tasks]),
        "leaf_accuracy": ratio([right_pairs(*task.leaves()) for task in tasks]),
    }


def _pooled(tasks: Sequence[TaskPredictions]) -> float | None:
    return spearman(
        np.concatenate([task.values for task in tasks]),
        np.concatenate([task.predictions for task in tasks]),
    )


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


def _by_draws(tasks: Sequence[Sequence[float]]) -> list[Estimate]:
    estimates = [
        ratio([Total(score, 1) for score in scores]) for scores in zip(*tasks, strict=True)
    ]
    return [estimate for estimate in estimates if estimate is not None]


def _overall(environments: Sequence[Quality]) -> Quality:
    def curve(curves: Sequence[Sequence[Estimate]]) -> list[Estimate]:
        means = [over_environments(some) for some in zip(*filter(None, curves), strict=True)]
        return [mean for mean in means if mean is not None]

    return Quality(
        tasks=sum(quality.tasks for quality in environments),
        states=sum(quality.states for quality in environments),
        finished=sum(quality.finished for quality in environments),
        measures={
            name: over_environments([quality.measures[name] for quality in environments])
            for name in MEASURES
        },
        best_of_n=curve([quality.best_of_n for quality in environments]),
        oracle=curve([quality.oracle for quality in environments]),
        regret=curve([quality.regret for quality in environments]),
    )
