"""What the makers of sheet tasks share: a table to draw from, calls, and drafts."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from agentrm_envs.tool_operation.sheet.places import Place, letters
from agentrm_envs.tool_operation.sheet.themes import Measure, Theme
from agentrm_envs.tools.call import Call

Rows = list[list[Any]]
KEY, GROUP, FIRST_MEASURE = 0, 1, 2
"""Columns of a table, from 0."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A task before it is admitted: what is asked, the calls that do it, and the table."""

    goal: str
    calls: tuple[Call, ...]
    """All but `finish`."""
    rows: Rows
    notes: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Scene:
    """A table about something, and the dice to draw a task with it."""

    rng: random.Random
    theme: Theme
    sheet: str
    rows: Rows
    """With the titles; names are all different, and so are the numbers of each column."""

    @property
    def titles(self) -> list[str]:
        return list(self.rows[0])

    @property
    def measures(self) -> tuple[Measure, ...]:
        return self.theme.measures

    @property
    def height(self) -> int:
        """Rows, the titles included."""
        return len(self.rows)

    @property
    def width(self) -> int:
        return len(self.rows[0])

    def measure(self) -> int:
        """A column of numbers."""
        return FIRST_MEASURE + self.rng.randrange(len(self.measures))

    def row(self) -> int:
        return self.rng.randrange(1, self.height)

    def some_rows(self, low: int, high: int) -> list[int]:
        """So many different rows, in their order."""
        number = min(self.rng.randint(low, high), self.height - 2)
        return sorted(self.rng.sample(range(1, self.height), number))

    def new_number(self, column: int) -> str:
        """A number that the column does not have, as its format shows it."""
        known = {row[column] for row in self.rows}
        while True:
            number = drawn(self.rng, self.measures[column - FIRST_MEASURE])
            if number not in known:
                return number

    def name(self, row: int) -> str:
        return str(self.rows[row][KEY])

    def say(self, templates: Sequence[str], **names: object) -> str:
        """One of the sentences, after a few words on the sheet."""
        opening = self.rng.choice(
            (
                f'In "{self.sheet}", ',
                f'"{self.sheet}" holds {self.theme.about}; ',
                f'The table in "{self.sheet}" is about {self.theme.about}: ',
                f'Please work in "{self.sheet}": ',
            )
        )
        return opening + self.rng.choice(templates).format(**names)

    def find(self, column: int, text: str) -> list[int]:
        """The rows with that text in a column."""
        return [row for row in range(1, self.height) if self.rows[row][column] == text]


def drawn(rng: random.Random, measure: Measure) -> str:
    """A number of the measure, as its format shows it."""
    hundredths = rng.randrange(measure.low, measure.high + 1, measure.step)
    decimals = len(measure.number_format.partition(".")[2])
    return f"{hundredths / 100:.{decimals}f}"


def at(row: int, column: int) -> str:
    return Place(row, column).label


def put(row: int, column: int, value: object) -> Call:
    return Call("update_cell", {"position": at(row, column), "value": value})


def delete_rows(rows: Sequence[int]) -> Call:
    return Call("delete_batch_data", {"dimension": "row", "index_list": [row + 1 for row in rows]})


def delete_columns(columns: Sequence[int]) -> Call:
    indices = [column + 1 for column in columns]
    return Call("delete_batch_data", {"dimension": "col", "index_list": indices})


def sort(column: int, *, descending: bool, text: bool = False) -> tuple[Call, ...]:
    """Sorting below the titles, which are frozen where they would move.

    Downwards, a title is a text and stays above numbers.
    """
    order = Call(
        "sort_sheet_by_col", {"col_num": column + 1, "order": "des" if descending else "asc"}
    )
    if descending and not text:
        return (order,)
    return (Call("freeze_data", {"dimension": "rows", "num": 1}), order)


def formula(operator: str, first: str, last: str, result: str) -> Call:
    return Call(
        "update_cell_by_formula",
        {
            "start_position": first,
            "end_position": last,
            "result_position": result,
            "operator": operator,
        },
    )


def letter(column: int) -> str:
    return letters(column)


def listed(names: Sequence[str]) -> str:
    """As in `a, b and c`."""
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
