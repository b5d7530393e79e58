"""The seven operators of the sheet's formulas, as Google Sheets evaluates them."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence

from agentrm_envs.tool_operation.sheet.cells import Fault, Formula, Value
from agentrm_envs.tool_operation.sheet.places import MAX_ROWS, Area, area, inside

OPERATORS = ("SUM", "AVERAGE", "COUNT", "MAX", "MIN", "MINUS", "PRODUCT")
NOT_ENOUGH = Fault("#N/A")
NO_REFERENCE = Fault("#REF!")
NO_NUMBER = Fault("#VALUE!")
BY_ZERO = Fault("#DIV/0!")
TOO_LARGE = Fault("#NUM!")
UNKNOWN_NAME = Fault("#NAME?")
UNREADABLE = Fault("#ERROR!")
_CALL = re.compile(r"=\s*([A-Za-z]+)\s*\(([^()]*)\)\s*")
_LARGEST = 1e15


def read_formula(text: str) -> Formula | Fault:
    """The formula in `=SUM(A1:B2, C3)`; a fault where it is another one than those above."""
    found = _CALL.fullmatch(text)
    if found is None:
        return UNREADABLE
    operator = found[1].upper()
    areas = [area(part.strip()) for part in re.split(r"[,;]", found[2])]
    if operator not in OPERATORS:
        return UNKNOWN_NAME
    known = [each for each in areas if each is not None and inside(each)]
    return Formula(operator, tuple(known)) if len(known) == len(areas) else UNREADABLE


def apply(operator: str, groups: Sequence[Sequence[Value]]) -> Value:
    """The operator's value over the values of each area.

    Only numbers count: texts, booleans and empty cells in a reference are passed over. MINUS
    takes two single cells, an empty one as 0.
    """
    for value in (value for group in groups for value in group):
        if isinstance(value, Fault) and operator != "COUNT":
            return value
    if operator == "MINUS":
        return _minus(groups)
    numbers = [value for group in groups for value in group if isinstance(value, float)]
    return _bounded(_folded(operator, numbers))


def _folded(operator: str, numbers: list[float]) -> Value:
    match operator:
        case "SUM":
            return math.fsum(numbers)
        case "AVERAGE":
            return math.fsum(numbers) / len(numbers) if numbers else BY_ZERO
        case "COUNT":
            return float(len(numbers))
        case "MAX":
            return max(numbers, default=0.0)
        case "MIN":
            return min(numbers, default=0.0)
        case "PRODUCT":
            return math.prod(numbers) if numbers else 0.0
    raise ValueError(f"no operator is named {operator!r}; there are: {', '.join(OPERATORS)}")


def _minus(groups: Sequence[Sequence[Value]]) -> Value:
    if [len(group) for group in groups] != [1, 1]:
        return NOT_ENOUGH
    numbers = [0.0 if group[0] is None else group[0] for group in groups]
    left, right = numbers
    if not isinstance(left, float) or not isinstance(right, float):
        return NO_NUMBER
    return _bounded(left - right)


def _bounded(value: Value) -> Value:
    """Without the last binary digits, which a spreadsheet does not show; never infinite."""
    if not isinstance(value, float):
        return value
    return float(f"{value:.15g}") if abs(value) <= _LARGEST else TOO_LARGE


def moved(formula: Formula, rows: int) -> Formula:
    """The formula as its cell moves by so many rows: references move along."""
    return Formula(formula.operator, tuple(each and _moved(each, rows) for each in formula.areas))


def _moved(area: Area, rows: int) -> Area | None:
    top, bottom = area.top + rows, area.bottom + rows
    return Area(top, area.left, bottom, area.right) if top >= 0 and bottom < MAX_ROWS else None
