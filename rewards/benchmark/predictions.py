"""What a reward model says of held-out states, beside what is true of them."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from tqdm import tqdm

from agentrm_envs import Task
from rewards.benchmark.limits import ChosenStates
from rewards.benchmark.perturbations import Perturbation, unchanged
from rewards.benchmark.ranking import Numbers
from rewards.benchmark.truth import leaf_score, truth
from rewards.core import RewardModel
from rewards.errors import BadModel
from rewards.states import StateTree

CHUNK = 64
"""Trajectories that a reward model is given at once."""


@dataclass(frozen=True, slots=True)
class TaskPredictions:
    """One task's states; all lists are in the same order."""

    task: Task
    values: Numbers
    """Mean returns; at an episode's end its score."""
    variances: Numbers
    """Of those means, at most; 0 at an episode's end."""
    predictions: Numbers
    parents: list[int]
    """A number for each state's parent: those with the same are siblings."""
    steps: list[int]
    """Actions since the start: 1 or more."""
    finished: list[bool]
    ends_well: list[list[bool]]
    """For each state, of the finished trajectories through it, which got the full score."""

    def leaves(self) -> tuple[Numbers, Numbers]:
        """The scores of the finished trajectories, and what is predicted of them."""
        return self.values[self.finished], self.predictions[self.finished]


async def predict(
    chosen: Sequence[ChosenStates],
    reward_model: RewardModel,
    *,
    perturbed: Perturbation = unchanged,
    label: str = "",
) -> list[TaskPredictions]:
    """The reward model's scores of the chosen states, by task, each shown as `perturbed`."""
    total = sum(len(states.places) for states in chosen)
    bar: tqdm[Any]
    with tqdm(total=total, desc=f"score {label}".strip(), unit="state", leave=False) as bar:
        return [
            _task(states, await _scores(states, reward_model, perturbed, bar)) for states in chosen
        ]


async def _scores(
    states: ChosenStates, reward_model: RewardModel, perturbed: Perturbation, bar: tqdm[Any]
) -> list[float]:
    task, found = states.tree.task, []
    for start in range(0, len(states.places), CHUNK):
        chunk = states.places[start : start + CHUNK]
        shown = [perturbed(states.tree.trajectory(place)) for place in chunk]
        scores = await reward_model.score(shown)
        if len(scores) != len(chunk) or not all(map(math.isfinite, scores)):
            raise BadModel(
                f"for {len(chunk)} trajectories of task {task.id!r} of {task.env} the reward "
                f"model gave {len(scores)} scores, or one that is not a finite number"
            )
        found += scores
        bar.update(len(chunk))
    return found


def _task(states: ChosenStates, scores: Sequence[float]) -> TaskPredictions:
    tree = states.tree
    truths = [truth(tree, place) for place in states.places]
    through = _ends(tree, states.places)
    return TaskPredictions(
        task=tree.task,
        values=np.array([each.value for each in truths]),
        variances=np.array([each.variance for each in truths]),
        predictions=np.array(scores),
        parents=[tree.states[place].parent for place in states.places],
        steps=[len(tree.path(place)) for place in states.places],
        finished=[tree.states[place].finished for place in states.places],
        ends_well=[through[place] for place in states.places],
    )


def by_env(tasks: Iterable[TaskPredictions]) -> dict[str, list[TaskPredictions]]:
    """The tasks by environment, sorted."""
    found: dict[str, list[TaskPredictions]] = defaultdict(list)
    for task in tasks:
        found[task.task.env].append(task)
    return dict(sorted(found.items()))


def _ends(tree: StateTree, places: Sequence[int]) -> dict[int, list[bool]]:
    through: dict[int, list[bool]] = {place: [] for place in range(len(tree.states))}
    for end in places:
        if tree.states[end].finished:
            well = leaf_score(tree, end) >= 1.0
            for place in tree.path(end):
                through[place].append(well)
    return through
