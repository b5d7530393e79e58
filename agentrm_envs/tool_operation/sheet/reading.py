"""Reads a workbook from plain data, as task files hold it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from agentrm_envs.tool_operation.sheet.cells import GENERAL, Cell, plain
from agentrm_envs.tool_operation.sheet.places import letters, place
from agentrm_envs.tool_operation.sheet.workbook import Sheet, Workbook


def workbook(sheets: Iterable[Mapping[str, Any]]) -> Workbook:
    """The sheets, the first of them open.

    Each has a `name`, `rows` of texts and numbers, the first of them titles; and where it needs
    them, `formats` of columns by letter (below the titles), and `notes` by A1 label.
    """
    made = tuple(_sheet(sheet) for sheet in sheets)
    return Workbook(made, made[0].name)


def _sheet(data: Mapping[str, Any]) -> Sheet:
    formats: Mapping[str, str] = data.get("formats", {})
    notes = {place(label): note for label, note in data.get("notes", {}).items()}
    by_place = {(at.row, at.column): note for at, note in notes.items() if at}
    rows = tuple(
        tuple(
            Cell(
                plain(value),
                formats.get(letters(column), GENERAL) if row else GENERAL,
                by_place.get((row, column), ""),
            )
            for column, value in enumerate(values)
        )
        for row, values in enumerate(data["rows"])
    )
    return Sheet(data["name"], rows)
