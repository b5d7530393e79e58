"""Holds arguments against a tool's schema, and says everything that is wrong with them."""

from __future__ import annotations

import datetime
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from agentrm_envs.tools.specification import Arguments, Schema, Tool, type_name

_NUMBER = re.compile(r"[-+]?\d{1,15}(\.\d{1,15})?")
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_BOOLEANS = {"True": True, "true": True, "False": False, "false": False}
_KINDS: Mapping[str, type | tuple[type, ...]] = {
    "string": str,
    "number": (int, float),
    "integer": int,
    "boolean": bool,
    "array": (list, tuple),  # a tuple is one to AgentBoard's code, too
    "object": dict,
    "null": type(None),
    "None": type(None),  # two names that AgentBoard's sheet prompt has
    "re.RegexObject": (),
}


@dataclass(frozen=True, slots=True)
class Checked:
    """Arguments after the check: usable where there are no problems."""

    arguments: Arguments
    missing: tuple[str, ...] = ()
    """What AgentBoard's code misses, in the order in which it looks."""
    problems: tuple[str, ...] = ()
    """All of them, each a few words; what must be given and is not comes first."""


def check(tool: Tool[Any], arguments: Arguments, *, convert: bool = True) -> Checked:
    """The arguments as the tool's schema wants them, or what is wrong with them.

    Where only the type differs, a few conversions are made: between number and string, from
    "true" or "True" to a boolean, and from one value to a list of it; those that AgentBoard's
    tool would not make only with `convert`. What has no such parameter is left out, as
    AgentBoard never looks at it, and is a problem only beside others.
    """
    looked_up = tool.required if tool.looked_up is None else tool.looked_up(arguments)
    missing = tuple(name for name in looked_up if name not in arguments)
    needed = {*tool.required, *looked_up}.difference(arguments)
    problems = [
        f"{name} is missing ({type_name(wanted)})"
        for name, wanted in tool.parameters.items()
        if name in needed
    ]
    unknown = [
        f"there is no parameter {name!r}" for name in arguments if name not in tool.parameters
    ]
    values: dict[str, Any] = {}
    for name, wanted in tool.parameters.items():
        if name in arguments:
            as_none = arguments[name] is None and name in tool.defaulted and not convert
            if name in tool.unchecked or as_none:
                values[name] = arguments[name]
                continue
            kept = name in tool.unconverted and not convert
            values[name] = arguments[name] if kept else fitted(arguments[name], wanted)
            problems += faults(values[name], wanted, name)
    if problems:
        problems[len(needed) : len(needed)] = unknown
    return Checked(values, missing, tuple(problems))


def fitted(value: Any, schema: Schema) -> Any:
    """The value, converted where only its type differs from the schema's."""
    kinds = _kinds(schema)
    if not kinds or any(_is(value, kind) for kind in kinds):
        if isinstance(value, list | tuple) and "items" in schema:
            return [fitted(item, schema["items"]) for item in value]
        return value
    for kind in kinds:
        converted = _converted(value, kind, schema)
        if converted is not None:
            return converted
    return value


def faults(value: Any, schema: Schema, where: str) -> list[str]:
    """What is wrong with a value, each fault with the place it is at."""
    kinds = _kinds(schema)
    if kinds and not any(_is(value, kind) for kind in kinds):
        return [f"{where} is {_shown(value)}, not {type_name(schema)}"]
    found = []
    if "enum" in schema and value not in schema["enum"]:
        found.append(f"{where} is {_shown(value)}, not {type_name(schema)}")
    if schema.get("format") == "date" and not _is_date(value):
        found.append(f"{where} is {_shown(value)}, not a date YYYY-MM-DD")
    if "minimum" in schema and value < schema["minimum"]:
        found.append(f"{where} is {_shown(value)}; the least is {schema['minimum']}")
    if "maximum" in schema and value > schema["maximum"]:
        found.append(f"{where} is {_shown(value)}; the most is {schema['maximum']}")
    if isinstance(value, list | tuple):
        if len(value) < schema.get("minItems", 0):
            found.append(
                f"{where} has {len(value)} items; at least {schema['minItems']} are needed"
            )
        for number, item in enumerate(value):
            found += faults(item, schema.get("items", {}), f"{where}[{number}]")
    return found


def _kinds(schema: Schema) -> list[str]:
    kinds = schema.get("type", [])
    return kinds if isinstance(kinds, list) else [kinds]


def _is(value: Any, kind: str) -> bool:
    """Whether a value is of a JSON type; a boolean is no number."""
    if isinstance(value, bool):
        return kind == "boolean"
    if kind == "integer" and isinstance(value, float):
        return False
    return isinstance(value, _KINDS[kind])


def _converted(value: Any, kind: str, schema: Schema) -> Any:
    """The value as that type, or None where it has none."""
    if kind == "array" and not isinstance(value, dict | list | tuple) and value is not None:
        return [fitted(value, schema.get("items", {}))]
    if kind == "string" and isinstance(value, bool | int | float):
        return str(value)
    if kind == "integer" and isinstance(value, float) and value.is_integer():
        return int(value)
    if not isinstance(value, str):
        return None
    if kind == "boolean":
        return _BOOLEANS.get(value)
    if kind in ("number", "integer") and (found := _NUMBER.fullmatch(value.strip())):
        if not found[1]:
            return int(value)
        return float(value) if kind == "number" else None
    return None


def _is_date(value: Any) -> bool:
    if not isinstance(value, str) or not _DATE.fullmatch(value):
        return False
    try:
        datetime.date.fromisoformat(value)
    except ValueError:
        return False
    return True


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:60]}..."
