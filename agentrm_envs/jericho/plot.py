"""A plot: one story drawn from a theme, with its map, where everything lies, and what to do."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from agentrm_envs.jericho.theme import Finale, Gate, Room, Theme, Thing

OPPOSITE = {
    "north": "south",
    "south": "north",
    "east": "west",
    "west": "east",
    "up": "down",
    "down": "up",
}
_SHIFT = {"north": (0, -1), "south": (0, 1), "east": (1, 0), "west": (-1, 0)}
_WITHOUT_ITEM = ("chest", "search", "timed")
_LINK_CHANCE = 0.3
"""How often two open rooms side by side are linked without need."""


@dataclass(frozen=True, slots=True)
class Obstacle:
    """A gate at its place in a story."""

    gate: Gate
    at: int
    """The number of the room it stands in."""
    beyond: int | None = None
    """The number of its own room."""
    direction: str = ""
    """Where its own room lies."""
    reward: Thing | None = None
    code: int = 0
    """The number that a `code` asks for."""


@dataclass(slots=True)
class Plot:
    name: str
    title: str
    finale: Finale
    finale_at: int
    rooms: list[Room]
    texts: list[str]
    """The rooms' descriptions."""
    exits: list[dict[str, int]]
    obstacles: list[Obstacle] = field(default_factory=list)
    lying: dict[str, int] = field(default_factory=dict)
    """The numbers of the rooms in which things lie from the start, by the things' names."""
    things: dict[str, Thing] = field(default_factory=dict)
    """What can be carried, by name."""

    def route(self, start: int, end: int) -> list[str]:
        """The fewest directions from room to room, all ways taken as open."""
        ways: dict[int, list[str]] = {start: []}
        queue = [start]
        for room in queue:
            for direction, there in sorted(self.exits[room].items()):
                if there not in ways:
                    ways[there] = [*ways[room], direction]
                    queue.append(there)
        return ways[end]


class Unfit(Exception):
    """The dice gave a story that does not hold together; another throw may."""


def draw(theme: Theme, finale: Finale, name: str, size: int, rng: random.Random) -> Plot:
    """A story of `size` obstacles; raises Unfit where the dice gave none."""
    gates = _gates(theme, finale, size, rng)
    plot = _open_rooms(theme, finale, name, rng)
    grid = _Grid(plot, rng)
    grid.fill()
    slots: list[int] = []
    for gate in gates:
        _place(plot, grid, gate, slots, rng)
    for part in finale.parts:
        _lay(plot, part, slots, rng, never_open=True)
    if slots:
        raise Unfit("an obstacle without a reward")
    for thing in rng.sample(list(theme.clutter), k=min(2, len(theme.clutter))):
        plot.things[thing.name] = thing
        plot.lying[thing.name] = rng.randrange(len(plot.rooms))
    _check_names(plot)
    return plot


def _gates(theme: Theme, finale: Finale, size: int, rng: random.Random) -> list[Gate]:
    gates = rng.sample(list(theme.gates), k=size)
    if sum(gate.item is None for gate in gates) > len(finale.parts):
        raise Unfit("more rewards than things to find")
    used = [gate.item.name for gate in gates if gate.item] + [part.name for part in finale.parts]
    if len(set(used)) < len(used) or {gate.kind for gate in gates} <= {"chest", "search"}:
        raise Unfit("two obstacles ask for the same thing")
    if not gates[0].passage and not gates[-1].passage and rng.random() < 0.5:
        raise Unfit("rather a story that goes to new places")
    return gates


def _open_rooms(theme: Theme, finale: Finale, name: str, rng: random.Random) -> Plot:
    number = rng.randint(3, min(5, len(theme.rooms)))
    rooms = [theme.rooms[0], *rng.sample(list(theme.rooms[1:]), k=number - 1)]
    texts = [rng.choice(list(room.texts)) for room in rooms]
    exits: list[dict[str, int]] = [{} for _ in rooms]
    return Plot(name, finale.title, finale, rng.randrange(number), rooms, texts, exits)


