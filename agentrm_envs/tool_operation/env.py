"""ToolOperation: to-do lists and spreadsheets that are changed by calls of tools."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from agentrm_envs.core import Outcome, TextEnv
from agentrm_envs.tool_operation.problem import Problem, Standing
from agentrm_envs.tool_operation.sheet.problem import SheetProblem
from agentrm_envs.tool_operation.todo.problem import TodoProblem
from agentrm_envs.tools.call import write_call
from agentrm_envs.tools.toolbox import Toolbox

APPLICATIONS = ("todo", "sheet")
"""A task id begins with one of them."""
MAX_OBSERVATION = 20_000
"""Characters of an answer that are shown; a hostile sheet could have many more."""


class ToolOperationEnv(TextEnv):
    """AgentBoard's Tool-Operation tasks: `todo` and `sheet`.

    The world is a to-do account (projects with tasks) or a workbook. An action is a call,
    `NAME with Action Input: {...}`, of one of AgentBoard's 12 todo or 20 sheet tools; it is
    parsed as JSON or a Python literal, never evaluated, and one that cannot be carried out is
    answered with AgentBoard's error text and changes nothing; a second line lists every problem
    (`upstream_errors=True` leaves it out, reads a call only where its input is on one line, the
    text's last, and is Python without JSON's own words, and takes arguments of another type only
    where AgentBoard does). `finish` ends
    the task, and with `upstream_errors=True` an unknown tool with that word in its name, too.

    The score of a todo task is AgentBoard's progress rate: the share of subgoals (results of
    tools, the answer among them) that were ever reached. That of a built-in sheet task is the
    share of the wanted changes that are made, that of an official one AgentBoard's overlap of
    cells; both the best so far. Success needs `finish`, a full score, and the wanted final
    state without any other change. `info["exact"]` says whether the state is the wanted one,
    `info["overlap"]` is AgentBoard's measure of a sheet.

    Built-in tasks are made by `generate.py`, official ones are AgentGym's (see `official.py`).
    """

    def __init__(
        self,
        name: str = "tool_operation",
        max_steps: int = 30,
        *,
        upstream_errors: bool = False,
        **settings: Any,
    ) -> None:
        super().__init__(name, max_steps, **settings)
        self._upstream_errors = upstream_errors
        self._task: Mapping[str, Any] = {}
        self._problem: Problem[Any] | None = None
        self._standing: Standing[Any] | None = None

    @property
    def problem(self) -> Problem[Any]:
        """The present task, for experts."""
        return self._started(self._problem)

    @property
    def standing(self) -> Standing[Any]:
        """How far the episode has come."""
        return self._started(self._standing)

    def _start(self, task: Any) -> tuple[str, str]:
        problem = self._begun(task)
        self._standing = Standing(problem.start)
        return problem.goal, problem.first_observation

    def _act(self, action: str) -> Outcome:
        problem, before = self.problem, self.standing
        toolbox = explaining(problem.toolbox, not self._upstream_errors)
        reply = toolbox.answer(before.state, problem.prepared(action))
        after = self._standing = problem.judge(before, reply)
        extra: dict[str, Any] = {"exact": after.exact}
        if after.overlap is not None:
            extra["overlap"] = after.overlap
        if reply.internal_error:
            extra["internal_error"] = True
        text = reply.observation
        if len(text) > MAX_OBSERVATION:
            text = f"{text[:MAX_OBSERVATION]}... ({len(text)} characters)"
        return Outcome(text, after.score, reply.finished, after.success, extra)

    def _save(self) -> tuple[str, Standing[Any]]:
        return self._now().task.id, self.standing

    def _load(self, state: tuple[str, Standing[Any]]) -> None:
        task_id, self._standing = state
        self._begun(self._find(task_id))

    def _begun(self, task: Mapping[str, Any]) -> Problem[Any]:
        """The problem of a task, made only where it is another one than before."""
        if self._problem is None or task is not self._task:
            self._task, self._problem = task, problem_of(task)
        return self._problem

    def valid_actions(self) -> list[str]:
        """Some calls that make sense now, in a fixed order."""
        calls = self.problem.valid_calls(self.standing.state)
        return [write_call(call.tool, call.arguments) for call in calls]


def explaining(toolbox: Toolbox[Any], explain: bool) -> Toolbox[Any]:
    """The toolbox, explaining what is wrong with a call or not."""
    if toolbox.explain == explain:
        return toolbox
    return Toolbox(
        list(toolbox),
        explain=explain,
        lists_names_when_unknown=toolbox.lists_names_when_unknown,
        finishing=toolbox.finishing,
    )


def problem_of(task: Mapping[str, Any]) -> Problem[Any]:
    """The problem that an entry of a task table describes."""
    return TodoProblem(task) if task["application"] == "todo" else SheetProblem(task)
