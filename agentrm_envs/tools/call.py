"""Reads a call of a tool out of what a language model wrote, in AgentBoard's form."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from agentrm_envs.tools.literals import NotLiteral, read_literal

FORMAT_ERROR = (
    'Format error, please response in the format of  "Action: [your action] with '
    "Action Input: [your action input]"
)
"""Without the closing quote, as upstream's code has it."""
PARAMETERS_ERROR = (
    "ERROR | Exception(Parameters in action input are not valid, please change your action input.)"
)
_WITH = re.compile(r"with\s*Action\s+Input\s*:[ \t]*", re.IGNORECASE)
_ACTION = re.compile(r"Action:\s*", re.IGNORECASE)
_FENCE = re.compile(r"^[ \t]*```\w*[ \t]*$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Call:
    """A tool's name and the arguments it is called with, neither of them checked yet."""

    tool: str
    arguments: Mapping[str, Any]


class Unreadable(ValueError):
    """The text is no call; `answer` is AgentBoard's answer to it, the message says more."""

    def __init__(self, answer: str, problem: str) -> None:
        super().__init__(problem)
        self.answer = answer


def read_call(text: str) -> Call:
    """The call in `NAME with Action Input: {...}`, with or without `Action:` before it.

    A thought may come before, and more turns after: as upstream, the first call counts. The
    input is the rest of its line, or where that is no literal, all that follows.
    Raises Unreadable.
    """
    plain = _FENCE.sub("", text).strip()
    found = _WITH.search(plain)
    if found is None:
        raise Unreadable(FORMAT_ERROR, 'there is no "with Action Input:" in it')
    name = _ACTION.split(plain[: found.start()])[-1].strip()
    name = name.splitlines()[-1].strip() if name else ""
    return Call(name, _arguments(plain[found.end() :]))


def write_call(tool: str, arguments: Mapping[str, Any]) -> str:
    """The action text of a call, as AgentBoard's examples write it."""
    return f"{tool} with Action Input: {json.dumps(arguments, ensure_ascii=False)}"


def _arguments(text: str) -> Mapping[str, Any]:
    line = text.partition("\n")[0]
    try:
        value = read_literal(line)
    except NotLiteral as problem:
        value = _whole(text, problem) if line != text else _raise(problem)
    if not isinstance(value, dict):
        raise Unreadable(PARAMETERS_ERROR, "the action input is not an object {...}")
    return value


def _whole(text: str, first: NotLiteral) -> Any:
    try:
        return read_literal(text)
    except NotLiteral:
        return _raise(first)


def _raise(problem: NotLiteral) -> Any:
    raise Unreadable(PARAMETERS_ERROR, f"the action input cannot be read: {problem}") from problem
