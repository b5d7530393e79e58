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


def area_of(sheet: Sheet, label: str) -> Area:
    found = area(label)
    if found is None:
        raise failures.refused(f"Unable to parse range: '{sheet.name}'!{label}")
    if not inside(found):
        raise failures.beyond(sheet.name, label)
    return found


def table_of(values: Any) -> list[list[Value]]:
    """A table of plain values; raises ToolFailure where it is none, or an empty one.

    As AgentBoard's check of it never fails, a text where a line should be is one of its letters.
    """
    lines = [_iterated(line) for line in _iterated(values)]
    if not any(lines):
        raise failures.told(failures.NOT_2D)
    return [[value_of(value) for value in line] for line in lines]


def _iterated(values: Any) -> list[Any]:
    if isinstance(values, list | str | dict):
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
    if "position_list" in arguments:
        corners: Sequence[str] = arguments["position_list"]
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
