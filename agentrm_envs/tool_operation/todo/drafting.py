"""What the makers of to-do tasks share: calls, drafts, and ways of saying things."""

from __future__ import annotations

import datetime
import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from agentrm_envs.tool_operation.todo.account import Account, Project, TodoTask
from agentrm_envs.tools.call import Call

AS_DATE = ("Please answer in 'YYYY-MM-DD' format.", "Give the date as YYYY-MM-DD.")
AS_NUMBER = ("Please answer in the form of a number.", "Give me a number as the answer.")
AS_LIST = (
    "Please answer in the form of a list ['task1', 'task2', ...].",
    "Give the answer as a list ['task1', 'task2', ...].",
)
AS_YES_NO = ("Please answer Yes or No.", "Answer with Yes or No.")
AS_TASK = ("Please answer with the task name.", "Give only the name of the task.")
AS_PROJECT = ("Please answer with the project name.", "Give only the name of the project.")
AS_TEXT = ("Please answer in the form of a string.", "Give just the text from its description.")
AS_DURATION = ("Please answer in the format of 'number(unit)'.", "Write it as 'number(unit)'.")

PROJECTS = Call("get_projects", {})
TODAY = Call("get_user_current_date", {})


@dataclass(frozen=True, slots=True)
class Draft:
    """A task before it is admitted: what is asked, and the calls that answer it."""

    goal: str
    calls: tuple[Call, ...]
    """All but `finish`."""
    answer: Any = "done"


@dataclass(frozen=True, slots=True)
class Scene:
    """An account, and the dice to draw a task about it."""

    rng: random.Random
    account: Account

    @property
    def projects(self) -> tuple[Project, ...]:
        return self.account.projects

    @property
    def tasks(self) -> tuple[TodoTask, ...]:
        return self.account.tasks

    def of(self, project: Project) -> list[TodoTask]:
        return self.account.tasks_of(project.id)

    def project(self) -> Project:
        return self.rng.choice(self.projects)

    def task(self) -> TodoTask:
        return self.rng.choice(self.tasks)

    def two_tasks(self) -> tuple[TodoTask, TodoTask]:
        first, second = self.rng.sample(self.tasks, 2)
        return first, second

    def home(self, task: TodoTask) -> Project:
        project = self.account.project(task.project_id)
        assert project is not None
        return project

    def day(self, days: int, since: str = "") -> str:
        """A date so many days after today, or after another day."""
        start = datetime.date.fromisoformat(since or self.account.current_date)
        return (start + datetime.timedelta(days=days)).isoformat()

    def say(self, templates: Sequence[str], form: Sequence[str] = (), **names: object) -> str:
        """One of the sentences, and how to answer."""
        sentence = self.rng.choice(templates).format(**names)
        return f"{sentence} {self.rng.choice(form)}" if form else sentence

    def listing(self, projects: Sequence[Project]) -> tuple[Call, ...]:
        """The calls that tell the tasks of these projects."""
        return (PROJECTS, *(get_tasks(project) for project in projects))

    def homes(self, *tasks: TodoTask) -> list[Project]:
        """The tasks' projects, each once, in their order."""
        ids = {task.project_id for task in tasks}
        return [project for project in self.projects if project.id in ids]


def get_tasks(project: Project) -> Call:
    return Call("get_tasks", {"project_id": project.id})


def get_duration(task: TodoTask) -> Call:
    return Call("get_task_duration", {"task_id": task.id})


def get_description(task: TodoTask) -> Call:
    return Call("get_task_description", {"task_id": task.id})


def complete(task: TodoTask) -> Call:
    return Call("complete_task", {"task_id": task.id})


def delete(task: TodoTask) -> Call:
    return Call("delete_task", {"task_id": task.id})


def move(task: TodoTask, due_date: str) -> Call:
    return Call("update_task", {"task_id": task.id, "due_date": due_date})


def favorite(project: Project, is_favorite: bool = True) -> Call:
    return Call("update_project", {"project_id": project.id, "is_favorite": str(is_favorite)})


def names(tasks: Sequence[TodoTask]) -> list[str]:
    """Their contents, sorted as an answer is."""
    return sorted(task.content for task in tasks)


def only(tasks: Sequence[TodoTask], measures: Sequence[Any], best: Any) -> TodoTask | None:
    """The task with the best measure; None where there is a tie."""
    found = [task for task, measure in zip(tasks, measures, strict=True) if measure == best]
    return found[0] if len(found) == 1 else None