class _Grid:
    """Where the rooms lie, so that the compass holds."""

    def __init__(self, plot: Plot, rng: random.Random) -> None:
        self.plot = plot
        self.rng = rng
        self.cells: dict[tuple[int, int], int] = {(0, 0): 0}

    def fill(self) -> None:
        for number in range(1, len(self.plot.rooms)):
            spot = self.rng.choice(list(self._free(range(number))))
            self._settle(number, *spot)
            for direction, there in self._neighbours(number):
                if there != spot[0] and self.rng.random() < _LINK_CHANCE:
                    self._link(number, direction, there)

    def add(self, room: Room, text: str, where: Sequence[int]) -> tuple[int, str]:
        """A new room beside one of `where`: the neighbour's number and the direction."""
        spots = list(self._free(where))
        if not spots:
            raise Unfit("no place for another room")
        spot = self.rng.choice(spots)
        self.plot.rooms.append(room)
        self.plot.texts.append(text)
        self.plot.exits.append({})
        self._settle(len(self.plot.rooms) - 1, *spot)
        return spot

    def _free(self, rooms: Sequence[int]) -> Iterator[tuple[int, str]]:
        for (x, y), room in sorted(self.cells.items()):
            for direction, (dx, dy) in _SHIFT.items():
                if room in rooms and (x + dx, y + dy) not in self.cells:
                    yield room, direction

    def _settle(self, number: int, beside: int, direction: str) -> None:
        x, y = next(cell for cell, room in self.cells.items() if room == beside)
        dx, dy = _SHIFT[direction]
        self.cells[x + dx, y + dy] = number
        self._link(beside, direction, number)

    def _neighbours(self, number: int) -> Iterator[tuple[str, int]]:
        x, y = next(cell for cell, room in self.cells.items() if room == number)
        for direction, (dx, dy) in _SHIFT.items():
            if (x + dx, y + dy) in self.cells:
                yield direction, self.cells[x + dx, y + dy]

    def _link(self, number: int, direction: str, there: int) -> None:
        self.plot.exits[number][direction] = there
        self.plot.exits[there][OPPOSITE[direction]] = number


def _place(plot: Plot, grid: _Grid, gate: Gate, slots: list[int], rng: random.Random) -> None:
    """Set a gate somewhere that can be reached by now, and its item where it is found before."""
    reachable = list(range(len(plot.rooms)))
    if gate.item is not None:
        _lay(plot, gate.item, slots, rng)
    code = rng.randint(102, 987) if gate.kind == "code" else 0
    if gate.room is not None:
        text = rng.choice(list(gate.room.texts))
        at, direction = grid.add(gate.room, text, reachable)
        plot.obstacles.append(Obstacle(gate, at, len(plot.rooms) - 1, direction, code=code))
    else:
        taken = {obstacle.at for obstacle in plot.obstacles}
        at = rng.choice([room for room in reachable if room not in taken] or reachable)
        plot.obstacles.append(Obstacle(gate, at, code=code))
    slots.append(len(plot.obstacles) - 1)


def _lay(
    plot: Plot, thing: Thing, slots: list[int], rng: random.Random, never_open: bool = False
) -> None:
    """Hide a thing behind the last obstacle that has no reward yet, or leave it in the open."""
    if slots:
        number = slots.pop()
        obstacle = plot.obstacles[number]
        if obstacle.beyond is not None:
            plot.lying[thing.name] = obstacle.beyond
        plot.obstacles[number] = replace(obstacle, reward=thing)
    elif never_open:
        raise Unfit("the last thing would lie in the open")
    else:
        plot.lying[thing.name] = rng.randrange(1, len(plot.rooms))
    plot.things[thing.name] = thing


def _check_names(plot: Plot) -> None:
    """No thing's name may be part of another's, or a command could mean both."""
    fixed = [o.gate.thing for o in plot.obstacles] + [o.gate.lever for o in plot.obstacles]
    everything = [*plot.things.values(), *(thing for thing in fixed if thing), plot.finale.thing]
    names = [set(thing.name.split()) for thing in everything]
    for number, name in enumerate(names):
        if any(name <= other for other in (*names[:number], *names[number + 1 :])):
            raise Unfit("two things of the same name")
    if len({room.name for room in plot.rooms}) < len(plot.rooms):
        raise Unfit("two rooms of the same name")
