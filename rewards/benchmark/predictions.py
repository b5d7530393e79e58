"""What a reward model says of held-out states, beside what is true of them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from tqdm import tqdm

from agentrm_envs import Task
from rewards.benchmark.heldout import leaf_score
from rewards.benchmark.limits import ChosenStates
from rewards.benchmark.ranking import Numbers
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
    chosen: Sequence[ChosenStates], reward_model: RewardModel, *, label: str = ""
) -> list[TaskPredictions]:
    """The reward model's scores of the chosen states, by task."""
    total = sum(len(states.places) for states in chosen)
    bar: tqdm[Any]
    with tqdm(total=total, desc=f"score {label}".strip(), unit="state", leave=False) as bar:
        return [await _predict(states.tree, states.places, reward_model, bar) for states in chosen]


async def _predict(
    tree: StateTree, places: Sequence[int], reward_model: RewardModel, bar: tqdm[Any]
) -> TaskPredictions:
    predictions: list[float] = []
    for start in range(0, len(places), CHUNK):
        chunk = places[start : start + CHUNK]
        scores = await reward_model.score([tree.trajectory(place) for place in chunk])
        if len(scores) != len(chunk) or not all(map(math.isfinite, scores)):
            raise BadModel(
                f"for {len(chunk)} trajectories of task {tree.task.id!r} of {tree.task.env} the "
                f"reward model gave {len(scores)} scores, or one that is not a finite number"
            )
        predictions += scores
        bar.update(len(chunk))
    states = [tree.states[place] for place in places]
    values = [
        leaf_score(tree, place) if state.finished else state.value
        for place, state in zip(places, states, strict=True)
    ]
    through = _ends(tree, places)
    return TaskPredictions(
        tree.task,
        np.array(values),
        np.array(predictions),
        [state.parent for state in states],
        [len(tree.path(place)) for place in places],
        [state.finished for state in states],
        [through[place] for place in places],
    )


def _ends(tree: StateTree, places: Sequence[int]) -> dict[int, list[bool]]:
    through: dict[int, list[bool]] = {place: [] for place in range(len(tree.states))}
    for end in places:
        if tree.states[end].finished:
            well = leaf_score(tree, end) >= 1.0
            for place in tree.path(end):
                through[place].append(well)
    return through
