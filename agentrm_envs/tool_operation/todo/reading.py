"""Reads an account from data in AgentBoard's layout of `projects.json`."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from agentrm_envs.tool_operation.todo.account import Account, Project, TodoTask


def account(
    projects: Sequence[Mapping[str, Any]], *, current_date: str, current_location: str
) -> Account:
    """The account that a list of projects with `tasks` describes.

    Ids are short numbers that depend on the names and the day: they can neither be guessed nor
    learnt, so that a tool has to be asked. Raises KeyError or TypeError for other layouts.
    """
    ids = _ids(f"{current_date} {project['name']}" for project in projects)
    made = tuple(
        Project(id, order, project["name"], bool(project.get("is_favorite", False)))
        for order, (id, project) in enumerate(zip(ids, projects, strict=True), 1)
    )
    tasks = tuple(_tasks(made, projects, current_date))
    return Account(current_date, current_location, made, tasks)


def _tasks(
    made: Sequence[Project], projects: Sequence[Mapping[str, Any]], day: str
) -> Iterator[TodoTask]:
    listed = [
        (project, order, task)
        for project, source in zip(made, projects, strict=True)
        for order, task in enumerate(source["tasks"], 1)
    ]
    names = (f"{day} {project.name} {task['content']}" for project, order, task in listed)
    for id, (project, order, task) in zip(_ids(names, digits=5), listed, strict=True):
        yield TodoTask(
            id=id,
            project_id=project.id,
            order=order,
            content=task["content"],
            description=task["description"],
            due_date=task["due_date"],
            duration=task["duration"],
            duration_unit=task.get("duration_unit", "minute"),
            priority=task["priority"],
        )


def _ids(names: Iterator[str], digits: int = 4) -> list[str]:
    """A number of so many digits for each name, all different."""
    low = 10 ** (digits - 1)
    taken: list[str] = []
    for name in names:
        number = int.from_bytes(hashlib.sha256(name.encode()).digest()[:8])
        while (id := str(low + number % (9 * low))) in taken:
            number += 1
        taken.append(id)
    return taken
