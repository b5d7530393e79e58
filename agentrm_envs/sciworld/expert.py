"""The expert: the simulator's own gold path, abridged where it would take too many steps."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache

from agentrm_envs.core import TextEnv
from agentrm_envs.errors import NoPlan
from agentrm_envs.sciworld.branch import Branch, Variation, gold
from agentrm_envs.sciworld.env import LOOK, SciWorldEnv

_IDLE = re.compile(r"look (around|at|in)\b|examine\b|inventory$|task$")
"""Actions that only look: of use to who reads along, and seldom to the task."""
_DOOR = re.compile(r"(open|close) door to ")
_WALK = re.compile(r"go to (?P<place>.+)")


def plan(env: TextEnv) -> list[str]:
    """The rest of the expert's actions from the beginning to the task's end.

    Raises `NoPlan` where other actions have been taken, or where it has no way to a full score
    within the task's steps.
    """
    inner = env.unwrapped
    if not isinstance(inner, SciWorldEnv):
        raise TypeError(f"sciworld's expert plans for a SciWorldEnv, not a {type(inner).__name__}")
    taken = list(inner.snapshot().actions)
    steps = min(inner.steps, inner.max_steps)
    whole = list(_solution(inner.variation, steps, inner.ticks, inner.timeout))
    if not whole:
        raise NoPlan(f"sciworld: the expert knows no way to a full score in {steps} steps")
    if whole[: len(taken)] != taken:
        raise NoPlan("sciworld: the expert knows only its own way from the beginning")
    return whole[len(taken) :]


@cache
def _solution(variation: Variation, steps: int, ticks: float, timeout: float) -> tuple[str, ...]:
    """The first version of the gold path that reaches a full score in time; maybe none."""
    for actions in _versions(gold(variation, timeout), variation):
        solved = _solved(variation, actions, ticks, timeout)
        hurried = _hurried(actions)
        if not solved and hurried != actions and len(actions) <= steps:
            solved = _solved(variation, hurried, ticks, timeout)
        if 0 < len(solved) <= steps:
            return solved
    return ()


def _versions(whole: Sequence[str], variation: Variation) -> list[list[str]]:
    """The gold path as one would play it, and then with ever less of it."""
    versions = [list(whole)]
    if {"easy", "teleportAction"} & set(variation.simplifications.split(",")):
        versions.insert(0, _teleported(whole))
    versions += [_patient(each) for each in versions]
    versions += [[action for action in each if not _IDLE.match(action)] for each in versions]
    return [each for i, each in enumerate(versions) if each not in versions[:i]]


def _teleported(actions: Sequence[str]) -> list[str]:
    """The actions with each walk through doors replaced by a jump to where it ends."""
    shorter: list[str] = []
    for action in actions:
        if _DOOR.match(action):
            continue
        if walk := _WALK.fullmatch(action):
            if shorter and shorter[-1].startswith("teleport to "):
                shorter.pop()
            shorter.append(f"teleport to {walk['place']}")
        else:
            shorter.append(action)
    return shorter


def _patient(actions: Sequence[str]) -> list[str]:
    """The actions with every ten single waits in a row replaced by one wait of ten."""
    text = "\n".join([*actions, ""])
    return text.replace("wait1\n" * 10, "wait\n").splitlines()


def _hurried(actions: Sequence[str]) -> list[str]:
    """The actions without the waits of ten that are not among the last five.

    Those are in vain: mercury is left in the fridge's freezer for twenty, where it stays liquid,
    and freezes within three in the workshop's.
    """
    waits = [place for place, action in enumerate(actions) if action == "wait"]
    return [action for place, action in enumerate(actions) if place not in waits[:-5]]


def _solved(
    variation: Variation, actions: Sequence[str], ticks: float, timeout: float
) -> tuple[str, ...]:
    """The actions up to the full score, or none where the task ends before it."""
    branch = Branch(timeout)
    branch.begin(variation)
    try:
        branch.step(LOOK, seed=0)
        for number, action in enumerate(actions, 1):
            reply = branch.step(action, seed=number)
            if reply.raw_score >= 1:
                return tuple(actions[:number])
            if reply.completed or reply.raw_score < 0 or reply.ticks > ticks:
                break
    finally:
        branch.release()
    return ()
