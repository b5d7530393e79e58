"""The shortest ways to what is in view, in minigrid's primitive moves."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from agentrm_envs.babyai.view import SIZE, Sighting, View
from agentrm_envs.babyai.world import FORWARD, LEFT, RIGHT, STEP

Cell = tuple[int, int]

_SOLID = frozenset({"ball", "box", "key", "lava", "wall"})
_ENTERED = frozenset({"door", "goal"})
_NOWHERE = -1


@dataclass(frozen=True, slots=True)
class _Terrain:
    """The poses around a viewer; pose 4 * i + direction is that of the cell number i."""

    cells: dict[Cell, int]
    """The numbers of the cells that a way may cross, by (x, y) relative to the viewer's."""
    children: list[list[tuple[int, int]]]
    """For each pose the poses one move away, with the move: forward, left, right."""
    front: list[int]
    """For each pose the number of the cell that it faces."""


def _terrain(direction: int) -> _Terrain:
    """The terrain of one who looks in a direction.

    AgentBoard lets a way cross the cells of the view, and one line of cells more on each axis
    along which the view's far left corner has the highest number: its ranges run from there to
    one past the opposite corner.
    """
    (fx, fy), (rx, ry) = STEP[direction], STEP[(direction + 1) % 4]
    columns = _range(fx * (SIZE - 1) - rx * (SIZE // 2), rx - fx)
    rows = _range(fy * (SIZE - 1) - ry * (SIZE // 2), ry - fy)
    cells = {cell: i for i, cell in enumerate((x, y) for x in columns for y in rows)}
    children, front = [], []
    for (x, y), i in cells.items():
        for turned, (dx, dy) in enumerate(STEP):
            ahead = cells.get((x + dx, y + dy), _NOWHERE)
            front.append(ahead)
            children.append(
                [(4 * ahead + turned, FORWARD)] * (ahead != _NOWHERE)
                + [(4 * i + (turned - 1) % 4, LEFT), (4 * i + (turned + 1) % 4, RIGHT)]
            )
    return _Terrain(cells, children, front)


def _range(corner: int, step: int) -> range:
    end = corner + SIZE * step
    return range(corner, end) if step > 0 else range(end, corner + 1)


_TERRAINS = tuple(_terrain(direction) for direction in range(4))


class Ways:
    """The ways from a view's pose to the things in it, to face them or to stand on them.

    Cells out of sight count as free, and doors as open: a way may turn out to be blocked.
    """

    def __init__(self, view: View, sightings: Iterable[Sighting]) -> None:
        self._terrain = _TERRAINS[view.direction]
        self._at = view.x, view.y
        self._start = 4 * self._terrain.cells[0, 0] + view.direction
        self._parents: dict[int, tuple[int, int]] = {}
        self._facing: dict[int, int] = {}
        self._onto: dict[int, int] = {}
        solid, faced, entered = set(), set(), set()
        for thing in sightings:
            cell = self._number(thing)
            if thing.kind in _SOLID:
                solid.add(cell)
            if thing.kind in _ENTERED:
                entered.add(cell)
            if thing.kind != "wall":
                faced.add(cell)
        self._search(solid, faced, entered)

    def facing(self, thing: Sighting) -> list[int] | None:
        """The moves to face a thing from the next cell; None where there is no way."""
        return self._moves(self._facing.get(self._number(thing), _NOWHERE))

    def onto(self, thing: Sighting) -> list[int] | None:
        """The moves to stand where a door or goal is; None where there is no way."""
        return self._moves(self._onto.get(self._number(thing), _NOWHERE))

    def _number(self, thing: Sighting) -> int:
        return self._terrain.cells[thing.x - self._at[0], thing.y - self._at[1]]

    def _search(self, solid: set[int], faced: set[int], entered: set[int]) -> None:
        """Search breadth first, pose by pose; of equally short ways, choose AgentBoard's.

        AgentBoard keeps a plain queue in which a pose may stand several times. The first time
        decides when the pose is reached, the last time which pose it is reached from; so each
        layer is kept in both orders, without the copies.
        """
        children, front = self._terrain.children, self._terrain.front
        depth_of = {self._start: 0}
        first = last = [self._start]
        depth = 0
        while first and (faced or entered):
            for pose in first:
                if front[pose] in faced:
                    faced.remove(front[pose])
                    self._facing[front[pose]] = pose
                if pose >> 2 in entered:
                    entered.remove(pose >> 2)
                    self._onto[pose >> 2] = pose
            depth += 1
            next_first: list[int] = []
            for pose in first:
                for child, _ in children[pose]:
                    if child not in depth_of and child >> 2 not in solid:
                        depth_of[child] = depth
                        next_first.append(child)
            first, last = next_first, self._last(last, depth, depth_of)

    def _last(self, before: list[int], depth: int, depth_of: dict[int, int]) -> list[int]:
        """The poses of a layer by the last time that each is reached, and their parents."""
        children, parents = self._terrain.children, self._parents
        backwards = []
        for pose in reversed(before):
            for child, move in reversed(children[pose]):
                if depth_of.get(child) == depth and child not in parents:
                    parents[child] = pose, move
                    backwards.append(child)
        return backwards[::-1]

    def _moves(self, pose: int) -> list[int] | None:
        if pose == _NOWHERE:
            return None
        moves = []
        while pose != self._start:
            pose, move = self._parents[pose]
            moves.append(move)
        return moves[::-1]
