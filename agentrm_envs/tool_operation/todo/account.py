"""The to-do account: projects with tasks, as an immutable value, and how it changes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any


@dataclass(frozen=True, slots=True)
class Project:
    """A list of tasks."""

    id: str
    order: int
    """Its place among the projects, from 1."""
    name: str
    is_favorite: bool = False
    color: str = "charcoal"


@dataclass(frozen=True, slots=True)
class TodoTask:
    """Something to do. (`Task` is a problem of an environment.)"""

    id: str
    project_id: str
    order: int
    """Its place in the project when it was made, from 1; it stays when others go."""
    content: str
    """What it is called."""
    description: str
    due_date: str
    """As `YYYY-MM-DD`."""
    duration: int
    duration_unit: str
    """`minute` or `day`."""
    priority: int
    """1 to 4, the most urgent."""


@dataclass(frozen=True, slots=True)
class Account:
    """All that one user has, on one day, in one place."""

    current_date: str
    current_location: str
    projects: tuple[Project, ...]
    tasks: tuple[TodoTask, ...]
    """The open tasks, project by project; completed and deleted ones are not among them."""
    completed: tuple[str, ...] = ()
    """Ids of completed tasks, sorted: what tells them from deleted ones."""

    def project(self, id: str) -> Project | None:
        return next((project for project in self.projects if project.id == id), None)

    def task(self, id: str) -> TodoTask | None:
        return next((task for task in self.tasks if task.id == id), None)

    def tasks_of(self, project_id: str) -> list[TodoTask]:
        return [task for task in self.tasks if task.project_id == project_id]

    def with_favorite(self, project: Project, is_favorite: bool) -> Account:
        changed = replace(project, is_favorite=is_favorite)
        projects = tuple(changed if each.id == project.id else each for each in self.projects)
        return replace(self, projects=projects)

    def with_due_date(self, task: TodoTask, due_date: str) -> Account:
        changed = replace(task, due_date=due_date)
        return replace(
            self, tasks=tuple(changed if each.id == task.id else each for each in self.tasks)
        )

    def without(self, task: TodoTask) -> Account:
        return replace(self, tasks=tuple(each for each in self.tasks if each.id != task.id))

    def with_completed(self, task: TodoTask) -> Account:
        done = tuple(sorted((*self.completed, task.id)))
        return replace(self.without(task), completed=done)


def project_record(project: Project) -> dict[str, Any]:
    """A project as the tools return it."""
    return {
        "id": project.id,
        "order": project.order,
        "color": project.color,
        "name": project.name,
        "is_favorite": project.is_favorite,
    }


def task_record(task: TodoTask) -> dict[str, Any]:
    """An open task as the tools return it."""
    return {
        "id": task.id,
        "order": task.order,
        "content": task.content,
        "is_completed": False,
        "priority": task.priority,
        "due_date": task.due_date,
    }


def status(account: Account) -> dict[str, Any]:
    """The account as AgentBoard compares it at the end: without ids and durations."""
    return {
        "projects": [without_id(project_record(project)) for project in account.projects],
        "tasks": [
            without_id(task_record(task))
            for project in account.projects
            for task in account.tasks_of(project.id)
        ],
    }


def without_id(record: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in record.items() if key != "id"}
