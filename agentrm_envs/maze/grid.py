"""A maze's floor plan: which cells are free, and how far apart they are."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

WALL, FREE = "#", "."


class Cell(NamedTuple):
    """A place in the maze; upstream calls the row x and the column y."""

    row: int
    column: int


MOVES = {
    "move left": Cell(0, -1),
    "move right": Cell(0, 1),
    "move up": Cell(-1, 0),
    "move down": Cell(1, 0),
}
"""The actions and the offsets that they add, in the order of LMRL-Gym's table."""


@dataclass(frozen=True, slots=True)
class Grid:
    """The rows of a maze, `#` for a wall and `.` for a free cell; walls all around."""

    rows: tuple[str, ...]

    @classmethod
    def carved(cls, height: int, width: int, free: Iterable[Cell]) -> Grid:
        """A block of walls of that size with the given cells taken out."""
        cells = set(free)
        columns = range(width)
        return cls(
            tuple(
                "".join(FREE if (row, column) in cells else WALL for column in columns)
                for row in range(height)
            )
        )

    @property
    def cells(self) -> list[Cell]:
        """The free cells, row by row."""
        return [
            Cell(row, column)
            for row, line in enumerate(self.rows)
            for column, mark in enumerate(line)
            if mark == FREE
        ]

    def is_free(self, cell: Cell) -> bool:
        return self.rows[cell.row][cell.column] == FREE

    def is_walled(self) -> bool:
        """Whether the rows are equally long, of the two marks only, and closed all around."""
        width = len(self.rows[0]) if self.rows else 0
        top_and_bottom = [line for line in (*self.rows[:1], *self.rows[-1:]) if line.strip(WALL)]
        return (
            len(self.rows) > 2
            and width > 2
            and not top_and_bottom
            and all(len(line) == width and set(line) <= {WALL, FREE} for line in self.rows)
            and all(line[0] == line[-1] == WALL for line in self.rows)
        )

    def after(self, cell: Cell, action: str) -> Cell:
        """Where an action leads: a wall and an unknown action leave one where one is."""
        offset = MOVES.get(action)
        if offset is None:
            return cell
        row, column = cell[0] + offset[0], cell[1] + offset[1]
        return Cell(row, column) if self.rows[row][column] == FREE else cell

    def exits(self, cell: Cell) -> dict[str, Cell]:
        """The moves that lead elsewhere, and where they lead."""
        ways = {action: self.after(cell, action) for action in MOVES}
        return {action: there for action, there in ways.items() if there != cell}

    def distances(self, goal: Cell) -> dict[Cell, int]:
        """The least number of moves to the goal from each cell that it can be reached from."""
        distance = {goal: 0}
        waiting = deque([goal])
        while waiting:
            cell = waiting.popleft()
            for neighbour in self.exits(cell).values():
                if neighbour not in distance:
                    distance[neighbour] = distance[cell] + 1
                    waiting.append(neighbour)
        return distance

    def canonical(self) -> Grid:
        """The one plan that stands for all with these passages: turned, mirrored or moved."""
        turned = [_turned(_trimmed(_turned(_trimmed(self.rows))))]
        for _ in range(3):
            turned.append(_turned(turned[-1]))
        return Grid(min(turned + [rows[::-1] for rows in turned]))


def _turned(rows: tuple[str, ...]) -> tuple[str, ...]:
    return tuple("".join(line) for line in zip(*rows[::-1], strict=True))


def _trimmed(rows: tuple[str, ...]) -> tuple[str, ...]:
    """Without the rows that only thicken the outer walls above and below."""
    passages = [number for number, line in enumerate(rows) if FREE in line]
    return rows[passages[0] - 1 : passages[-1] + 2]
