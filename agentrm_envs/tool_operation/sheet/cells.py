"""What a cell holds, and how it is shown through its number format."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import TypeAlias

from agentrm_envs.tool_operation.sheet.places import Area

GENERAL = "General"
_NUMBER = re.compile(r"\s*[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d{1,3})?\s*")
_PERCENT = re.compile(r"([-+]?\d{1,15}(\.\d{1,15})?)\s*%")
_FORMAT = re.compile(r'("?\$"?)?(#,##)?0(?:\.(0{1,15}))?(%)?')
_LARGEST = 1e15


@dataclass(frozen=True, slots=True)
class Fault:
    """What a formula shows that has no value."""

    text: str


@dataclass(frozen=True, slots=True)
class Formula:
    """An operator over areas of the sheet."""

    operator: str
    areas: tuple[Area | None, ...]
    """None where the cells that it referred to were deleted."""


Value: TypeAlias = float | str | bool | Fault | None
"""What a cell shows; None for nothing."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell."""

    content: Value | Formula = None
    number_format: str = GENERAL
    note: str = ""


EMPTY = Cell()


def plain(value: object) -> Value:
    """What AgentBoard's tools write: numbers, also those in strings, become floats.

    Raises TypeError, in Python's words as upstream, for what is neither text nor number.
    """
    if isinstance(value, bool | int | float):
        return float(value)
    if not isinstance(value, str):
        kind = type(value).__name__
        raise TypeError(f"float() argument must be a string or a number, not '{kind}'")
    if _NUMBER.fullmatch(value) and abs(number := float(value)) <= _LARGEST:
        return number
    return value or None


def typed(text: str) -> tuple[Value, str]:
    """What typing a text into a cell gives: its value, and the format that comes with it."""
    if found := _PERCENT.fullmatch(text.strip()):
        return float(found[1]) / 100, "0.00%" if found[2] else "0%"
    if text.upper() in ("TRUE", "FALSE"):
        return text.upper() == "TRUE", GENERAL
    if text.startswith("'"):
        return text[1:] or None, GENERAL
    return plain(text), GENERAL


def shown(value: Value, number_format: str = GENERAL) -> str:
    """The text of a value in a cell of that format.

    Known formats are `General`, `@`, and `0`, `0.00`, `#,##0`, `#,##0.00` with as many
    decimals, with `$` before and `%` after them; others are shown as `General`.
    """
    if value is None:
        return ""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, Fault):
        return value.text
    if isinstance(value, float):
        return _number(value, number_format)
    return value


def _number(value: float, number_format: str) -> str:
    found = _FORMAT.fullmatch(number_format.replace("\\", ""))
    if found is None:
        value += 0.0  # no minus before nought
        return f"{value:.0f}" if value.is_integer() and abs(value) < _LARGEST else f"{value:.10g}"
    dollar, thousands, decimals, percent = found.groups()
    exact = Decimal(repr(value)) * (100 if percent else 1)
    digits = exact.quantize(Decimal(1).scaleb(-len(decimals or "")), ROUND_HALF_UP)
    sign = "-" if digits < 0 else ""
    text = f"{abs(digits):,f}" if thousands else f"{abs(digits):f}"
    return f"{sign}{'$' if dollar else ''}{text}{percent or ''}"
