"""Whether an answer is right: by its type, or as AgentBoard compares."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

CLOSE = 1e-6
"""Numbers may differ by this share of themselves: they are copied, not measured."""


def same(wanted: Any, given: Any) -> bool:
    """Whether an answer says the same as the wanted one, whatever its form.

    A number may be told as a string of digits; letter case and spaces do not count in strings;
    the order does not count in lists, but how often something is in them does.
    """
    if isinstance(wanted, list):
        return isinstance(given, list) and _same_items(wanted, given)
    if _is_number(wanted):
        value = _number(given)
        return value is not None and math.isclose(wanted, value, rel_tol=CLOSE, abs_tol=1e-9)
    if isinstance(wanted, str) and not isinstance(given, dict | list) and given is not None:
        return _fold(wanted) == _fold(str(given))
    return bool(wanted == given)


def equal(wanted: Any, given: Any) -> bool:
    """AgentBoard's own comparison: `==`, with lists sorted."""
    if isinstance(wanted, list) and isinstance(given, list):
        return sorted(wanted, key=repr) == sorted(given, key=repr)
    return bool(wanted == given) and isinstance(wanted, bool) == isinstance(given, bool)


MATCHES: Mapping[str, Callable[[Any, Any], bool]] = {"typed": same, "exact": equal}


def _same_items(wanted: list[Any], given: list[Any]) -> bool:
    left = list(given)
    for item in wanted:
        found = next((number for number, each in enumerate(left) if same(item, each)), None)
        if found is None:
            return False
        left.pop(found)
    return not left


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
