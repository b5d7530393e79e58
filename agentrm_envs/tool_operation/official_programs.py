"""Calls that solve official tasks, for the expert: ceilings and demonstrations."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from agentrm_envs.tool_operation.sheet.problem import run
from agentrm_envs.tool_operation.sheet.workbook import Workbook
from agentrm_envs.tool_operation.todo import reading
from agentrm_envs.tools.call import Call
from agentrm_envs.tools.literals import NotLiteral, read_literal

Program = list[list[Any]]
"""As in a task file: `[tool, arguments]` each, the last of them `finish`."""
_CALL = re.compile(r"Action \d+: (\w+) with Action Input: (\{.*\})")


def reference_path(text: str) -> list[Call]:
    """The calls that a sheet row's `subgoals` tell; raises NotLiteral where one is unreadable.

    The recorder wrote every argument as a string, lists too, and `None` for one left out.
    """
    calls = []
    for tool, written in _CALL.findall(text):
        arguments = {
            key: read_literal(value) if str(value).startswith("[") else value
            for key, value in read_literal(written).items()
            if (key, value) != ("position_list", "None")
        }
        calls.append(Call(tool, arguments))
    return calls


def sheet_program(subgoals: Any, book: Workbook) -> Program:
    """The reference path, where there is one and all its calls can be carried out."""
    try:
        calls = reference_path(subgoals) if isinstance(subgoals, str) else []
        run(book, calls)
    except (NotLiteral, ValueError):
        return []
    return [*([call.tool, call.arguments] for call in calls), ["finish", {}]]


def todo_program(task: Mapping[str, Any]) -> Program:
    """Look at what is to be changed, change it, and finish with the answer."""
    account = reading.account(
        task["projects"],
        current_date=task["current_date"],
        current_location=task["current_location"],
    )
    answer = task["subgoals"][-1]
    finish = ["finish", {"answer": "done" if isinstance(answer, dict) else answer}]
    status: Mapping[str, Any] = task.get("status", {})
    wanted = {each["content"]: each for each in status.get("tasks", ())}
    favorites = {each["name"]: each["is_favorite"] for each in status.get("projects", ())}
    listing: Program = [["get_projects", {}]]
    changes: Program = []
    for project in account.projects:
        if favorites.get(project.name, project.is_favorite) != project.is_favorite:
            is_favorite = str(favorites[project.name])
            update = {"project_id": project.id, "is_favorite": is_favorite}
            changes.append(["update_project", update])
        before = len(changes)
        for each in account.tasks_of(project.id) if wanted else ():
            if each.content not in wanted:
                changes.append([_removal(task["goal"]), {"task_id": each.id}])
            elif (due := wanted[each.content]["due_date"]) != each.due_date:
                changes.append(["update_task", {"task_id": each.id, "due_date": due}])
        if len(changes) > before:
            listing.append(["get_tasks", {"project_id": project.id}])
    return [*listing, *changes, finish]


def _removal(goal: str) -> str:
    """The end states do not tell completed tasks from deleted ones; the goal does."""
    return "complete_task" if "complet" in goal else "delete_task"
