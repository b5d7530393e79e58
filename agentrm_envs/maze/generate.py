"""Makes the built-in mazes: `python -m agentrm_envs.maze.generate` writes both task files.

The same seed gives the same bytes. No two tasks have the same plan, not even turned, mirrored
or moved, so the splits are disjoint; none is the double T maze of the official tasks.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from agentrm_envs.maze.expert import shortest_way
from agentrm_envs.maze.grid import MOVES, Cell, Grid
from agentrm_envs.maze.official import DOUBLE_T
from agentrm_envs.task_files import listing, write_tables

SEED = "agentrm maze 1"
SIZES = {"train": 600, "test": 120}
SIDES = (5, 7, 7, 9, 9, 9, 11, 11, 13, 13)
"""Heights and widths, walls included, as often as they are drawn."""
LENGTHS = range(2, 14)
"""Moves from start to goal: each length is as likely, and 15 steps leave room for an error."""


def main() -> None:
    write_tables(Path(__file__).parent, files())


def files(seed: str = SEED) -> dict[str, str]:
    """The text of each split's task file, one task a line."""
    made = mazes(seed)
    # The test tasks are drawn first, so that the training split can grow without changing them.
    return {
        split: listing({f"{split}-{number:03}": next(made) for number in range(SIZES[split])})
        for split in ("test", "train")
    }


def mazes(seed: str) -> Iterator[dict[str, Any]]:
    """Tasks without end, no two with the same plan."""
    rng = random.Random(seed)
    seen = {DOUBLE_T.canonical()}
    while True:
        length = rng.choice(LENGTHS)
        while (maze := _maze(rng, length, seen)) is None:
            pass
        yield maze


def _maze(rng: random.Random, length: int, seen: set[Grid]) -> dict[str, Any] | None:
    """A new plan with a start and a goal so far apart, or None where this draw has none."""
    grid = rng.choice(STYLES)(rng, rng.choice(SIDES), rng.choice(SIDES))
    if grid.canonical() in seen:
        return None
    goals = grid.cells
    rng.shuffle(goals)
    for goal in goals:
        starts = [cell for cell, moves in grid.distances(goal).items() if moves == length]
        if starts:
            start = rng.choice(starts)
            assert len(shortest_way(grid, start, goal)) == length
            seen.add(grid.canonical())
            return {"rows": list(grid.rows), "start": list(start), "goal": list(goal)}
    return None


def winding(rng: random.Random, height: int, width: int) -> Grid:
    """One way between any two cells, with long passages: it digs on from the newest cell."""
    return Grid.carved(height, width, _dig(rng, height, width, newest=0.95))


def branching(rng: random.Random, height: int, width: int) -> Grid:
    """One way between any two cells, with many short dead ends: it digs on from any cell."""
    return Grid.carved(height, width, _dig(rng, height, width, newest=0.3))


def looped(rng: random.Random, height: int, width: int) -> Grid:
    """A maze in which some walls between passages are opened, so that ways meet again."""
    free = _dig(rng, height, width, newest=0.7)
    walls = [
        Cell(row, column)
        for row in range(1, height - 1)
        for column in range(1, width - 1)
        if (row + column) % 2 and (row, column) not in free
    ]
    opened = rng.sample(walls, k=rng.randint(1, max(1, len(walls) // 3)))
    return Grid.carved(height, width, free | set(opened))


def halls(rng: random.Random, height: int, width: int) -> Grid:
    """A few straight corridors, each of which begins on an earlier one."""
    free = {Cell(rng.randrange(1, height - 1), rng.randrange(1, width - 1))}
    for _ in range(rng.randint(4, 8)):
        cell = rng.choice(sorted(free))
        down, right = rng.choice(list(MOVES.values()))
        for _ in range(rng.randint(2, 8)):
            cell = Cell(cell.row + down, cell.column + right)
            if not _inside(cell, height, width):
                break
            free.add(cell)
    return Grid.carved(height, width, free)


def rooms(rng: random.Random, height: int, width: int) -> Grid:
    """An open field with scattered blocks; what cannot be reached is filled in."""
    share = rng.uniform(0.15, 0.4)
    inside = [Cell(row, column) for row in range(1, height - 1) for column in range(1, width - 1)]
    free = [cell for cell in inside if rng.random() > share] or inside
    field = Grid.carved(height, width, free)
    return Grid.carved(height, width, field.distances(rng.choice(free)))


STYLES: tuple[Callable[[random.Random, int, int], Grid], ...] = (
    winding,
    branching,
    looped,
    halls,
    rooms,
)


def _dig(rng: random.Random, height: int, width: int, *, newest: float) -> set[Cell]:
    """A spanning tree over the cells of odd row and column (the growing-tree algorithm).

    `newest` is how often, in [0, 1], it goes on from the cell reached last.
    """
    first = Cell(rng.randrange(1, height, 2), rng.randrange(1, width, 2))
    free, open_ends = {first}, [first]
    while open_ends:
        at = len(open_ends) - 1 if rng.random() < newest else rng.randrange(len(open_ends))
        cell = open_ends[at]
        ways = [
            (Cell(cell.row + down, cell.column + right), beyond)
            for down, right in MOVES.values()
            if _inside(beyond := Cell(cell.row + 2 * down, cell.column + 2 * right), height, width)
            and beyond not in free
        ]
        if ways:
            way, beyond = rng.choice(ways)
            free |= {way, beyond}
            open_ends.append(beyond)
        else:
            open_ends.pop(at)
    return free


def _inside(cell: Cell, height: int, width: int) -> bool:
    return 0 < cell.row < height - 1 and 0 < cell.column < width - 1


if __name__ == "__main__":
    main()
