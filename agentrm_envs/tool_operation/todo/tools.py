"""The tools of the to-do application, with AgentBoard's names, arguments and answers.

The words are those of AgentBoard's prompt (agentboard/prompts/Raw/todo_raw.json) and of its
todo_tools.py. Behind it stood Todoist's REST API, which is gone; what that said of an unknown
project or task, or of a bad date, was not recorded.
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
    task = _task(account, arguments, otherwise="Task {} is not exists.")
    told = task_record(task)
    del told["is_completed"]
    value = {"message": "Complete task successfully.", "task": told}
    return Result(account.with_completed(task), value)


def _update_task(account: Account, arguments: Arguments) -> Todo:
    after = account.with_due_date(_task(account, arguments), arguments["due_date"])
    told = task_record(_task(after, arguments))
    return Result(after, {"message": "Update the task successfully", "task": told})


def _delete(account: Account, arguments: Arguments) -> Todo:
    task = _task(account, arguments, otherwise="Task {} is not exists.")
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
_TASKS = {
    "type": "array",
    "items": fields(
        id=text(),
        project_id=text(),
        order={"type": "integer"},
        content=text("Name of the task."),
        is_completed={"type": "boolean"},
        priority={
            "type": "integer",
            "description": "Task priority from 1 (normal) to 4 (urgent).",
        },
        due_date=text("The due date of the task."),
    ),
}
_DESCRIPTION = fields(
    id=text("Unique identifier of the task."),
    content=text("Name of the task."),
    description=text("Description of the task. Incluing the Place, Tips, etc."),
)
_DURATION = fields(
    id=text(),
    content=text("Name of the task."),
    duration=text("Duration of the task in the format of 'amount(unit)'."),
)
_ANSWER = {
    "type": ["string", "number", "array"],
    "description": "If the task is a question answering task, this is the answer to be returned. "
    "If the task is an operation task, the answer in 'done'",
}

TOOLBOX: Toolbox[Account] = Toolbox(
    (
        Tool(
            "get_user_current_date",
            "Get the user's current date.",
            _current_date,
            returns=plainly("The current date in 'YYYY-MM-DD' format."),
        ),
        Tool(
            "get_user_current_location",
            "Get the user's current city.",
            _current_location,
            returns=plainly("The user's current city."),
        ),
        Tool(
            "get_projects",
            "Get all projects in the Todoist account",
            _get_projects,
            returns=_PROJECTS,
        ),
        Tool(
            "update_project",
            "Update a project",
            _update_project,
            {"project_id": _ID, "is_favorite": choice("True", "False")},
            returns=plainly("Information of the updated project"),
        ),
        Tool(
            "get_tasks",
            "Get all tasks for a given project",
            _get_tasks,
            {"project_id": _ID},
            returns=_TASKS,
        ),
        Tool(
            "get_task_description",
            "Get the description of a specific task in the Todoist account.",
            _description,
            {"task_id": _ID},
            returns=_DESCRIPTION,
        ),
        Tool(
            "get_task_duration",
            "Get the duration of a specific task in the Todoist account.",
            _duration,
            {"task_id": _ID},
            returns=_DURATION,
        ),
        Tool(
            "complete_task",
            "Mark a task as completed",
            _complete,
            {"task_id": _ID},
            returns=plainly("information of the completed task"),
        ),
        Tool(
            "update_task",
            "Update a task",
            _update_task,
            {"task_id": _ID, "due_date": date()},
            returns=plainly("Information of the updated task"),
        ),
        Tool(
            "delete_task",
            "Delete a specific task from the Todoist account.",
            _delete,
            {"task_id": text("Unique identifier of the task to delete.")},
            returns=plainly("Information of the deleted task."),
        ),
        Tool(
            "check_valid_actions",
            "Get supported actions for current tool.",
            _check_valid_actions,
            returns=plainly("Supported actions for current tool."),
        ),
        Tool(
            "finish",
            "Call this action, when find the answer for the current task or complete essential "
            "operations.",
            _finish,
            {"answer": _ANSWER},
        ),
    )
)
