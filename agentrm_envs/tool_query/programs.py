"""Programs of tool calls: what a built-in task is made of, and what its expert carries out."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from agentrm_envs.errors import EnvError
from agentrm_envs.tool_query.application import Application
from agentrm_envs.tool_query.objective import Objective
from agentrm_envs.tools.call import Call
from agentrm_envs.tools.toolbox import Reply, Toolbox


class Unsuitable(EnvError):
    """A question was drawn that has no single answer, or none worth asking for."""


@dataclass(frozen=True, slots=True)
class Question:
    """What a program found: the answer, and what a wording of the question must name."""

    answer: Any
    form: str
    """Of the answer, as `wordings.json` names it."""
    slots: Mapping[str, Any]
    variant: str = ""
    """Which of the program's questions it is, where it has several."""


class Asker:
    """Carries out a program's calls on the application, and notes them.

    A program must make the fewest calls that a careful person needs who may look nothing up
    in memory, so that the number of calls tells how hard the task is.
    """

    def __init__(self, app: Application[Any], init: Mapping[str, Any]) -> None:
        self.box = Toolbox(app.tools)
        self.state = app.begin(init)
        self.calls: list[Call] = []
        self.evidence: list[Call] = []
        """The calls whose results are the subgoals."""

    def __call__(self, tool: str, /, *, key: bool = True, **arguments: Any) -> Any:
        """The result of a call; with `key`, it is one that every way to the answer passes."""
        call = Call(tool, arguments)
        reply = self._carried_out(call)
        self.state = reply.state
        if key and call not in self.calls:
            self.evidence.append(call)
        if call not in self.calls:
            self.calls.append(call)
        return reply.value

    def need(self, tool: str, /, **arguments: Any) -> None:
        """Make a subgoal of what a call would tell, which the program learns by another call."""
        self._carried_out(Call(tool, arguments))
        self.evidence.append(Call(tool, arguments))

    def _carried_out(self, call: Call) -> Reply[Any]:
        reply = self.box.carry_out(self.state, call)
        if not reply.ok:
            raise Unsuitable(f"{call} is answered with {reply.observation}")
        return reply


Program = Callable[[Asker, random.Random], Question]
"""Draws a question's particulars and calls the tools; raises Unsuitable."""


@dataclass(frozen=True, slots=True)
class Solution:
    """A built-in task's calls with their results' part in the objective."""

    calls: tuple[Call, ...] = field(default=())
    objective: Objective = field(default=Objective((), None))


def solve(app: Application[Any], task: Mapping[str, Any]) -> Solution:
    """The task's program carried out, which gives the subgoals."""
    asker = Asker(app, task["init"])
    results = [asker(tool, **arguments) for tool, arguments in task["calls"]]
    subgoals = tuple(
        app.cleaned(results[each] if isinstance(each, int) else asker(each[0], **each[1]))
        for each in task["subgoals"]
    )
    calls = tuple(Call(tool, arguments) for tool, arguments in task["calls"])
    return Solution(calls, Objective(subgoals, task["answer"]))


def only(values: list[Any]) -> Any:
    """The only one of the values; raises Unsuitable where there are more, or none."""
    if len(values) != 1:
        raise Unsuitable(f"{len(values)} values fit")
    return values[0]


def best(scores: Mapping[Any, Any], *, smallest: bool = False) -> Any:
    """The key with the largest (or smallest) value; raises Unsuitable for a tie."""
    edge = min(scores.values()) if smallest else max(scores.values())
    return only([key for key, score in scores.items() if score == edge])


def require(holds: bool, what: str) -> None:
    if not holds:
        raise Unsuitable(what)
