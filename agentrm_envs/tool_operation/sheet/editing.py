"""Changes of a sheet: writing, inserting, deleting, sorting, merging."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace

from agentrm_envs.tool_operation.sheet.cells import EMPTY, Cell, Formula, Value
from agentrm_envs.tool_operation.sheet.formulas import moved
from agentrm_envs.tool_operation.sheet.places import Area, Place
from agentrm_envs.tool_operation.sheet.workbook import Row, Sheet

Shift = Callable[[int, int], tuple[int, int] | None]
"""Where the first and last row (or column) of an area come to; None where nothing is left."""


def written(sheet: Sheet, contents: Mapping[Place, Value | Formula]) -> Sheet:
    """With these contents, each in its cell's format; the rectangle grows as needed."""
    cells = {at: replace(sheet.cell(at), content=content) for at, content in contents.items()}
    return with_cells(sheet, cells)


def with_cells(sheet: Sheet, cells: Mapping[Place, Cell]) -> Sheet:
    """With these cells in the place of what was there."""
    height = max([len(sheet.rows), *(at.row + 1 for at in cells)])
    width = max([sheet.width, *(at.column + 1 for at in cells)])
    table = [list(row) + [EMPTY] * (width - len(row)) for row in sheet.rows]
    table += [[EMPTY] * width for _ in range(height - len(table))]
    for at, cell in cells.items():
        table[at.row][at.column] = cell
    return replace(sheet, rows=_rows(table))


def noted(sheet: Sheet, area: Area, note: str) -> Sheet:
    """With a note in the area's first cell, and none in the others, as Google clears them."""
    cells = {at: replace(sheet.cell(at), note="") for at in area.places() if _in(sheet, at)}
    first = Place(area.top, area.left)
    return with_cells(sheet, {**cells, first: replace(sheet.cell(first), note=note)})


def inserted_rows(
    sheet: Sheet, values: Sequence[Sequence[Value]], before: int, *, like: int
) -> Sheet:
    """With rows of values before a row, in the formats of the row `like` as it was."""
    room = _made_room(sheet, before, len(values), by_row=True)
    return _filled(sheet, room, values, before, like, by_row=True)


def inserted_columns(
    sheet: Sheet, values: Sequence[Sequence[Value]], before: int, *, like: int
) -> Sheet:
    """The same with columns."""
    room = _made_room(sheet, before, len(values), by_row=False)
    return _filled(sheet, room, values, before, like, by_row=False)


def without_rows(sheet: Sheet, rows: Iterable[int]) -> Sheet:
    """Without these rows, counted from 0 in the sheet as it is."""
    for row in sorted(set(rows), reverse=True):
        sheet = _without(sheet, row, by_row=True)
    return sheet


def without_columns(sheet: Sheet, columns: Iterable[int]) -> Sheet:
    for column in sorted(set(columns), reverse=True):
        sheet = _without(sheet, column, by_row=False)
    return sheet


def merged(sheet: Sheet, area: Area) -> Sheet:
    """With the area as one cell, which keeps the content of the first."""
    others = [at for at in area.places() if (at.row, at.column) != (area.top, area.left)]
    cleared = {at: replace(sheet.cell(at), content=None) for at in others if _in(sheet, at)}
    kept = [each for each in sheet.merges if not each.overlaps(area)]
    grown = with_cells(sheet, cleared)
    return replace(grown, merges=tuple(sorted([*kept, area])))


def sorted_by(sheet: Sheet, column: int, *, descending: bool) -> Sheet:
    """With the rows below the frozen ones in the order of a column.

    Upwards: numbers, texts without regard to case, booleans; downwards the other way round.
    Empty cells come last both ways, and rows that are equal in it stay in their order.
    """
    head, body = sheet.rows[: sheet.frozen_rows], sheet.rows[sheet.frozen_rows :]
    first = len(head)

    def key(number: int) -> tuple[int, float, str]:
        return _rank(sheet.value(Place(first + number, column)))

    empty = [sheet.value(Place(first + n, column)) is None for n in range(len(body))]
    full = sorted((n for n, none in enumerate(empty) if not none), key=key, reverse=descending)
    order = full + [n for n, none in enumerate(empty) if none]
    rows = tuple(_at(body[old], new - old) for new, old in enumerate(order))
    return replace(sheet, rows=head + rows)


