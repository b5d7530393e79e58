"""Progress without labels: what a mission asks for on the way, read off minigrid's state."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from minigrid.core.world_object import WorldObj
from minigrid.envs.babyai.core.verifier import OpenInstr, PutNextInstr

from agentrm_envs.babyai.view import View
from agentrm_envs.babyai.world import STEP, World, descriptions, is_clause, parts


@dataclass(frozen=True, slots=True)
class Milestone:
    """See or hold one of some objects, unlock one, or fulfil a clause of the mission.

    `numbers` are those of the world's objects, or of its instructions for a clause.
    """

    kind: Literal["see", "hold", "unlock", "fulfil"]
    numbers: tuple[int, ...]


class Milestones:
    """A mission's milestones that do not hold at the start, and which were reached.

    For each clause: see the object, hold it if it is to be carried elsewhere, fulfil the
    clause; and where locked doors bar the way, hold the key and unlock each. Once reached, a
    milestone stays so. The last clause is fulfilled only by the end of the mission, so the
    score is below 1 until then.
    """

    def __init__(self, world: World, view: View) -> None:
        self.world = world
        self.reached = 0
        wanted = dict.fromkeys(_milestones(world))
        self.wanted = [each for each in wanted if not self._holds(each, _in_view(world, view))]

    @property
    def score(self) -> float:
        return self.reached.bit_count() / len(self.wanted)

    def watch(self, view: View) -> None:
        seen = _in_view(self.world, view)
        for i, milestone in enumerate(self.wanted):
            if not self.reached >> i & 1 and self._holds(milestone, seen):
                self.reached |= 1 << i

    def save(self) -> int:
        return self.reached

    def load(self, saved: int) -> None:
        self.reached = saved

    def _holds(self, milestone: Milestone, seen: set[int]) -> bool:
        world = self.world
        if milestone.kind == "fulfil":
            return _fulfilled(world, milestone.numbers[0])
        if milestone.kind == "see":
            return not seen.isdisjoint(milestone.numbers)
        if milestone.kind == "hold":
            return any(world.carrying is world.objects[i] for i in milestone.numbers)
        doors: list[Any] = [world.objects[i] for i in milestone.numbers]
        return any(not door.is_locked for door in doors)


def clauses(world: World) -> list[int]:
    """The numbers of the mission's clauses among the world's instructions."""
    return [i for i, each in enumerate(world.instructions) if is_clause(each)]


def _fulfilled(world: World, clause: int) -> bool:
    """Whether minigrid's verifier has ticked a clause off; it does not tick off a lone one."""
    wanted = world.instructions[clause]
    return any(
        done for whole in world.instructions for done, part in parts(whole) if part is wanted
    )


def _milestones(world: World) -> Iterable[Milestone]:
    for clause in clauses(world):
        instruction = world.instructions[clause]
        first, *_ = groups = [_numbers(world, d.obj_set) for d in descriptions(instruction)]
        yield from _unlocking(world, first, frozenset())
        yield Milestone("see", first)
        yield from _handling(world, instruction, groups)
        yield Milestone("fulfil", (clause,))


def _handling(
    world: World, instruction: Any, groups: Sequence[tuple[int, ...]]
) -> Iterable[Milestone]:
    if isinstance(instruction, PutNextInstr):
        yield Milestone("hold", groups[0])
        yield from _unlocking(world, groups[1], frozenset())
    if isinstance(instruction, OpenInstr):
        doors: list[Any] = [world.objects[i] for i in groups[0]]
        if all(door.is_locked for door in doors):
            yield Milestone("hold", tuple(key for door in doors for key in _keys(world, door)))


def _unlocking(
    world: World, targets: tuple[int, ...], handled: frozenset[int]
) -> Iterable[Milestone]:
    """For each locked door on the way: the way to its key, the key, and the lock."""
    for door in locks_on_way(world, targets):
        if door in handled:
            continue
        keys = _keys(world, world.objects[door])
        yield from _unlocking(world, keys, handled | {door})
        yield Milestone("hold", keys)
        yield Milestone("unlock", (door,))


def locks_on_way(world: World, targets: Iterable[int]) -> list[int]:
    """The locked doors on the way with the fewest of them to one of the targets' cells."""
    goals = {i for i, cell in enumerate(world.cells) if cell is not None}
    goals = {i for i in goals if any(world.cells[i] is world.objects[n] for n in targets)}
    x, y = world.position
    start = y * world.width + x
    parents: dict[int, int] = {start: start}
    cost = {start: 0}
    queue = deque([start])
    while queue:
        here = queue.popleft()
        if here in goals:
            return _locks(world, parents, here)
        for dx, dy in STEP:
            there = here + dx + dy * world.width
            cell: Any = world.cells[there]
            if cell is not None and cell.type == "wall":
                continue
            locked = cell is not None and cell.type == "door" and cell.is_locked
            if (total := cost[here] + (locked and there not in goals)) < cost.get(there, total + 1):
                cost[there] = total
                parents[there] = here
                (queue.append if total > cost[here] else queue.appendleft)(there)
    return []


def _locks(world: World, parents: dict[int, int], goal: int) -> list[int]:
    """The locked doors passed before the goal's cell, in the order of the way."""
    passed = []
    here = parents[goal]
    while here != parents[here]:
        cell: Any = world.cells[here]
        if cell is not None and cell.type == "door" and cell.is_locked:
            passed.append(world.objects.index(cell))
        here = parents[here]
    return passed[::-1]


def _keys(world: World, door: WorldObj) -> tuple[int, ...]:
    return tuple(
        i
        for i, thing in enumerate(world.objects)
        if thing.type == "key" and thing.color == door.color
    )


def _numbers(world: World, things: Iterable[WorldObj]) -> tuple[int, ...]:
    wanted = {id(thing) for thing in things}
    return tuple(i for i, thing in enumerate(world.objects) if id(thing) in wanted)


def _in_view(world: World, view: View) -> set[int]:
    """The numbers of the objects that can be seen, with the one that is carried."""
    seen = {id(world.at(thing.x, thing.y)) for thing in view.sightings()}
    seen.add(id(world.carrying))
    return {i for i, thing in enumerate(world.objects) if id(thing) in seen}
