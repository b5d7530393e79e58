"""How far a reward model's scores and its quality stay when states are shown otherwise."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from rewards.benchmark.estimates import Estimate, Total, over_known, ratio
from rewards.benchmark.predictions import TaskPredictions, by_env
from rewards.benchmark.quality import OVERALL
from rewards.benchmark.ranking import Numbers, right_pairs

SAME = 0.005
"""Scores that are as close count as the same: in bfloat16 a text read anew may differ by 0.002."""

CHANGES: Mapping[str, str] = {
    "same_scores": f"share of states whose score stays, to within {SAME}",
    "score_change": "mean absolute change of a score",
    "kept_pairs": "share of pairs of states of a task that stay in the order they were put in",
    "pair_accuracy_change": "pair accuracy as perturbed, less that before",
    "leaf_accuracy_change": "leaf accuracy as perturbed, less that before",
}
"""What is measured of a perturbation."""

Changes = dict[str, dict[str, Estimate | None]]
"""By environment, with the overall mean last, and by name, see CHANGES."""


def robustness(before: Sequence[TaskPredictions], after: Sequence[TaskPredictions]) -> Changes:
    """The changes between predictions of the same states; errors are clustered by task."""
    perturbed = by_env(after)
    found = {env: _changes(tasks, perturbed[env]) for env, tasks in by_env(before).items()}
    overall = {name: over_known([env[name] for env in found.values()]) for name in CHANGES}
    return {**found, OVERALL: overall}


def _changes(
    before: Sequence[TaskPredictions], after: Sequence[TaskPredictions]
) -> dict[str, Estimate | None]:
    tasks = list(zip(before, after, strict=True))
    distances = [np.abs(new.predictions - old.predictions) for old, new in tasks]
    return {
        "same_scores": ratio([Total(float((each <= SAME).sum()), len(each)) for each in distances]),
        "score_change": ratio([Total(float(each.sum()), len(each)) for each in distances]),
        "kept_pairs": ratio([right_pairs(old.predictions, new.predictions) for old, new in tasks]),
        "pair_accuracy_change": ratio(
            [_gain(old.values, old.predictions, new.predictions) for old, new in tasks]
        ),
        "leaf_accuracy_change": ratio(
            [_gain(*old.leaves(), new.leaves()[1]) for old, new in tasks]
        ),
    }


def _gain(values: Numbers, before: Numbers, after: Numbers) -> Total:
    """How many more pairs are in the right order afterwards."""
    right = right_pairs(values, after)
    return Total(right.sum - right_pairs(values, before).sum, right.count)
