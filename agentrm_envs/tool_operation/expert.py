"""The expert: it executes the program that a task was made from, or an official task's path.

From any state it leaves out what is done, repairs what can be repaired, and tries the plan on
the state (which is a value) before it gives it out.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from agentrm_envs.core import TextEnv
from agentrm_envs.errors import NoPlan
from agentrm_envs.tool_operation.env import ToolOperationEnv
from agentrm_envs.tool_operation.problem import Problem, Standing
from agentrm_envs.tool_operation.sheet.problem import SheetProblem
from agentrm_envs.tool_operation.sheet.repair import repairs as sheet_repairs
from agentrm_envs.tool_operation.todo.problem import TodoProblem
from agentrm_envs.tool_operation.todo.repair import repairs as todo_repairs
from agentrm_envs.tools.call import Call, write_call


def plan(env: TextEnv) -> list[str]:
    """Calls that solve the task from the environment's state.

    Raises NoPlan where none is known: something was deleted that cannot be brought back, a
    result that counts can no longer be had, or an official task's recorded path does not end in
    its recorded table.
    """
    if not isinstance(env.unwrapped, ToolOperationEnv):
        kind = type(env.unwrapped).__name__
        raise TypeError(f"the ToolOperation expert plans for ToolOperationEnv, not {kind}")
    inner = env.unwrapped
    for calls in _candidates(inner.problem, inner.standing):
        if solves(inner.problem, inner.standing, calls):
            return [write_call(call.tool, call.arguments) for call in calls]
    raise NoPlan("the program does not lead to the goal from here, and nothing mends that")


def solves(problem: Problem[Any], standing: Standing[Any], calls: list[Call]) -> bool:
    """Whether the task is solved by these calls from there."""
    for call in calls:
        reply = problem.toolbox.carry_out(standing.state, call)
        standing = problem.judge(standing, reply)
    return standing.success


def _candidates(problem: Problem[Any], standing: Standing[Any]) -> Iterator[list[Call]]:
    """Plans to be tried: to go on where the program was followed; what may be enough; repairs."""
    program, done = problem.program, len(standing.results)
    if list(standing.results) == problem.marks[:done]:
        yield program[done:]
    for rest in range(1, len(program) + 1):
        yield program[-rest:]
    if isinstance(problem, TodoProblem):
        yield from todo_repairs(problem, standing)
    if isinstance(problem, SheetProblem):
        yield from sheet_repairs(problem, standing)
