"""Tools told to a language model: in AgentBoard's layout, in short, or as function schemas."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from agentrm_envs.tools.specification import Schema, Tool

INTRODUCTION = "Each action, with what it is given (parameters) and what comes back (returns):"
"""In place of the line that AgentBoard begins with; all after it is laid out as there."""


def agentboard(tools: Iterable[Tool[Any]]) -> str:
    """Every tool's name, description, parameters and returns, laid out as AgentBoard does."""
    return f"{INTRODUCTION}\n" + "\n\n".join(_in_full(tool) for tool in tools)


def brief(tools: Iterable[Tool[Any]]) -> str:
    """A line a tool: its signature and description. About a third as long as `agentboard`."""
    return "\n".join(
        f"{tool.name}({', '.join(tool.parameters)}): {tool.description}" for tool in tools
    )


def table(tools: Iterable[Tool[Any]]) -> str:
    """A Markdown table of signatures, descriptions and what is returned."""
    rows = [
        f"| `{tool.signature}` | {_cell(tool.description)} | {_cell(_summary(tool.returns))} |"
        for tool in tools
    ]
    return "\n".join(["| Tool | What it does | Returns |", "|---|---|---|", *rows])


def openai_functions(tools: Iterable[Tool[Any]]) -> list[dict[str, Any]]:
    """The `tools` of OpenAI's chat completions."""
    return [
        {
            "type": "function",
            "function": {
                "name": tool.name,
                "description": tool.description,
                "parameters": tool.schema,
            },
        }
        for tool in tools
    ]


def _summary(returns: Schema | None) -> str:
    """The names of what is returned, or its description."""
    if returns is None:
        return ""
    named = returns.get("properties", returns.get("items", {}).get("properties", {}))
    return ", ".join(named) or str(returns.get("description", ""))


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


def _in_full(tool: Tool[Any]) -> str:
    lines = [f"Name: {tool.name}({', '.join(tool.parameters)})", f"Description: {tool.description}"]
    if tool.parameters:
        lines.append("Parameters:")
        lines += [_property(name, schema, ":") for name, schema in tool.parameters.items()]
    if tool.returns is not None:
        lines += ["Returns:", *_returned(tool.returns)]
    return "\n".join(lines)


def _returned(schema: Schema) -> list[str]:
    if "properties" in schema:
        return _properties(schema["properties"], "") or ["None"]
    items = schema.get("items", {})
    if "properties" in items:
        return ["- Array of objects with properties:", *_properties(items["properties"], "  ")]
    return [schema.get("description", "None")]


def _properties(described: Mapping[str, Schema], indent: str) -> list[str]:
    return [indent + _property(name, schema, " :") for name, schema in described.items()]


def _property(name: str, schema: Schema, untyped: str) -> str:
    """One line; `untyped` is what stands between a name without a type and its description."""
    kind = _type(schema) if "type" in schema else ""
    if "enum" in schema:
        kind += f", Enum: [{', '.join(schema['enum'])}]"
    shown = f"- {name} (Type: {kind})" if kind else f"- {name}"
    if "description" not in schema:
        return shown
    return f"{shown}{':' if kind else untyped} {schema['description']}"


def _type(schema: Schema) -> str:
    if "type" not in schema:
        return "Any"
    kind = schema["type"]
    if kind == "array" and "items" in schema:
        return f"array[{_type(schema['items'])}]"
    return str(kind)
