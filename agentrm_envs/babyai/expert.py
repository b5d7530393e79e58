"""The expert: a best-first search over text commands, rewinding the environment itself."""

from __future__ import annotations

import heapq
from dataclasses import dataclass, field
from typing import Any

from agentrm_envs.babyai.env import BabyAIEnv
from agentrm_envs.babyai.estimate import Estimate
from agentrm_envs.babyai.world import World, descriptions, is_clause
from agentrm_envs.core import Snapshot, TextEnv

EXPANSIONS = 300
"""States that a search expands before it settles for the best score so far."""
_COMMAND = 2.0
"""What a command counts, against a primitive move that is estimated to be left."""
_GO_TO_OTHER = 1.0
_PICKUP_OTHER = 3.0
"""What it counts more to go to, or take, what the mission is not about."""
_VERBS = ("go to ", "pickup ")
"""Tried first, in this order: of two commands with the same end, the simpler one is chosen."""


@dataclass(frozen=True, slots=True, order=True)
class _Open:
    """A state to expand: the lowest rank first, then the one found first."""

    rank: float
    number: int
    cost: float = field(compare=False)
    at: Snapshot = field(compare=False)


def plan(env: TextEnv) -> list[str]:
    """The commands from the environment's present state to the mission's end.

    It knows the whole grid, and leaves the environment in the state that it found it in. The
    search is bounded; where it finds no end, the plan leads to the best score found, which
    may be empty.
    """
    inner = env.unwrapped
    if not isinstance(inner, BabyAIEnv):
        raise TypeError(f"babyai's expert plans for a BabyAIEnv, not a {type(inner).__name__}")
    start = inner.snapshot()
    try:
        best = _search(inner, start)
    finally:
        inner.restore(start)
    return list(best.actions[len(start.actions) :])


def _search(env: BabyAIEnv, start: Snapshot) -> Snapshot:
    estimate = Estimate(env.world)
    wanted = _wanted(env.world)
    best = start
    known = {_key(start)}
    queue = [_Open(0.0, 0, 0.0, start)]
    for _ in range(EXPANSIONS):
        if not queue or best.outcome.success:
            break
        node = heapq.heappop(queue)
        if node.at.outcome.terminated or len(node.at.actions) >= env.max_steps:
            continue
        env.restore(node.at)
        for command in sorted(env.valid_actions(), key=_turn):
            env.restore(node.at)
            env.step(command)
            child = env.snapshot()
            if (key := _key(child)) in known:
                continue
            known.add(key)
            if child.outcome.score > best.outcome.score or child.outcome.success:
                best = child
            if best.outcome.success:
                break
            cost = node.cost + _price(command, wanted)
            heapq.heappush(queue, _Open(cost + estimate.moves(), len(known), cost, child))
    return best


def _turn(command: str) -> int:
    return next((i for i, verb in enumerate(_VERBS) if command.startswith(verb)), len(_VERBS))


def _price(command: str, wanted: set[str]) -> float:
    verb = next((verb for verb in _VERBS if command.startswith(verb)), "")
    thing = command.removeprefix(verb).rpartition(" ")[0]
    if not verb or thing.endswith(" door") or thing in wanted:
        return _COMMAND
    return _COMMAND + (_PICKUP_OTHER if verb == "pickup " else _GO_TO_OTHER)


def _wanted(world: World) -> set[str]:
    """The names of what the mission is about, and of the keys to locked doors."""
    clauses = [each for each in world.instructions if is_clause(each)]
    sets = [description.obj_set for each in clauses for description in descriptions(each)]
    doors: list[Any] = [thing for thing in world.objects if thing.type == "door"]
    keys = {f"{door.color} key" for door in doors if door.is_locked}
    return keys | {f"{thing.color} {thing.type}" for things in sets for thing in things}


def _key(node: Snapshot) -> Any:
    """The simulator's state without its count of moves."""
    _, world, reached, _ = node.state
    position, direction, carrying, _, *rest = world
    return position, direction, carrying, tuple(rest), reached
