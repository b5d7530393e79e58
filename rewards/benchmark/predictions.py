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
from rewards.core import RewardModel, compares
from rewards.errors import BadModel
from rewards.states import StateTree

CHUNK = 64
"""Trajectories that a reward model is given at once, unless it compares them."""


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
    among_finished: Numbers | None = None
    """Of the finished trajectories, by a reward model that compares: what it says of them where
    it is shown no others. None where that is what `predictions` says."""

    def leaves(self) -> tuple[Numbers, Numbers]:
        """The scores of the finished trajectories, and what is predicted of them."""
        scores = self.values[self.finished]
        if self.among_finished is not None:
            return scores, self.among_finished
        return scores, self.predictions[self.finished]


async def predict(
    chosen: Sequence[ChosenStates],
    reward_model: RewardModel,
    *,
    perturbed: Perturbation = unchanged,
    label: str = "",
) -> list[TaskPredictions]:
    """The reward model's scores of the chosen states, by task, each shown as `perturbed`.

    One that compares is shown all of a task at once, so that no two numbers are of different
    comparisons; and its finished trajectories once more among themselves, as best-of-N does.
    """
    again = [_finished(states) for states in chosen] if compares(reward_model) else []
    total = sum(len(states.places) for states in [*chosen, *again])
    bar: tqdm[Any]
    with tqdm(total=total, desc=f"score {label}".strip(), unit="state", leave=False) as bar:
        reading = _Reading(reward_model, perturbed, bar)
        return [await reading.task(states) for states in chosen]


@dataclass(frozen=True, slots=True)
class _Reading:
    """How states are read: by which reward model, and told how."""

    reward_model: RewardModel
    perturbed: Perturbation
    bar: tqdm[Any]

    async def task(self, states: ChosenStates) -> TaskPredictions:
        """What is said of a task's states."""
        if not compares(self.reward_model):
            return _task(states, await self._scores(states, CHUNK))
        scores = await self._scores(states, len(states.places))
        finished = _finished(states)
        return _task(states, scores, await self._scores(finished, len(finished.places)))

    async def _scores(self, states: ChosenStates, most: int) -> list[float]:
        """The scores of the states, asked for in calls of at most so many."""
        found: list[float] = []
        for start in range(0, len(states.places), max(most, 1)):
            chunk = states.places[start : start + most]
            found += await self._call(states.tree, chunk)
            self.bar.update(len(chunk))
        return found

    async def _call(self, tree: StateTree, places: Sequence[int]) -> list[float]:
        shown = [self.perturbed(tree.trajectory(place)) for place in places]
        scores = await self.reward_model.score(shown)
        if not usable(scores, len(places)):
            raise BadModel(
                f"for {len(places)} trajectories of task {tree.task.id!r} of {tree.task.env} the "
                f"reward model gave {len(scores)} scores, or one that is not a finite number"
            )
        return scores


def usable(scores: Sequence[float], count: int) -> bool:
    """Whether these are finite scores, one for each of `count` trajectories."""
    return len(scores) == count and all(map(math.isfinite, scores))


def _finished(states: ChosenStates) -> ChosenStates:
    """Those of the states at which an episode ends."""
    tree = states.tree
    return ChosenStates(tree, [place for place in states.places if tree.states[place].finished])


def _task(
    states: ChosenStates, scores: Sequence[float], among_finished: Sequence[float] | None = None
) -> TaskPredictions:
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
        among_finished=None if among_finished is None else np.array(among_finished),
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
