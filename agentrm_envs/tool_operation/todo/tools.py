"""The tools of the to-do application, with AgentBoard's names, arguments and answers.

Those are of AgentBoard's prompt (agentboard/prompts/Raw/todo_raw.json) and of its todo_tools.py;
the descriptions are in our own words. Behind it stood Todoist's REST API, which is gone; what that
said of an unknown project or task, or of a bad date, was not recorded.
"""

from __future__ import annotations

from typing import Any, TypeAlias

from agentrm_envs.tool_operation.todo.account import (
    Account,
    Project,
    TodoTask,
    project_record,
    task_record,
)
from agentrm_envs.tools.specification import (
    Arguments,
    Result,
    Tool,
    ToolFailure,
    choice,
    date,
    fields,
    plainly,
    text,
)
from agentrm_envs.tools.toolbox import Toolbox

Todo: TypeAlias = Result[Account]

NO_PROJECT = "Project not found"
NO_TASK = "Task not found"
_NO_LONGER = "Task {} is not exists."
_ID = {"type": "string"}


def _current_date(account: Account, arguments: Arguments) -> Todo:
    return Result(account, account.current_date)


def _current_location(account: Account, arguments: Arguments) -> Todo:
    return Result(account, account.current_location)


def _get_projects(account: Account, arguments: Arguments) -> Todo:
    return Result(account, [project_record(project) for project in account.projects])


def _update_project(account: Account, arguments: Arguments) -> Todo:
    project = _project(account, arguments)
    after = account.with_favorite(project, arguments["is_favorite"] == "True")
    told = project_record(_project(after, arguments))
    return Result(after, {"message": "Update the project successfully.", "project": told})


def _get_tasks(account: Account, arguments: Arguments) -> Todo:
    tasks = account.tasks_of(_project(account, arguments).id)
    return Result(account, [task_record(task) for task in tasks])


def _description(account: Account, arguments: Arguments) -> Todo:
    task = _task(account, arguments)
    told = {"id": task.id, "content": task.content, "description": task.description}
    return Result(account, told)


def _duration(account: Account, arguments: Arguments) -> Todo:
    task = _task(account, arguments)
    duration = f"{task.duration}({task.duration_unit})"
    return Result(account, {"id": task.id, "content": task.content, "duration": duration})


def _complete(account: Account, arguments: Arguments) -> Todo:
    task = _task(account, arguments, otherwise=_NO_LONGER)
    told = task_record(task)
    del told["is_completed"]
    value = {"message": "Complete task successfully.", "task": told}
    return Result(account.with_completed(task), value)


def _update_task(account: Account, arguments: Arguments) -> Todo:
    after = account.with_due_date(_task(account, arguments), arguments["due_date"])
    told = task_record(_task(after, arguments))
    return Result(after, {"message": "Update the task successfully", "task": told})


def _delete(account: Account, arguments: Arguments) -> Todo:
    task = _task(account, arguments, otherwise=_NO_LONGER)
    value = {"message": "Delete the task successfully.", "task": task_record(task)}
    return Result(account.without(task), value)


def _check_valid_actions(account: Account, arguments: Arguments) -> Todo:
    return Result(account, f"You can use following valid actions: {list(TOOLBOX.tools)}")


def _finish(account: Account, arguments: Arguments) -> Todo:
    return Result(account, sorted_answer(arguments["answer"]), finished=True)


def sorted_answer(answer: Any) -> Any:
    """A list in order, as upstream compares it; anything else as it is."""
    try:
        return sorted(answer) if isinstance(answer, list) else answer
    except TypeError as error:
        raise ToolFailure(f"ERROR | TypeError({error})") from error


def _project(account: Account, arguments: Arguments) -> Project:
    project = account.project(arguments["project_id"])
    if project is None:
        raise ToolFailure(NO_PROJECT)
    return project


def _task(account: Account, arguments: Arguments, otherwise: str = NO_TASK) -> TodoTask:
    task = account.task(arguments["task_id"])
    if task is None:
        raise ToolFailure(otherwise.format(arguments["task_id"]))
    return task


def _no_task(arguments: Arguments) -> str:
    """Of an id that is none: as upstream, whatever it is may be a part of an address."""
    return _NO_LONGER.format(arguments["task_id"])


_PROJECTS = {
    "type": "array",
    "items": fields(
        id=text(),
        name=text(),
        order={"type": "integer"},
        color=text(),
        is_favorite={"type": "boolean"},
    ),
}
_TO_DO = text("What there is to do.")
_TASKS = {
    "type": "array",
    "items": fields(
        id=text(),
        project_id=text(),
        order={"type": "integer"},
        content=_TO_DO,
        is_completed={"type": "boolean"},
        priority={"type": "integer", "description": "4 is the most urgent, 1 the least."},
        due_date=text("The day by which to do it."),
    ),
}
_DESCRIPTION = fields(
    id=text("The task's own number."),
    content=_TO_DO,
    description=text("More about it, such as where or how."),
)
_DURATION = fields(
    id=text(),
    content=_TO_DO,
    duration=text("How long it takes, as in 30(minute)."),
)
_ANSWER = {
    "type": ["string", "number", "array"],
    "description": "What was asked for; 'done' where only changes were.",
}

TOOLBOX: Toolbox[Account] = Toolbox(
    (
        Tool(
            "get_user_current_date",
            "Tell which day it is for the user.",
            _current_date,
            returns=plainly("The day as YYYY-MM-DD."),
        ),
        Tool(
            "get_user_current_location",
            "Tell which city the user is in.",
            _current_location,
            returns=plainly("The city's name."),
        ),
        Tool(
            "get_projects",
            "List the user's projects.",
            _get_projects,
            returns=_PROJECTS,
        ),
        Tool(
            "update_project",
            "Mark a project as a favorite, or take the mark away.",
            _update_project,
            {"project_id": _ID, "is_favorite": choice("True", "False")},
            returns=plainly("A message, and the project as it is then."),
        ),
        Tool(
            "get_tasks",
            "List the tasks of one project.",
            _get_tasks,
            {"project_id": _ID},
            returns=_TASKS,
        ),
        Tool(
            "get_task_description",
            "Tell what else is written about a task.",
            _description,
            {"task_id": _ID},
            returns=_DESCRIPTION,
        ),
        Tool(
            "get_task_duration",
            "Tell how long a task takes.",
            _duration,
            {"task_id": _ID},
            returns=_DURATION,
        ),
        Tool(
            "complete_task",
            "Tick a task off.",
            _complete,
            {"task_id": _ID},
            misfit=_no_task,
            returns=plainly("A message, and the task that was ticked off."),
        ),
        Tool(
            "update_task",
            "Give a task another due date.",
            _update_task,
            {"task_id": _ID, "due_date": date()},
            returns=plainly("A message, and the task as it is then."),
        ),
        Tool(
            "delete_task",
            "Throw a task away, which does not count as doing it.",
            _delete,
            {"task_id": text("The task's own number.")},
            misfit=_no_task,
            returns=plainly("A message, and the task as it was."),
        ),
        Tool(
            "check_valid_actions",
            "List the actions that there are.",
            _check_valid_actions,
            returns=plainly("The actions' names."),
        ),
        Tool(
            "finish",
            "Give the answer and end the task.",
            _finish,
            {"answer": _ANSWER},
            unchecked=frozenset({"answer"}),
        ),
    )
)
