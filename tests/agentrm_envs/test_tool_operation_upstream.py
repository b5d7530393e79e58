"""ToolOperation's tools against AgentBoard's: all the same but the words, which are our own."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from agentrm_envs.tool_operation.prompts import TOOLBOXES, in_full
from agentrm_envs.tools import rendering
from agentrm_envs.tools.__main__ import TOOLS
from tests.testdata import testdata

UNLISTED = {
    "todo": {"delete_task": {"task_id"}, "finish": {"answer"}},
    "sheet": {"update_range": {"start_position", "end_position", "values_list"}},
}
"""What AgentBoard's file does not say is required, and the tool cannot do without."""
DEFAULT = re.compile(r"\bdefault(?:s to| is)?:? '?(\w+)", re.IGNORECASE)
Described = dict[str, Any]


def recorded(application: str) -> list[Described]:
    """The tools of an application as AgentBoard's file has them."""
    folder = "tool-operation" if application in TOOLBOXES else "tool-query"
    path = testdata(f"{folder}/prompts-raw/{application}_raw.json")
    return json.loads(path.read_text("utf-8"))["tool_set_message"]


def shape(schema: Any) -> Any:
    """A schema without its words; `format` is our own addition, for dates."""
    if isinstance(schema, list):
        return [shape(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    if "properties" in schema:
        named = {name: shape(each) for name, each in schema["properties"].items()}
        return {**shape({**schema, "properties": None}), "properties": named}
    return {
        key: shape(each) for key, each in schema.items() if key not in ("description", "format")
    }


def reworded(ours: Any, theirs: Any) -> Described:
    """Our schema with AgentBoard's descriptions, where it has some, in place of ours."""
    schema = {key: each for key, each in ours.items() if key != "description"}
    if "properties" in ours:
        schema["properties"] = {
            name: reworded(each, theirs["properties"][name])
            for name, each in ours["properties"].items()
        }
    if "items" in ours:
        schema["items"] = reworded(ours["items"], theirs["items"])
    return schema | {key: theirs[key] for key in ("description",) if key in theirs}


def required(parameters: Described) -> set[str]:
    """The parameters that every alternative of AgentBoard's demands, of those that there are."""
    sets = [set(each["required"]) for each in parameters.get("oneOf", [])]
    demanded = set.intersection(*sets) if sets else set(parameters.get("required", []))
    return demanded & set(parameters.get("properties", {}))


def words(described: Any) -> Iterator[str]:
    """Every description in it."""
    if isinstance(described, dict):
        if isinstance(described.get("description"), str):
            yield described["description"]
        described = list(described.values())
    if isinstance(described, list):
        for each in described:
            yield from words(each)


def plain(text: str) -> str:
    return " ".join(re.findall(r"[a-z0-9_']+", text.lower()))


@pytest.mark.parametrize("application", sorted(TOOLBOXES))
def test_with_agentboards_words_the_full_prompt_is_agentboards_byte_for_byte(application):
    path = testdata(f"tool-operation/icl/agentboard_{application}_prompt.json")
    prompt = json.loads(path.read_text("utf-8"))["instruction"].partition("\n")[2]
    theirs = {tool["name"]: tool for tool in recorded(application)}
    tools = [
        replace(
            tool,
            description=theirs[tool.name]["description"],
            parameters={
                name: reworded(schema, theirs[tool.name]["parameters"]["properties"][name])
                for name, schema in tool.parameters.items()
            },
            returns=tool.returns and reworded(tool.returns, theirs[tool.name]["returns"]),
        )
        for tool in TOOLBOXES[application]
    ]
    told = rendering.agentboard(tools).partition("\n")[2]
    assert prompt.startswith(told + "\n\n\n")
    assert in_full(application).startswith(rendering.agentboard(TOOLBOXES[application]) + "\n\n\n")


@pytest.mark.parametrize("application", sorted(TOOLBOXES))
def test_tools_have_agentboards_names_parameters_types_and_required_sets(application):
    ours = TOOLBOXES[application].tools
    assert list(ours) == [tool["name"] for tool in recorded(application)]
    for theirs in recorded(application):
        schema, name = ours[theirs["name"]].schema, theirs["name"]
        parameters = theirs["parameters"].get("properties", {})
        assert list(schema["properties"]) == list(parameters), name
        assert shape(schema["properties"]) == shape(parameters), name
        wanted = required(theirs["parameters"]) | UNLISTED[application].get(name, set())
        assert set(schema["required"]) == wanted, name


@pytest.mark.parametrize("application", sorted(TOOLBOXES))
def test_parameters_have_agentboards_defaults(application):
    told = 0
    for theirs in recorded(application):
        ours = TOOLBOXES[application].tools[theirs["name"]].parameters
        for name, parameter in theirs["parameters"].get("properties", {}).items():
            wanted = DEFAULT.findall(parameter.get("description", ""))
            got = DEFAULT.findall(ours[name].get("description", ""))
            assert got == wanted, (theirs["name"], name)
            told += len(wanted)
    assert told == {"todo": 0, "sheet": 9}[application]


@pytest.mark.parametrize("application", sorted(TOOLS))
def test_no_description_is_agentboards(application):
    theirs = {plain(text) for text in words(recorded(application))}
    assert len(theirs) > 10
    for tool in TOOLS[application]:
        for text in [tool.description, *words(dict(tool.parameters)), *words(tool.returns)]:
            assert plain(text) not in theirs, (tool.name, text)
