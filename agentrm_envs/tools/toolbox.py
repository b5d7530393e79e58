"""The tools of one application: any text is answered, and a failure changes nothing."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Generic

from agentrm_envs.tools.call import (
    PARAMETERS_ERROR,
    Call,
    NoObject,
    Unreadable,
    read_call,
    read_upstreams_call,
)
from agentrm_envs.tools.specification import Result, State, Tool, ToolFailure
from agentrm_envs.tools.validation import Checked, check

FINISHING = re.compile("[Ff]inish")
NO_VALUE = object()
"""The value of a reply to a call that failed: unlike None, no tool returns it."""


@dataclass(frozen=True)
class Reply(Generic[State]):
    """What the application answers to an action."""

    state: State
    observation: str
    call: Call | None = None
    """The call as it was carried out; None where the text was none, or was refused."""
    value: Any = NO_VALUE
    """What the tool returned; NO_VALUE where it failed."""
    finished: bool = False
    internal_error: bool = False
    """Whether a handler broke, which is our fault and not that of the call."""

    @property
    def ok(self) -> bool:
        return self.value is not NO_VALUE


class Toolbox(Generic[State]):
    """The tools of one application, in the order in which they are told."""

    def __init__(
        self,
        tools: Sequence[Tool[State]],
        *,
        explain: bool = True,
        aliases: Mapping[str, str] | None = None,
        lists_names_when_unknown: bool = False,
        finishing: re.Pattern[str] = FINISHING,
    ) -> None:
        """`explain` adds a line to upstream's error texts: every problem, and the signature. It
        also reads JSON, and calls on several lines, makes conversions that upstream does not
        make, and lets no unknown tool end the task: upstream does at those whose name has
        `finishing` in it. `aliases` are other names that tools may be called by."""
        self.tools = {tool.name: tool for tool in tools}
        self.explain = explain
        self.aliases = aliases or {}
        self.lists_names_when_unknown = lists_names_when_unknown
        self.finishing = finishing

    def __iter__(self) -> Iterator[Tool[State]]:
        return iter(self.tools.values())

    @property
    def names(self) -> list[str]:
        return list(self.tools)

    def answer(self, state: State, text: str) -> Reply[State]:
        """Carry out the call in the text, or say what is wrong with it."""
        try:
            call = read_call(text) if self.explain else read_upstreams_call(text)
        except NoObject as problem:
            tool = self._tool(problem.tool)
            if tool is not None and tool.parameters:
                answer = tool.no_object(problem.value) or problem.answer
                return self._refusal(state, answer, str(problem))
            call = Call(problem.tool, {})
        except Unreadable as problem:
            return self._refusal(state, problem.answer, str(problem))
        return self.carry_out(state, call)

    def carry_out(self, state: State, call: Call) -> Reply[State]:
        """The same for a call that has been read already."""
        tool = self._tool(call.tool)
        if tool is None:
            refusal = self._refusal(state, self._unknown(call.tool), self._near(call.tool))
            ends = not self.explain and self.finishing.search(call.tool) is not None
            return replace(refusal, finished=ends)
        checked = check(tool, call.arguments, convert=self.explain)
        if checked.problems:
            problem = f"{'; '.join(checked.problems)}. Usage: {tool.signature}"
            return self._refusal(state, _upstreams_answer(tool, call, checked), problem)
        return _run(tool, state, Call(tool.name, checked.arguments))

    def _tool(self, name: str) -> Tool[State] | None:
        return self.tools.get(self.aliases.get(name, name))

    def _refusal(self, state: State, answer: str, problem: str) -> Reply[State]:
        return Reply(state, f"{answer}\n{problem}" if self.explain and problem else answer)

    def _unknown(self, name: str) -> str:
        answer = f"ERROR | Invalid action: {_cut(name)}."
        if self.lists_names_when_unknown:
            answer += f" Please choose another valid action from {self.names}"
        return answer

    def _near(self, name: str) -> str:
        folded = {known.lower(): known for known in self.tools}
        near = difflib.get_close_matches(name.lower()[:100], folded, n=3)
        return f"Did you mean {' or '.join(folded[each] for each in near)}?" if near else ""


def _upstreams_answer(tool: Tool[Any], call: Call, checked: Checked) -> str:
    """What AgentBoard's own code says: it misses arguments by name, and knows no types."""
    if checked.missing:
        return f"ERROR | KeyError({checked.missing[0]!r})"
    return tool.misfit(call.arguments) or PARAMETERS_ERROR


def _run(tool: Tool[State], state: State, call: Call) -> Reply[State]:
    try:
        result: Result[State] = tool.handler(state, call.arguments)
    except ToolFailure as failure:
        return Reply(state, str(failure), call)
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
        observation = f"ERROR | {type(error).__name__}({error})"
        return Reply(state, observation, call, internal_error=True)
    return Reply(result.state, str(result.value), call, result.value, result.finished)


def _cut(name: str) -> str:
    return name if len(name) <= 100 else f"{name[:100]}..."
