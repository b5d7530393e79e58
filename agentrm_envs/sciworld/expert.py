"""The expert: the simulator's own gold path, without the steps that it can do without."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache

from agentrm_envs.core import TextEnv
from agentrm_envs.errors import NoPlan
from agentrm_envs.sciworld.branch import Branch, Variation, gold
from agentrm_envs.sciworld.env import LOOK, SciWorldEnv

_IDLE = re.compile(r"look (around|at|in)\b|examine\b|inventory$|task$")
"""Actions that only look; a gold path is full of them, and few tasks ask for any."""
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
    whole = list(_solution(inner.variation, inner.timeout))
    if not whole or len(whole) > min(inner.steps, inner.max_steps):
        raise NoPlan(f"sciworld: no full score in {inner.steps} steps is known for this task")
    if whole[: len(taken)] != taken:
        raise NoPlan("sciworld: the expert knows only its own way from the beginning")
    return whole[len(taken) :]


@cache
def _solution(variation: Variation, timeout: float) -> tuple[str, ...]:
    """The shortest of the gold path's abridgements that reaches a full score; maybe none."""
    whole = gold(variation, timeout)
    for actions in _abridgements(whole, variation):
        if solved := _solved(variation, actions, timeout):
            return solved
    return ()


def _abridgements(whole: Sequence[str], variation: Variation) -> list[list[str]]:
    """The gold path in several versions, the shortest first."""
    busy = [each for each in whole if not _IDLE.match(each)]
    versions = [list(whole), busy]
    if {"easy", "teleportAction"} & set(variation.simplifications.split(",")):
        versions += [_teleported(whole), _teleported(busy)]
    versions += [_patient(each) for each in versions]
    return sorted(versions, key=len)


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


def _solved(variation: Variation, actions: Sequence[str], timeout: float) -> tuple[str, ...]:
    """The actions up to the full score, or none where they do not lead there."""
    branch = Branch(timeout)
    branch.begin(variation)
    try:
        branch.step(LOOK, seed=0)
        for number, action in enumerate(actions, 1):
            reply = branch.step(action, seed=number)
            if reply.raw_score >= 1:
                return tuple(actions[:number])
            if reply.completed or reply.raw_score < 0:
                break
    finally:
        branch.release()
    return ()
