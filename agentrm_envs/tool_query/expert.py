"""The expert: it carries out the program that the task was made from."""

from __future__ import annotations

from agentrm_envs.core import TextEnv
from agentrm_envs.errors import NoPlan
from agentrm_envs.tool_query.env import ToolQueryEnv


def plan(env: TextEnv) -> list[str]:
    """The calls of the task's program that were not made yet, then the answer.

    Raises NoPlan for official tasks, which come without a program.
    """
    if not isinstance(env, ToolQueryEnv):
        raise TypeError(f"a plan for tool_query, not for {type(env).__name__}")
    if not env.problem.solution.calls:
        raise NoPlan(f"{env.name}: official tasks have an answer, but no program to reach it")
    return env.problem.remaining(env.episode)
