"""Reads a call of a tool out of what a language model wrote, in AgentBoard's form."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from agentrm_envs.tools.literals import NotLiteral, read_literal
from agentrm_envs.tools.python_literals import read_python_literal

FORMAT_ERROR = (
    'Format error, please response in the format of  "Action: [your action] with '
    "Action Input: [your action input]"
)
"""Without the closing quote, as upstream's code has it."""
PARAMETERS_ERROR = (
    "ERROR | Exception(Parameters in action input are not valid, please change your action input.)"
)
_WITH = re.compile(r"with\s*Action\s+Input\s*:[ \t]*", re.IGNORECASE)
_UPSTREAMS_WITH = re.compile(r"with\s*Action Input:\s*")
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


class NoObject(Unreadable):
    """The input is plain data, but no `{...}`: AgentBoard fails only where it looks inside."""

    def __init__(self, tool: str, value: Any) -> None:
        kind = type(value).__name__
        answer = {
            "str": "string indices must be integers",
            "list": "list indices must be integers or slices, not str",
            "tuple": "tuple indices must be integers or slices, not str",
        }.get(kind, f"{kind!r} object is not subscriptable")
        super().__init__(f"ERROR | TypeError({answer})", "the action input is not an object {...}")
        self.tool = tool
        self.value = value


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
    return _call(name, _input(plain[found.end() :]))


def read_upstreams_call(text: str) -> Call:
    """The call in a text that AgentGym understands: its input is all the rest, on one line.

    As AgentBoard's, its pattern stops at no other line; both name the input in this very
    spelling, and read it as Python, which has no `true` and no `null`. AgentBoard itself takes
    `Action:` for a part of the name. Raises Unreadable.
    """
    plain = text.strip()
    last_line = plain.rfind("\n") + 1
    for found in _UPSTREAMS_WITH.finditer(plain):
        if found.end() >= last_line:
            name = plain[: found.start()].rstrip().rpartition("\n")[2]
            before, action, after = name.partition("Action:")
            return _call((after if action else before).strip(), _python(plain[found.end() :]))
    raise Unreadable(FORMAT_ERROR, 'there is no "with Action Input:" with the input in its line')


def write_call(tool: str, arguments: Mapping[str, Any]) -> str:
    """The action text of a call, as AgentBoard's examples write it."""
    return f"{tool} with Action Input: {json.dumps(arguments, ensure_ascii=False)}"


def _call(name: str, value: Any) -> Call:
    if not isinstance(value, dict):
        raise NoObject(name, value)
    return Call(name, value)


def _input(text: str) -> Any:
    line = text.partition("\n")[0]
    try:
        return read_literal(line)
    except NotLiteral as problem:
        return _whole(text, problem) if line != text else _raise(problem)


def _python(text: str) -> Any:
    try:
        return read_python_literal(text)
    except NotLiteral as problem:
        return _raise(problem)


def _whole(text: str, first: NotLiteral) -> Any:
    try:
        return read_literal(text)
    except NotLiteral:
        return _raise(first)


def _raise(problem: NotLiteral) -> Any:
    raise Unreadable(PARAMETERS_ERROR, f"the action input cannot be read: {problem}") from problem
