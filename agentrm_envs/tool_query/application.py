"""What the three applications have in common: tools, a first state, and how results compare."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic

from agentrm_envs.tool_query.answers import alike
from agentrm_envs.tools.specification import (
    Arguments,
    Result,
    Schema,
    State,
    Tool,
    ToolFailure,
    array,
    fields,
)

ANSWER: Schema = {
    "type": ["string", "number", "array"],
    "description": "What the question asks for.",
}


@dataclass(frozen=True)
class Application(Generic[State]):
    """One of the applications."""

    name: str
    tools: Sequence[Tool[State]]
    begin: Callable[[Mapping[str, Any]], State]
    """The first state of a task, from the task's `init`."""
    mentions: Callable[[str], list[str]]
    """The things of the application that a text names, sorted; random play asks about them."""
    cleaned: Callable[[Any], Any] = lambda value: value
    """A result without what AgentBoard leaves out when it compares results."""
    covers: Callable[[Any, Any], bool] = alike
    """Whether a cleaned result has all that a wanted one has."""
    pieces: Callable[[Any], frozenset[Any]] = lambda value: frozenset()
    """What several results together may tell as well as one; nothing where they cannot."""
    aliases: Mapping[str, str] = field(default_factory=dict)
    """Other names that tools may be called by."""
    unlisted: Sequence[Tool[State]] = ()
    """Tools of AgentBoard's that no model is told of, for where its errors are told alone."""


def with_common(tools: Sequence[Tool[State]]) -> tuple[Tool[State], ...]:
    """The tools, and the two that every application has."""
    names = [*(tool.name for tool in tools), "check_valid_actions", "finish"]
    told = f"You can use following valid actions: {names}"

    def check_valid_actions(state: State, arguments: Arguments) -> Result[State]:
        return Result(state, told)

    return (
        *tools,
        Tool(
            "check_valid_actions",
            "List the actions that there are.",
            check_valid_actions,
            returns=fields(actions=array(description="The actions' names.")),
        ),
        Tool(
            "finish",
            "Give the answer and end the task.",
            _finish,
            {"answer": ANSWER},
            unchecked=frozenset({"answer"}),
        ),
    )


def _finish(state: State, arguments: Arguments) -> Result[State]:
    answer = arguments["answer"]
    # AgentBoard sorts an answer that is a list, and shows it so.
    try:
        told = sorted(answer) if isinstance(answer, list) else answer
    except TypeError as error:
        raise ToolFailure(f"ERROR | TypeError({error})") from error
    return Result(state, told, finished=True)
