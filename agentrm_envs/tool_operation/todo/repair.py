"""How an account is brought to the wanted one from anywhere: what is missing of the program."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from agentrm_envs.tool_operation.problem import Standing
from agentrm_envs.tool_operation.todo.account import Account
from agentrm_envs.tool_operation.todo.problem import TodoProblem
from agentrm_envs.tools.call import Call


def repairs(problem: TodoProblem, standing: Standing[Account]) -> Iterator[list[Call]]:
    """Plans to be tried, of calls whose results are still missing and of mending changes."""
    missing = _missing(problem, standing)
    mended = _differences(standing.state, problem.target)
    finish = problem.program[-1:]
    yield [*missing, *finish]
    yield [*mended, *missing, *finish]
    yield [*missing, *mended, *finish]


def _missing(problem: TodoProblem, standing: Standing[Account]) -> list[Call]:
    """The program's calls, but for the last, whose results have not been seen."""
    seen = Counter(map(repr, standing.results))
    calls = []
    for call, result in zip(problem.program[:-1], problem.marks, strict=False):
        if seen[repr(result)]:
            seen[repr(result)] -= 1
        else:
            calls.append(call)
    return calls


def _differences(now: Account, wanted: Account) -> list[Call]:
    """Calls that undo what can be undone: favourites and due dates."""
    calls = [
        Call("update_project", {"project_id": project.id, "is_favorite": str(other.is_favorite)})
        for project, other in zip(now.projects, wanted.projects, strict=True)
        if project != other
    ]
    for task in now.tasks:
        other_task = wanted.task(task.id)
        if other_task is not None and other_task.due_date != task.due_date:
            due = {"task_id": task.id, "due_date": other_task.due_date}
            calls.append(Call("update_task", due))
    return calls
