"""An estimate of the moves that a mission still takes, for one who sees the whole grid."""

from __future__ import annotations

import heapq
import math
from collections.abc import Callable, Iterator
from typing import Any

from minigrid.core.world_object import WorldObj
from minigrid.envs.babyai.core.verifier import (
    AfterInstr,
    GoToInstr,
    Instr,
    OpenInstr,
    PickupInstr,
)

from agentrm_envs.babyai.world import STEP, World, is_clause, parts

_DOOR = 2.0
_CLEAR = 8.0
"""Moves to clear a thing out of the way."""
_CLEAR_CARRYING = 24.0
"""Likewise with something in hand, to be put down and fetched again."""
_UNLOCK = 25.0
"""Moves to fetch a key and come back, roughly: enough to look for a way around first."""
_DROP = 4.0
_CARRY = 12.0
"""Moves to bring something elsewhere, as long as it is not in hand."""
_LATER = 25.0
"""Moves of a clause that is not yet due."""


class Estimate:
    """Estimates for one world; fields of distances are kept as long as nothing moves."""

    def __init__(self, world: World) -> None:
        self.world = world
        self._fields: dict[Any, _Field] = {}

    def moves(self) -> float:
        """Roughly how many primitive moves are left; infinite where the mission cannot be done."""
        due = list(_due(self.world.instructions[0]))
        if not due:
            return 0.0
        return self._clause(due[0]) + _LATER * (len(due) - 1)

    def _clause(self, clause: Any) -> float:
        if isinstance(clause, GoToInstr):
            return self._reach(self._placed(clause.desc.obj_set))
        if isinstance(clause, OpenInstr):
            return self._open([door for door in clause.desc.obj_set if not door.is_open])
        if isinstance(clause, PickupInstr):
            return self._hold(clause.desc.obj_set)
        if any(self.world.carrying is thing for thing in clause.desc_move.obj_set):
            return self._reach(self._beside(clause.desc_fixed.obj_set))
        return _CARRY + self._hold(clause.desc_move.obj_set)

    def _open(self, doors: list[Any]) -> float:
        """Moves to open the easiest of some doors, with the key for it first."""
        open_now = [door for door in doors if not door.is_locked or self._has_key(door)]
        if open_now:
            return self._reach(self._placed(open_now))
        return min((self._unlock(door) for door in doors), default=math.inf)

    def _unlock(self, door: WorldObj) -> float:
        keys = self._keys(door)
        field = self._field(self._placed([door]))
        back = [field.distance.get(i, math.inf) for i in self._placed(keys)]
        return _UNLOCK + self._hold(keys) + min(back, default=math.inf)

    def _hold(self, things: list[WorldObj], barred: frozenset[int] = frozenset()) -> float:
        world = self.world
        hands = 0.0 if world.carrying is None else _DROP
        return hands + self._reach(self._placed(things), barred)

    def _reach(self, goals: frozenset[int], barred: frozenset[int] = frozenset()) -> float:
        """Moves until one faces one of the goals' cells; locked doors first need their keys."""
        world = self.world
        field = self._field(goals)
        here = world.position[1] * world.width + world.position[0]
        if here not in field.distance:
            return math.inf
        total = field.distance[here] + self._turns(here, field.next.get(here, here))
        lock = field.lock.get(here)
        if lock is None or lock in barred:
            return total if lock is None else math.inf
        return total + self._hold(self._keys(world.cells[lock]), barred | {lock})

    def _turns(self, here: int, there: int) -> int:
        if here == there:
            return 1
        width = self.world.width
        steps = [dx + dy * width for dx, dy in STEP]
        turn = (steps.index(there - here) - self.world.direction) % 4
        return min(turn, 4 - turn)

    def _field(self, goals: frozenset[int]) -> _Field:
        held: Any = self.world.carrying
        key = (goals, id(held), tuple(map(_layout, self.world.cells)))
        if key not in self._fields:
            self._fields[key] = _Field(self.world, goals, self._has_key)
        return self._fields[key]

    def _has_key(self, door: Any) -> bool:
        held = self.world.carrying
        return held is not None and held.type == "key" and held.color == door.color

    def _keys(self, door: Any) -> list[WorldObj]:
        things = self.world.objects
        return [each for each in things if each.type == "key" and each.color == door.color]

    def _placed(self, things: list[WorldObj]) -> frozenset[int]:
        wanted = {id(thing) for thing in things}
        cells = self.world.cells
        return frozenset(i for i, cell in enumerate(cells) if id(cell) in wanted)

    def _beside(self, things: list[WorldObj]) -> frozenset[int]:
        """The free cells next to some things: where something is put down next to them."""
        width, cells = self.world.width, self.world.cells
        around = {i + dx + dy * width for i in self._placed(things) for dx, dy in STEP}
        return frozenset(i for i in around if cells[i] is None)


class _Field:
    """For each cell: the moves to face a goal, the next cell on the way, and the first lock."""

    def __init__(self, world: World, goals: frozenset[int], has_key: Callable[[Any], bool]) -> None:
        self.distance: dict[int, float] = {}
        self.next: dict[int, int] = {}
        self.lock: dict[int, int] = {}
        cells: list[Any] = world.cells
        steps = [dx + dy * world.width for dx, dy in STEP]
        barring = {
            i
            for i, cell in enumerate(cells)
            if i not in goals and _kind(cell) == "door" and cell.is_locked and not has_key(cell)
        }
        clear = _CLEAR if world.carrying is None else _CLEAR_CARRYING
        queue = [(0.0, goal, goal) for goal in sorted(goals)]
        while queue:
            total, here, towards = heapq.heappop(queue)
            if here in self.distance:
                continue
            self.distance[here] = total
            self.next[here] = towards
            lock = towards if towards in barring else self.lock.get(towards)
            if lock is not None:
                self.lock[here] = lock
            cost = (
                0.0 if here in goals else _UNLOCK if here in barring else _cost(cells[here], clear)
            )
            for there in (here + step for step in steps):
                if 0 <= there < len(cells) and _kind(cells[there]) != "wall":
                    heapq.heappush(queue, (total + cost, there, here))


def _due(instruction: Instr) -> Iterator[Instr]:
    """The clauses still to be fulfilled, in an order that the mission allows."""
    if is_clause(instruction):
        yield instruction
    in_order = parts(instruction)
    if isinstance(instruction, AfterInstr):
        in_order.reverse()
    for fulfilled, part in in_order:
        if not fulfilled:
            yield from _due(part)


def _kind(cell: Any) -> str:
    return "" if cell is None else str(cell.type)


def _cost(cell: Any, clear: float) -> float:
    """Moves to pass a cell; `clear` those to clear it first."""
    if cell is None:
        return 1.0
    if cell.type == "door":
        return 1.0 if cell.is_open else _DOOR
    return clear


def _layout(cell: Any) -> Any:
    """What of a cell bears on distances."""
    if cell is None or cell.type != "door":
        return id(cell)
    return id(cell), cell.is_open, cell.is_locked
