"""Places in a sheet: A1 notation, rows and columns from 0, and rectangles of cells."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

MAX_ROWS, MAX_COLUMNS = 1_000, 26
"""The grid of a new Google sheet; writing outside of it is refused."""
_LABEL = re.compile(r"([A-Za-z]{1,3})([1-9]\d{0,6})")
_AREA = re.compile(r"([A-Za-z]{1,3}[1-9]\d{0,6})(?::([A-Za-z]{1,3}[1-9]\d{0,6}))?")


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """A cell's row and column, from 0."""

    row: int
    column: int

    @property
    def label(self) -> str:
        """In A1 notation."""
        return f"{letters(self.column)}{self.row + 1}"


@dataclass(frozen=True, slots=True, order=True)
class Area:
    """A rectangle of cells, its last row and column included."""

    top: int
    left: int
    bottom: int
    right: int

    @property
    def label(self) -> str:
        first, last = Place(self.top, self.left), Place(self.bottom, self.right)
        return first.label if first == last else f"{first.label}:{last.label}"

    @property
    def size(self) -> int:
        return (self.bottom - self.top + 1) * (self.right - self.left + 1)

    def places(self) -> Iterator[Place]:
        for row in range(self.top, self.bottom + 1):
            for column in range(self.left, self.right + 1):
                yield Place(row, column)

    def overlaps(self, other: Area) -> bool:
        return (
            self.top <= other.bottom
            and other.top <= self.bottom
            and self.left <= other.right
            and other.left <= self.right
        )


def letters(column: int) -> str:
    """A column's name: A, B, ... Z, AA, ..."""
    name = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        name = chr(ord("A") + rest) + name
    return name


def place(label: str) -> Place | None:
    """The place of an A1 label in either case; None where it is none."""
    found = _LABEL.fullmatch(label)
    if found is None:
        return None
    column = 0
    for letter in found[1].upper():
        column = 26 * column + ord(letter) - ord("A") + 1
    return Place(int(found[2]) - 1, column - 1)


def area(label: str) -> Area | None:
    """The area of `A1` or `A1:B2`, whichever corners are named; None where it is none."""
    found = _AREA.fullmatch(label)
    if found is None:
        return None
    corners = [place(corner) for corner in found.groups() if corner]
    rows = [corner.row for corner in corners if corner]
    columns = [corner.column for corner in corners if corner]
    return Area(min(rows), min(columns), max(rows), max(columns))


def inside(area: Area) -> bool:
    """Whether the grid has all of the area."""
    return area.bottom < MAX_ROWS and area.right < MAX_COLUMNS
