"""Workbooks from and to .xlsx files, by openpyxl, which is loaded only when it is needed."""

from __future__ import annotations

import datetime
import zipfile
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from agentrm_envs.errors import BadData, MissingDependency
from agentrm_envs.tool_operation.sheet.cells import EMPTY, GENERAL, Cell, Formula, Value
from agentrm_envs.tool_operation.sheet.formulas import read_formula
from agentrm_envs.tool_operation.sheet.places import MAX_COLUMNS, MAX_ROWS, Place, area
from agentrm_envs.tool_operation.sheet.workbook import Sheet, Workbook, trimmed

if TYPE_CHECKING:
    from types import ModuleType

MAX_FILE = 100_000_000
"""Bytes of a file that is read, once it is unpacked."""


def load(path: Path, names: Iterable[str] | None = None) -> Workbook:
    """The sheets of a file, or those named, with values, formats, notes, merges and freezing.

    Formulas that this package does not know become the value that the file holds for them;
    dates become texts. Raises BadData for a file that is no workbook, or too large a one.
    """
    openpyxl = _openpyxl()
    try:
        _check_size(path)
        book = openpyxl.load_workbook(path)
        wanted = [book[name] for name in (book.sheetnames if names is None else names)]
        values = openpyxl.load_workbook(path, data_only=True) if _any_formula(wanted) else book
        return Workbook(tuple(_sheet(each, values[each.title]) for each in wanted))
    except (BadData, OSError):
        raise
    except Exception as error:  # openpyxl raises whatever comes of a broken file
        raise BadData(f"{path}: not a readable workbook: {error!r}") from error


def save(book: Workbook, path: Path) -> None:
    """Write the workbook as a file that spreadsheet programs open."""
    openpyxl = _openpyxl()
    target = openpyxl.Workbook()
    target.remove(target.active)
    for sheet in book.sheets:
        _write(sheet, target.create_sheet(sheet.name))
    target.save(path)


def _check_size(path: Path) -> None:
    with zipfile.ZipFile(path) as archive:
        size = sum(item.file_size for item in archive.infolist())
    if size > MAX_FILE:
        raise BadData(f"{path}: {size} bytes when unpacked; at most {MAX_FILE} are read")


def _any_formula(sheets: Iterable[Any]) -> bool:
    """Whether the file has to be read once more, for the values of formulas."""
    return any(
        cell.data_type == "f" for sheet in sheets for row in sheet.iter_rows() for cell in row
    )


def _sheet(written: Any, computed: Any) -> Sheet:
    rows = [
        [_read(cell, computed.cell(cell.row, cell.column).value) for cell in row[:MAX_COLUMNS]]
        for row in written.iter_rows(max_row=min(written.max_row, MAX_ROWS))
    ]
    merges = [area(str(each)) for each in written.merged_cells.ranges]
    return Sheet(
        written.title,
        _cut(rows),
        tuple(sorted(each for each in merges if each is not None)),
        *_frozen(written.freeze_panes),
    )


def _cut(rows: list[list[Cell]]) -> tuple[tuple[Cell, ...], ...]:
    """The rows up to the last one, and the columns up to the last one, that hold anything."""
    marks = [["x" if cell.content is not None or cell.note else "" for cell in row] for row in rows]
    kept = trimmed(marks)
    return tuple(tuple(row[: len(marks_of)]) for row, marks_of in zip(rows, kept, strict=False))


def _read(cell: Any, computed: Any) -> Cell:
    content: Value | Formula = _value(computed)
    if isinstance(cell.value, str) and cell.value.startswith("="):
        formula = read_formula(cell.value)
        content = formula if isinstance(formula, Formula) else content
    note = cell.comment.text if getattr(cell, "comment", None) else ""
    if content is None and not note and cell.number_format == GENERAL:
        return EMPTY
    return Cell(content, cell.number_format, note)


def _value(value: Any) -> Value:
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, int | float):
        return float(value)
    if isinstance(value, datetime.datetime) and value.time() == datetime.time():
        return value.date().isoformat()
    return str(value) or None


def _frozen(panes: str | None) -> tuple[int, int]:
    """Rows and columns that are frozen: those before the first cell that moves."""
    found = area(panes) if panes else None
    return (found.top, found.left) if found else (0, 0)


def _write(sheet: Sheet, target: Any) -> None:
    openpyxl = _openpyxl()
    for number, row in enumerate(sheet.rows):
        for column, cell in enumerate(row):
            made = target.cell(number + 1, column + 1)
            made.value = _written(cell)
            if isinstance(cell.content, str):
                made.data_type = "s"  # a text that begins with "=" stays a text
            made.number_format = cell.number_format
            if cell.note:
                made.comment = openpyxl.comments.Comment(cell.note, "")
    for each in sheet.merges:
        target.merge_cells(each.label)
    if sheet.frozen_rows or sheet.frozen_columns:
        target.freeze_panes = Place(sheet.frozen_rows, sheet.frozen_columns).label


def _written(cell: Cell) -> Any:
    content = cell.content
    if isinstance(content, Formula):
        areas = ",".join(each.label if each else "#REF!" for each in content.areas)
        return f"={content.operator}({areas})"
    if isinstance(content, bool | float | str) or content is None:
        return content
    return content.text


def _openpyxl() -> ModuleType:
    try:
        import openpyxl
        import openpyxl.comments
    except ModuleNotFoundError as error:
        raise MissingDependency(
            "reading and writing .xlsx needs openpyxl, which is not installed; "
            "run `pip install 'agentrm[tool_operation]'`"
        ) from error
    return openpyxl  # type: ignore[no-any-return]
