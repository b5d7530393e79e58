"""Candidates for the same task: what is scored by comparison is compared with these alone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from agentrm_envs import Task, Trajectory

Score = TypeVar("Score")


def places_by_task(trajectories: Sequence[Trajectory]) -> list[list[int]]:
    """The places of each task's trajectories; tasks in the order of their first one."""
    places: dict[Task, list[int]] = {}
    for place, trajectory in enumerate(trajectories):
        places.setdefault(trajectory.task, []).append(place)
    return list(places.values())


def in_place(groups: Sequence[Sequence[int]], scores: Sequence[Sequence[Score]]) -> list[Score]:
    """Scores given by group, each put where its trajectory was."""
    found = {
        place: score
        for places, own in zip(groups, scores, strict=True)
        for place, score in zip(places, own, strict=True)
    }
    return [found[place] for place in range(len(found))]