def _rank(value: Value) -> tuple[int, float, str]:
    if isinstance(value, bool):
        return 2, float(value), ""
    if isinstance(value, float):
        return 0, value, ""
    return 1, 0.0, value.lower() if isinstance(value, str) else "\uffff"


def _at(row: Row, moved_by: int) -> Row:
    """A row as it moves, with its formulas."""
    return tuple(
        replace(cell, content=moved(cell.content, moved_by))
        if isinstance(cell.content, Formula)
        else cell
        for cell in row
    )


def _made_room(sheet: Sheet, before: int, number: int, *, by_row: bool) -> Sheet:
    """With empty rows or columns, and everything that refers to later ones adjusted."""

    def shift(first: int, last: int) -> tuple[int, int]:
        return (
            first + number if first >= before else first,
            last + number if last >= before else last,
        )

    table = _lines(sheet, by_row)
    width = len(table[0]) if table else 0
    table += [(EMPTY,) * width] * (before - len(table))
    empty: list[Row] = [(EMPTY,) * width] * number
    return _shifted(sheet, table[:before] + empty + table[before:], shift, by_row)


def _without(sheet: Sheet, line: int, *, by_row: bool) -> Sheet:
    def shift(first: int, last: int) -> tuple[int, int] | None:
        if first == last == line:
            return None
        return first - (first > line), last - (last >= line)

    table = _lines(sheet, by_row)
    shorter = _shifted(sheet, table[:line] + table[line + 1 :], shift, by_row)
    if by_row and line < sheet.frozen_rows:
        return replace(shorter, frozen_rows=sheet.frozen_rows - 1)
    return shorter


def _filled(
    old: Sheet,
    room: Sheet,
    values: Sequence[Sequence[Value]],
    before: int,
    like: int,
    *,
    by_row: bool,
) -> Sheet:
    cells: dict[Place, Cell] = {}
    # Cells that get no value get the format all the same: later values are shown through it.
    across = old.width if by_row else len(old.rows)
    for offset, line in enumerate(values):
        rest = [None] * (across - len(line))
        for along, value in enumerate([*line, *rest]):
            at, model = Place(before + offset, along), Place(max(like, 0), along)
            if not by_row:
                at, model = Place(at.column, at.row), Place(model.column, model.row)
            cells[at] = Cell(value, old.cell(model).number_format)
    return with_cells(room, cells)


def _shifted(sheet: Sheet, lines: Sequence[Row], shift: Shift, by_row: bool) -> Sheet:
    """The sheet of these lines, with its merges and formulas moved by `shift`."""

    def placed(area: Area | None) -> Area | None:
        if area is None:
            return None
        ends = shift(area.top, area.bottom) if by_row else shift(area.left, area.right)
        if ends is None:
            return None
        first, last = ends
        if by_row:
            return Area(first, area.left, last, area.right)
        return Area(area.top, first, area.bottom, last)

    def adjusted(cell: Cell) -> Cell:
        if not isinstance(cell.content, Formula):
            return cell
        areas = tuple(placed(area) for area in cell.content.areas)
        return replace(cell, content=Formula(cell.content.operator, areas))

    rows = lines if by_row else list(zip(*lines, strict=True))
    merges = sorted(area for area in map(placed, sheet.merges) if area and area.size > 1)
    return replace(
        sheet, rows=_rows([[adjusted(cell) for cell in row] for row in rows]), merges=tuple(merges)
    )


def _lines(sheet: Sheet, by_row: bool) -> list[Row]:
    return list(sheet.rows) if by_row else list(zip(*sheet.rows, strict=True))


def _rows(table: Iterable[Iterable[Cell]]) -> tuple[Row, ...]:
    return tuple(map(tuple, table))


def _in(sheet: Sheet, at: Place) -> bool:
    return at.row < len(sheet.rows) and at.column < sheet.width
