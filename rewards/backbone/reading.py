"""Trajectories as reward models read them: up to the last action, those of a task together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

from agentrm_envs import Trajectory
from agentrm_envs.chat import EVERYTHING, Message, Shown, render_scored
from agentrm_envs.prompt_tree import PromptTree
from rewards.rivals import in_place, places_by_task

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
    def of(
        cls,
        trajectories: Sequence[Trajectory],
        shown: Shown = EVERYTHING,
        prompts: PromptTree | None = None,
    ) -> Reading:
        places = places_by_task(trajectories)
        calls = [[render_scored(trajectories[i], shown, prompts) for i in some] for some in places]
        return cls(places, calls)

    def in_order(self, results: Sequence[Sequence[Result]]) -> list[Result]:
        """The calls' results in the order of the trajectories."""
        return in_place(self.places, results)
