"""What the sheet's tools are given: labels, ranges, tables, formulas and queries, all checked."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

from agentrm_envs.tool_operation.sheet import failures
from agentrm_envs.tool_operation.sheet.cells import Fault, Formula, Value, plain
from agentrm_envs.tool_operation.sheet.formulas import OPERATORS, read_formula
from agentrm_envs.tool_operation.sheet.patterns import BadPattern, pattern
from agentrm_envs.tool_operation.sheet.places import Area, Place, area, inside, place
from agentrm_envs.tool_operation.sheet.workbook import Sheet, Workbook
from agentrm_envs.tools.literals import NotLiteral, read_literal
from agentrm_envs.tools.specification import Arguments, ToolFailure

_LABEL = re.compile(r"[A-Za-z]+[1-9]\d*")
SIMPLE = re.compile(r"[A-Z][1-9][0-9]{0,6}")
"""The labels that AgentBoard takes in formulas: columns A to Z only."""
_COMPILED = re.compile(r"re\.compile\(\s*(r?)(['\"].*['\"])\s*\)", re.DOTALL)


def opened(book: Workbook) -> Sheet:
    """The open sheet; raises ToolFailure where none is open."""
    sheet = book.sheet(book.opened) if book.opened is not None else None
    if sheet is None:
        raise ToolFailure(failures.NOT_OPEN)
    return sheet


def label_of(sheet: Sheet, label: str) -> Place:
    """The place of a label in the grid."""
    at = place(label)
    if at is None:
        raise failures.raised("IncorrectCellLabel", label)
    if not inside(Area(at.row, at.column, at.row, at.column)):
        raise failures.beyond(sheet.name, at.label)
    return at


def first_label_of(sheet: Sheet, text: str) -> Place:
    """The place of the label that a text begins with: gspread does not read what comes after."""
    found = _LABEL.match(text)
    if found is None:
        raise failures.raised("IncorrectCellLabel", text)
    if place(found[0]) is None:  # of more letters or digits than any grid has
        raise failures.beyond(sheet.name, found[0].upper())
    return label_of(sheet, found[0])


def noted_area_of(sheet: Sheet, label: str) -> Area:
    """The area that a note is asked of, or written to: it is that of its first cell."""
    if area(label) is None:
        raise failures.raised("IncorrectCellLabel", label)
    return area_of(sheet, label)


def area_of(sheet: Sheet, label: str) -> Area:
    found = area(label)
    if found is None:
        raise failures.refused(f"Unable to parse range: '{sheet.name}'!{label}")
    if not inside(found):
        raise failures.beyond(sheet.name, label)
    return found


def table_of(values: Any) -> list[list[Value]]:
    """A table of plain values; raises ToolFailure where it is none.

    As AgentBoard's check of it never fails, a text where a line should be is one of its letters,
    and there may be no lines, or nothing in them.
    """
    lines = [_iterated(line) for line in _iterated(values)]
    return [[value_of(value) for value in line] for line in lines]


def lines_of(values: Any, dimension: str) -> list[list[Value]]:
    """A table of which each line is a new row or column; raises ToolFailure where it has none."""
    lines = table_of(values)
    if not lines:
        raise failures.refused(f"Invalid requests[0].insertDimension: no {dimension} to insert.")
    return lines


def _iterated(values: Any) -> list[Any]:
    if isinstance(values, list | tuple | str | dict):
        return list(values)
    raise failures.raised("TypeError", f"{type(values).__name__!r} object is not iterable")


def value_of(value: Any) -> Value:
    try:
        return plain(value)
    except TypeError as error:
        raise failures.raised("TypeError", str(error)) from error


def formula_of(arguments: Arguments, otherwise: str) -> Formula:
    """The formula that the arguments describe: over a list of cells, or over a range."""
    operator = arguments["operator"]
    if operator not in OPERATORS:
        raise failures.told(failures.WRONG_OPERATOR)
    corners: Sequence[str]
    if "position_list" in arguments and arguments["position_list"] is None:
        corners, joined = ["B1", "D2"], "B1:D2"  # AgentBoard's defaults, whatever is given beside
    elif "position_list" in arguments:
        corners = arguments["position_list"]
        joined = ",".join(corners)
        otherwise = failures.NOT_A1
    else:
        corners = [arguments["start_position"], arguments["end_position"]]
        joined = ":".join(corners)
    if not corners or not all(SIMPLE.fullmatch(corner) for corner in corners):
        raise failures.told(otherwise)
    formula = read_formula(f"={operator}({joined})")
    if isinstance(formula, Fault):
        raise failures.told(otherwise)
    return formula


def matcher_of(query: str) -> Callable[[str], bool]:
    """Equal to the query, or where it is written `re.compile('...')`, found by that pattern."""
    found = _COMPILED.fullmatch(query.strip())
    if found is None:
        return lambda text: text == query
    try:
        source = found[2][1:-1] if found[1] else str(read_literal(found[2]))
        return pattern(source)
    except (NotLiteral, BadPattern) as error:
        raise failures.raised("error", str(error)) from error
