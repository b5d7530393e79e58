"""What can be seen from where one stands, and AgentBoard's words for it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any, NamedTuple

from agentrm_envs.babyai.world import STEP, World

SIZE = 7
"""The side of the square of cells that minigrid shows: ahead and to both sides."""
UNSEEN, EMPTY = "", "empty"

_OWN = SIZE * SIZE - SIZE // 2 - 1
_NAMED = frozenset({"ball", "box", "door", "goal", "key", "lava"})
_AHEAD = tuple(SIZE - 1 - i // SIZE for i in range(SIZE * SIZE))
_RIGHT = tuple(i % SIZE - SIZE // 2 for i in range(SIZE * SIZE))
_NEAREST_FIRST = tuple(
    sorted(set(range(SIZE * SIZE)) - {_OWN}, key=lambda i: (_AHEAD[i] + abs(_RIGHT[i]), i))
)
"""The cells of the view by distance; equally near ones row by row from the farthest row."""


def _offsets(direction: int) -> tuple[tuple[int, int], ...]:
    """For each cell of the view, row by row from the farthest: what to add to (x, y)."""
    (fx, fy), (rx, ry) = STEP[direction], STEP[(direction + 1) % 4]
    return tuple(
        (fx * ahead + rx * right, fy * ahead + ry * right)
        for ahead, right in zip(_AHEAD, _RIGHT, strict=True)
    )


_OFFSETS = tuple(_offsets(direction) for direction in range(4))


class Sighting(NamedTuple):
    """Something seen: its name (`red closed door`), its cell and where it lies from here."""

    name: str
    kind: str
    x: int
    y: int
    ahead: int
    right: int


@dataclass(frozen=True, slots=True)
class View:
    """The square of cells ahead: its names row by row, and the pose that it is seen from."""

    names: tuple[str, ...]
    x: int
    y: int
    direction: int

    def sightings(self) -> list[Sighting]:
        """Everything seen, walls too, nearest first."""
        names, x, y = self.names, self.x, self.y
        offsets = _OFFSETS[self.direction]
        return [
            Sighting(name, _kind(name), x + offsets[i][0], y + offsets[i][1], _AHEAD[i], _RIGHT[i])
            for i in _NEAREST_FIRST
            if (name := names[i]) and name != EMPTY
        ]

    def barrier(self) -> tuple[str, int] | None:
        """The nearest wall or box straight ahead, and how many steps away it is."""
        for ahead in range(1, SIZE):
            kind = _kind(self.names[_OWN - SIZE * ahead])
            if kind in ("wall", "box"):
                return kind, ahead
        return None

    def front(self) -> str:
        """The kind of thing in the next cell ahead."""
        return _kind(self.names[_OWN - SIZE])


def look(world: World) -> View:
    """What minigrid shows of the world: the same cells that its image would hold.

    As in minigrid's `Grid.process_vis`, light spreads row by row away from the viewer, sideways
    and forwards out of every lit cell that can be seen through.
    """
    x, y = world.position
    names = [UNSEEN] * (SIZE * SIZE)
    lit = [i == SIZE // 2 for i in range(SIZE)]
    for row in range(SIZE * (SIZE - 1), -1, -SIZE):
        cells = [world.at(x + dx, y + dy) for dx, dy in _OFFSETS[world.direction][row : row + SIZE]]
        beyond = _spread(lit, [_is_opaque(cell) for cell in cells])
        for i, cell in enumerate(cells):
            if lit[i]:
                names[row + i] = name(cell)
        if True not in beyond:
            break
        lit = beyond
    names[_OWN] = carried_name(world) or EMPTY
    return View(tuple(names), x, y, world.direction)


def _spread(lit: list[bool], opaque: list[bool]) -> list[bool]:
    """Light a row's cells from those already lit, to the right, then to the left.

    Returns the next row's cells that are lit from this one.
    """
    beyond = [False] * SIZE
    for i in range(SIZE - 1):
        if lit[i] and not opaque[i]:
            lit[i + 1] = beyond[i + 1] = beyond[i] = True
    for i in range(SIZE - 1, 0, -1):
        if lit[i] and not opaque[i]:
            lit[i - 1] = beyond[i - 1] = beyond[i] = True
    return beyond


def name(cell: Any) -> str:
    """Colour, state and type: `red closed door`, `grey wall`; a free cell is `empty`."""
    if cell is None:
        return EMPTY
    if cell.type == "door":
        return f"{cell.color} {_door_state(cell)} door"
    return f"{cell.color} {cell.type}"


def carried_name(world: World) -> str:
    """Colour and type of what is carried; empty where nothing is."""
    return "" if world.carrying is None else name(world.carrying)


def describe(view: View, carried: str) -> str:
    """AgentBoard's observation, to the letter: its double and missing blanks too."""
    sightings = view.sightings()
    text = "You cannot see any objects within sight."
    if sightings:
        text = "In front of you in this room, you can see several objects: "
        text += "".join(_sentences(sightings))
    text += "The room has walls around you. "
    barrier = view.barrier()
    if barrier:
        text += f"You are facing a {barrier[0]} {barrier[1]} steps away. "
    return text + (
        f"You are carrying a {carried}." if carried else "You are not carrying anything."
    )


def _sentences(sightings: list[Sighting]) -> list[str]:
    """One sentence a thing; things of one name are numbered from the nearest on."""
    count: dict[str, int] = {}
    sentences = []
    for thing in sightings:
        if thing.kind not in _NAMED:
            continue
        number = count[thing.name] = count.get(thing.name, 0) + 1
        sentences.append(f"There is a {thing.name} {number} {_where(thing)} steps {_side(thing)}. ")
    return [f"{sentence} " for sentence in sentences]


def _where(thing: Sighting) -> str:
    if thing.right == 0:
        return f"right in front of you {thing.ahead}"
    return f"{thing.ahead} steps in front of you and {abs(thing.right)}"


def _side(thing: Sighting) -> str:
    if thing.right == 0:
        return "away"
    return "to your right" if thing.right > 0 else "to your left"


def _door_state(door: Any) -> str:
    if door.is_open:
        return "open"
    return "locked" if door.is_locked else "closed"


def _is_opaque(cell: Any) -> bool:
    return cell is not None and not cell.see_behind()


@cache
def _kind(name: str) -> str:
    return name.rpartition(" ")[2]
