"""Candidates for the same task: a call's trajectories by task, and back in their order."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from agentrm_envs import Task, Trajectory

Result = TypeVar("Result")


def places_by_task(trajectories: Sequence[Trajectory]) -> list[list[int]]:
    """The places of each task's trajectories; tasks in the order of their first one."""
    places: dict[Task, list[int]] = {}
    for place, trajectory in enumerate(trajectories):
        places.setdefault(trajectory.task, []).append(place)
    return list(places.values())


def in_place(groups: Sequence[Sequence[int]], results: Sequence[Sequence[Result]]) -> list[Result]:
    """What was found out by task, each where its trajectory was."""
    found: dict[int, Result] = {}
    for places, own in zip(groups, results, strict=True):
        found.update(zip(places, own, strict=True))
    return [found[place] for place in range(len(found))]
