"""What AgentBoard's code says of arguments that the weather's tools cannot use."""

from __future__ import annotations

from typing import Any

from agentrm_envs.tools.specification import Arguments

_DEGREES = ("latitude1", "longitude1", "latitude2", "longitude2")


def no_index(arguments: Arguments) -> str:
    """Of an index that Python cannot compare; it can a boolean, which is no index to us."""
    index = arguments["air_quality_index"]
    if isinstance(index, bool):
        return ""
    kind = type(index).__name__
    return f"ERROR | TypeError('<=' not supported between instances of {kind!r} and 'int')"


def no_degrees(arguments: Arguments) -> str:
    """Of degrees that are no numbers: geopy hands to `float` what is not empty."""
    return next((told for name in _DEGREES if (told := _no_float(arguments[name]))), "")


def _no_float(value: Any) -> str:
    if isinstance(value, list | tuple | dict) and value:
        wanted = "float() argument must be a string or a number"
        return f"ERROR | TypeError({wanted}, not {type(value).__name__!r})"
    if not isinstance(value, str) or not value:
        return ""
    try:
        float(value)
    except ValueError as error:
        return f"ERROR | ValueError({error})"
    return ""
