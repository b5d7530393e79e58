"""Whether an answer is right: by its type, or as AgentBoard compares."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

CLOSE = 1e-6
"""Numbers may differ by this share of themselves: they are copied, not measured."""
DECIMALS = 8
"""As far as tools print a number: later digits depend on the machine's mathematical library."""


def same(wanted: Any, given: Any) -> bool:
    """Whether an answer says the same as the wanted one, whatever its form.

    A number may be told as a string of digits; letter case and spaces do not count in strings;
    the order does not count in lists, but how often something is in them does.
    """
    if isinstance(wanted, list):
        return isinstance(given, list | tuple) and _same_items(wanted, given)
    if _is_number(wanted):
        value = _number(given)
        return value is not None and _close(wanted, value)
    if isinstance(wanted, str) and not isinstance(given, dict | list | tuple) and given is not None:
        return _fold(wanted) == _fold(str(given))
    return bool(wanted == given)


def alike(wanted: Any, got: Any) -> bool:
    """Whether a result is the wanted one: equal to it, or a number close to it.

    AgentBoard asks for equality, in the digits of the machine that it was recorded on.
    """
    if _is_number(wanted) and _is_number(got):
        return _close(wanted, got)
    return bool(wanted == got)


def equal(wanted: Any, given: Any) -> bool:
    """AgentBoard's own comparison: `==`, with lists sorted and numbers as far as tools print."""
    if isinstance(wanted, list) and isinstance(given, list):
        return sorted(wanted, key=repr) == sorted(given, key=repr)
    if _is_number(wanted) and _is_number(given):
        return bool(round(wanted, DECIMALS) == round(given, DECIMALS))
    return bool(wanted == given) and isinstance(wanted, bool) == isinstance(given, bool)


MATCHES: Mapping[str, Callable[[Any, Any], bool]] = {"typed": same, "exact": equal}


def _same_items(wanted: list[Any], given: Sequence[Any]) -> bool:
    left = list(given)
    for item in wanted:
        found = next((number for number, each in enumerate(left) if same(item, each)), None)
        if found is None:
            return False
        left.pop(found)
    return not left


def _close(wanted: float, value: float) -> bool:
    return math.isclose(wanted, value, rel_tol=CLOSE, abs_tol=1e-9)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _number(given: Any) -> float | None:
    if _is_number(given):
        return float(given)
    try:
        value = float(given) if isinstance(given, str) and len(given) <= 40 else math.nan
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def _fold(text: str) -> str:
    return " ".join(text.casefold().split())
