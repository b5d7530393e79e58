"""What a tool is: a name, a JSON Schema of its parameters, its documentation and a handler."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

State = TypeVar("State")
"""What an episode of an application consists of: an immutable value."""

Schema = Mapping[str, Any]
"""A JSON Schema. Validation knows: type (also a list of types), enum, items, minItems, minimum,
maximum and format `date`."""

Arguments = Mapping[str, Any]


class ToolFailure(Exception):
    """What a handler raises to answer with this very text; the state stays as it was."""


@dataclass(frozen=True)  # slots would break `Result[State](...)` in Python 3.11
class Result(Generic[State]):
    """What a call of a tool came to."""

    state: State
    """The state after the call."""
    value: Any
    """What the tool returns; its text is the observation."""
    finished: bool = False
    """Whether the call ends the task."""


@dataclass(frozen=True)  # slots would break `Tool[State](...)` in Python 3.11
class Tool(Generic[State]):
    """One tool of an application, the only place where anything about it is written."""

    name: str
    description: str
    handler: Callable[[State, Arguments], Result[State]]
    """Is shown a state, which it must not change, and arguments that keep to the schema."""
    parameters: Mapping[str, Schema] = field(default_factory=dict)
    """The schema of each parameter, in the order of the signature."""
    optional: frozenset[str] = frozenset()
    """The parameters that need not be given."""
    unchecked: frozenset[str] = frozenset()
    """The parameters that may be anything, whatever their schema tells of them."""
    unconverted: frozenset[str] = frozenset()
    """The parameters of which AgentBoard's tool takes no other type, as in `"2"` for 2."""
    defaulted: frozenset[str] = frozenset()
    """The parameters for which AgentBoard's tool takes None, as if they were not given."""
    looked_up: Callable[[Arguments], Sequence[str]] | None = None
    """What AgentBoard's code looks up in the arguments, in its order, where that is not
    `required`; of what is missing it names the first."""
    misfit: Callable[[Arguments], str] = lambda arguments: ""
    """What AgentBoard's tool says to arguments that do not fit, where that is known; it is shown
    those of the call, unchanged."""
    no_object: Callable[[Any], str] = lambda value: ""
    """What it says to an input that is no object, where it does more than to look a name up."""
    returns: Schema | None = None
    """Documents the value; where there is only a description, that is all that is shown."""

    @property
    def required(self) -> tuple[str, ...]:
        """The parameters that must be given."""
        return tuple(name for name in self.parameters if name not in self.optional)

    @property
    def schema(self) -> dict[str, Any]:
        """The JSON Schema of the arguments as a whole."""
        return {
            "type": "object",
            "properties": {name: dict(schema) for name, schema in self.parameters.items()},
            "required": list(self.required),
            "additionalProperties": False,
        }

    @property
    def signature(self) -> str:
        """As in `get_elevation(latitude: number, longitude: number)`."""
        shown = (
            f"{name}{'?' if name in self.optional else ''}: {type_name(schema)}"
            for name, schema in self.parameters.items()
        )
        return f"{self.name}({', '.join(shown)})"


def type_name(schema: Schema) -> str:
    """A schema's type in few words, as in `array[string]`, `"rows" or "columns"`, `date`."""
    if "enum" in schema:
        return " or ".join(f'"{value}"' for value in schema["enum"])
    if schema.get("format") == "date":
        return "date YYYY-MM-DD"
    kinds = schema.get("type", "any")
    if isinstance(kinds, list):
        return " or ".join(kinds)
    if kinds == "array" and "items" in schema:
        return f"array[{type_name(schema['items'])}]"
    return str(kinds)


def text(description: str = "") -> Schema:
    return _described({"type": "string"}, description)


def number(description: str = "") -> Schema:
    return _described({"type": "number"}, description)


def integer(description: str = "") -> Schema:
    return _described({"type": "integer"}, description)


def date(description: str = "") -> Schema:
    """A day of the calendar as `YYYY-MM-DD`."""
    return _described({"type": "string", "format": "date"}, description)


def choice(*values: str, description: str = "") -> Schema:
    """One of these strings."""
    return _described({"type": "string", "enum": list(values)}, description)


def array(items: Schema | None = None, description: str = "") -> Schema:
    """A list of such items, or of anything."""
    return _described({"type": "array"} | ({} if items is None else {"items": items}), description)


def anything(description: str = "") -> Schema:
    return _described({}, description)


def fields(**described: Schema) -> Schema:
    """An object with these properties."""
    return {"type": "object", "properties": described}


def plainly(description: str) -> Schema:
    """A value of which no more is said than this."""
    return {"description": description}


def _described(schema: dict[str, Any], description: str) -> Schema:
    return schema | ({"description": description} if description else {})
