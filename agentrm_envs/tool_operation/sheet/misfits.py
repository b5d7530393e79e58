"""What AgentBoard's code says of arguments that the sheet's tools cannot use.

The words are those of Python 3.8, which AgentBoard asks for, of its sheets_tools.py and of gspread
5.12, in the order in which they look.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from agentrm_envs.tool_operation.sheet import failures
from agentrm_envs.tool_operation.sheet.formulas import OPERATORS
from agentrm_envs.tool_operation.sheet.inputs import SIMPLE
from agentrm_envs.tools.specification import Arguments

NUMBERS = ("num", "row", "col", "col_idx", "row_idx", "col_num")
"""The parameters that AgentBoard's code hands to `int`, and in which it takes no None."""
_NO_DIFFERENCE = repr(TypeError("unsupported operand type(s) for -: 'str' and 'int'"))


def no_number(arguments: Arguments) -> str:
    """Of the first number that is none."""
    return _first(_no_int(arguments[name]) for name in NUMBERS if name in arguments)


def no_sheet(arguments: Arguments) -> str:
    """Of a sheet's name: gspread compares it as it is."""
    return f"WorksheetNotFound({arguments['name']!r})"


def no_freeze(arguments: Arguments) -> str:
    """Of what is to be frozen."""
    fits = arguments["dimension"] in ("rows", "columns")
    return no_number(arguments) or ("" if fits else repr(failures.WRONG_FREEZE))


def no_order(arguments: Arguments) -> str:
    """Of what to sort by: gspread knows two orders."""
    fits = arguments["order"] in ("asc", "des")
    return no_number(arguments) or ("" if fits else repr(ValueError(failures.WRONG_ORDER)))


def no_place(arguments: Arguments) -> str:
    """Of where new rows or columns shall go: gspread subtracts from it."""
    texts = (arguments.get(name) for name in ("col_idx", "row_idx"))
    return no_number(arguments) or (_NO_DIFFERENCE if _any_text(texts) else "")


def no_indices(arguments: Arguments) -> str:
    """Of rows or columns to be deleted."""
    indices = arguments["index_list"]
    if not isinstance(indices, list | tuple | str | dict):
        return _not_iterable(indices)
    if told := _first(_no_int(index) for index in indices):
        return told
    if arguments["dimension"] not in ("row", "col"):
        return repr(failures.WRONG_DIMENSION)
    return _NO_DIFFERENCE if _any_text(indices) else ""


def no_note(arguments: Arguments) -> str:
    """Of a note that is no text."""
    position, content = arguments["position"], arguments["content"]
    if isinstance(content, str):
        return ""
    return repr(TypeError(f"Only string allowed as content for a note: '{position} - {content}'"))


def no_formula(arguments: Arguments) -> str:
    """Of a formula to be written."""
    return _no_operands(arguments, [arguments["result_position"]], failures.NOT_A1)


def no_value(arguments: Arguments) -> str:
    """Of a formula to be computed."""
    return _no_operands(arguments, [], failures.NOT_A1_RANGE)


def no_query(arguments: Arguments) -> str:
    """Of what is searched for, and where."""
    query, scopes = arguments.get("query"), [arguments.get(n) for n in ("in_row", "in_column")]
    if told := _first(_no_int(scope) for scope in scopes if scope is not None):
        return told
    if all(scopes):
        return repr(TypeError(failures.ROW_AND_COLUMN))
    if isinstance(query, str):
        return ""
    return repr(AttributeError(f"{_kind(query)} object has no attribute 'search'"))


def nothing_to_get(value: Any) -> str:
    """Of an input in which a name may be missing: it is no dictionary."""
    return f"ERROR | AttributeError({_kind(value)} object has no attribute 'get')"


def nothing_within(value: Any) -> str:
    """Of an input that is asked whether it has a name: one that can be is looked in then."""
    if isinstance(value, list | tuple | set | str):
        return ""
    return f"ERROR | TypeError(argument of type {_kind(value)} is not iterable)"


def looked_up_to_update(arguments: Arguments) -> Sequence[str]:
    """What update_cell_by_formula needs, in the order in which it is looked up."""
    if "position_list" in arguments:
        return ("position_list", "operator", "result_position")
    return ("start_position", "end_position", "result_position", "operator")


def looked_up_to_compute(arguments: Arguments) -> Sequence[str]:
    """The same for get_value_by_formula."""
    if "position_list" in arguments:
        return ("position_list", "operator")
    return ("start_position", "end_position", "operator")


def _no_operands(arguments: Arguments, others: Sequence[Any], no_range: str) -> str:
    if arguments["operator"] not in OPERATORS:
        return repr(failures.WRONG_OPERATOR)
    if "position_list" not in arguments:
        ends = [arguments["start_position"], arguments["end_position"]]
        return _no_labels([*ends, *others], no_range)
    labels = arguments["position_list"]
    if isinstance(labels, list | tuple | str | dict):
        return _no_labels([*labels, *others], failures.NOT_A1)
    # None stands for a range of AgentBoard's choice there, B1:D2.
    return _no_labels(others, no_range) if labels is None else _not_iterable(labels)


def _no_labels(labels: Iterable[Any], told: str) -> str:
    for label in labels:
        if not isinstance(label, str):
            return repr(TypeError("expected string or bytes-like object"))
        if not SIMPLE.fullmatch(label):
            return repr(told)
    return ""


def _no_int(value: Any) -> str:
    if isinstance(value, str) and not _is_int(value):
        return repr(ValueError(f"invalid literal for int() with base 10: {value!r}"))
    if isinstance(value, list | tuple | dict | None):
        wanted = "int() argument must be a string, a bytes-like object or a number"
        return repr(TypeError(f"{wanted}, not {_kind(value)}"))
    return ""


def _is_int(text: str) -> bool:
    try:
        int(text)
    except ValueError:
        return False
    return True


def _any_text(values: Iterable[Any]) -> bool:
    return any(isinstance(value, str) for value in values)


def _not_iterable(value: Any) -> str:
    return repr(TypeError(f"{_kind(value)} object is not iterable"))


def _kind(value: Any) -> str:
    return repr(type(value).__name__)


def _first(told: Iterable[str]) -> str:
    return next(filter(None, told), "")
