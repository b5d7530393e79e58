"""Sheets and workbooks as immutable values; every change gives a new one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from agentrm_envs.tool_operation.sheet.cells import (
    EMPTY,
    GENERAL,
    Cell,
    Fault,
    Formula,
    Value,
    shown,
)
from agentrm_envs.tool_operation.sheet.formulas import NO_REFERENCE, apply
from agentrm_envs.tool_operation.sheet.places import Area, Place

Row = tuple[Cell, ...]


@dataclass(frozen=True)
class Sheet:
    """A rectangle of cells; beyond it, every cell of the grid is empty."""

    name: str
    rows: tuple[Row, ...] = ()
    """All of one length."""
    merges: tuple[Area, ...] = ()
    """Sorted; they do not overlap."""
    frozen_rows: int = 0
    frozen_columns: int = 0

    @property
    def width(self) -> int:
        return len(self.rows[0]) if self.rows else 0

    def cell(self, at: Place) -> Cell:
        if at.row < len(self.rows) and at.column < self.width:
            return self.rows[at.row][at.column]
        return EMPTY

    def value(self, at: Place) -> Value:
        """What the cell comes to: its formula's value, where it has one."""
        content = self.cell(at).content
        return self._evaluated(at) if isinstance(content, Formula) else content

    def text(self, at: Place) -> str:
        """What the cell shows."""
        return shown(self.value(at), self._format(at))

    def _text(self, cell: Cell, row: int, column: int) -> str:
        if isinstance(cell.content, Formula):
            return self.text(Place(row, column))
        return shown(cell.content, cell.number_format)

    def texts(self) -> list[list[str]]:
        """What every cell shows, without the empty rows and columns at the end.

        A merged area shows its first cell's text in each of its cells, as gspread's
        `combine_merged_cells` does; but no row or column is there for its sake alone.
        """
        return [list(row) for row in self._shown]

    @cached_property
    def _shown(self) -> list[list[str]]:
        table = self.unmerged_texts()
        width = max(map(len, table), default=0)
        for area in self.merges:
            anchor = self.text(Place(area.top, area.left))
            for at in area.places() if anchor else ():
                if at.row < len(table) and at.column < width:
                    table[at.row][at.column] = anchor
        return table

    def unmerged_texts(self) -> list[list[str]]:
        """The same with a merged area's text in its first cell only."""
        table = [
            [self._text(cell, row, column) for column, cell in enumerate(cells)]
            for row, cells in enumerate(self.rows)
        ]
        return trimmed(table)

    @cached_property
    def _values(self) -> dict[Place, Value]:
        return {}

    def _evaluated(self, at: Place) -> Value:
        """The formula's value; one that needs itself has none."""
        if at not in self._values:
            self._values[at] = NO_REFERENCE
            content = self.cell(at).content
            if isinstance(content, Formula):
                self._values[at] = self.result(content)
        return self._values[at]

    def result(self, formula: Formula) -> Value:
        """What the formula comes to in this sheet."""
        if None in formula.areas:
            return NO_REFERENCE
        areas = [area for area in formula.areas if area is not None]
        return apply(formula.operator, [self._values_in(area) for area in areas])

    def _values_in(self, area: Area) -> list[Value]:
        within = Area(
            area.top,
            area.left,
            min(area.bottom, max(len(self.rows) - 1, area.top)),
            min(area.right, max(self.width - 1, area.left)),
        )
        return [self.value(at) for at in within.places()]

    def _format(self, at: Place) -> str:
        """The cell's format; a formula without one shows numbers as its operands do."""
        cell = self.cell(at)
        if cell.number_format == GENERAL and isinstance(cell.content, Formula):
            return self.operands_format(cell.content)
        return cell.number_format

    def operands_format(self, formula: Formula) -> str:
        """The first format among a formula's operands; counts and products have none.

        So it is in AgentBoard's workbook: sums of scores `0.0` show one decimal, products of
        prices `0.00` as many as they have.
        """
        if formula.operator in ("COUNT", "PRODUCT"):
            return GENERAL
        for area in formula.areas:
            first = self.cell(Place(area.top, area.left)) if area else EMPTY
            if first.number_format not in (GENERAL, "@"):
                return first.number_format
        return GENERAL


@dataclass(frozen=True, slots=True)
class Workbook:
    """Some sheets, and the one that is open."""

    sheets: tuple[Sheet, ...]
    opened: str | None = None
    """The open sheet's name; None before one is opened."""

    def sheet(self, name: str) -> Sheet | None:
        return next((sheet for sheet in self.sheets if sheet.name == name), None)

    def with_sheet(self, changed: Sheet) -> Workbook:
        """With a changed sheet in the place of the one of the same name."""
        sheets = tuple(changed if each.name == changed.name else each for each in self.sheets)
        return replace(self, sheets=sheets)


def trimmed(table: Sequence[Sequence[str]]) -> list[list[str]]:
    """The table without the empty rows and columns at its end."""
    height = max((row + 1 for row, texts in enumerate(table) if any(texts)), default=0)
    width = max(
        (column + 1 for texts in table for column, text in enumerate(texts) if text), default=0
    )
    return [list(texts[:width]) for texts in table[:height]]


__all__ = ["Cell", "Fault", "Sheet", "Workbook", "trimmed"]
