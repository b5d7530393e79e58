"""Trajectories as reward models read them: up to the last action, those of a task together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

from agentrm_envs import Task, Trajectory
from agentrm_envs.chat import Message, render_scored

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Reading:
    """The conversations of trajectories in calls of one task each.

    What is read together is of one task, so that no number depends on other episodes.
    """

    places: list[list[int]]
    """For each call the places of its trajectories."""
    calls: list[list[list[Message]]]

    @classmethod
    def of(cls, trajectories: Sequence[Trajectory]) -> Reading:
        by_task: dict[Task, list[int]] = {}
        for place, trajectory in enumerate(trajectories):
            by_task.setdefault(trajectory.task, []).append(place)
        places = list(by_task.values())
        return cls(places, [[render_scored(trajectories[i]) for i in some] for some in places])

    def in_order(self, results: Sequence[Sequence[Result]]) -> list[Result]:
        """The calls' results in the order of the trajectories."""
        found: dict[int, Result] = {}
        for places, some in zip(self.places, results, strict=True):
            found.update(zip(places, some, strict=True))
        return [found[place] for place in range(len(found))]
