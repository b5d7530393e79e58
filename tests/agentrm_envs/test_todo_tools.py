"""The to-do account and its tools: AgentBoard's words and shapes, and what changes."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

from agentrm_envs.tool_operation.todo import reading
from agentrm_envs.tool_operation.todo.account import Account, status
from agentrm_envs.tool_operation.todo.problem import cleaned, share
from agentrm_envs.tool_operation.todo.tools import TOOLBOX
from agentrm_envs.tools.call import Call


def _todo(content: str, due: str, duration: int, priority: int) -> dict[str, Any]:
    return {
        "content": content,
        "description": f"- Place: {content} room",
        "due_date": due,
        "duration": duration,
        "duration_unit": "minute",
        "priority": priority,
    }


PROJECTS = [
    {
        "name": "Band",
        "tasks": [_todo("Tune", "2024-03-02", 20, 1), _todo("Play", "2024-03-09", 90, 4)],
    },
    {"name": "Boat", "is_favorite": True, "tasks": [_todo("Scrub", "2024-03-05", 45, 2)]},
]
START = reading.account(PROJECTS, current_date="2024-03-04", current_location="Bergen")
BAND, BOAT = START.projects
TUNE, PLAY, SCRUB = START.tasks


def call(account: Account, tool: str, **arguments: Any) -> tuple[Account, str]:
    reply = TOOLBOX.carry_out(account, Call(tool, arguments))
    assert not reply.internal_error
    return reply.state, reply.observation


def answer(tool: str, **arguments: Any) -> str:
    after, text = call(START, tool, **arguments)
    assert after == START
    return text


def test_reading_has_agentboards_shapes():
    assert answer("get_user_current_date") == "2024-03-04"
    assert answer("get_user_current_location") == "Bergen"
    assert answer("get_projects") == (
        f"[{{'id': '{BAND.id}', 'order': 1, 'color': 'charcoal', 'name': 'Band', "
        f"'is_favorite': False}}, {{'id': '{BOAT.id}', 'order': 2, 'color': 'charcoal', "
        "'name': 'Boat', 'is_favorite': True}]"
    )
    assert answer("get_tasks", project_id=BOAT.id) == (
        f"[{{'id': '{SCRUB.id}', 'order': 1, 'content': 'Scrub', 'is_completed': False, "
        "'priority': 2, 'due_date': '2024-03-05'}]"
    )
    assert answer("get_task_description", task_id=int(TUNE.id)) == (
        f"{{'id': '{TUNE.id}', 'content': 'Tune', 'description': '- Place: Tune room'}}"
    )
    assert answer("get_task_duration", task_id=PLAY.id) == (
        f"{{'id': '{PLAY.id}', 'content': 'Play', 'duration': '90(minute)'}}"
    )
    assert answer("check_valid_actions").startswith(
        "You can use following valid actions: ['get_user_current_date', 'get_user_current_"
    )
    assert answer("finish", answer=["b", "a"]) == "['a', 'b']"
    assert answer("finish", answer=3) == "3"


def test_changes_answer_with_a_message_and_what_was_changed():
    after, text = call(START, "complete_task", task_id=PLAY.id)
    assert text == (
        "{'message': 'Complete task successfully.', 'task': "
        f"{{'id': '{PLAY.id}', 'order': 2, 'content': 'Play', 'priority': 4, "
        "'due_date': '2024-03-09'}}"
    )
    assert (after.tasks, after.completed) == ((TUNE, SCRUB), (PLAY.id,))
    after, text = call(START, "update_task", task_id=PLAY.id, due_date="2024-02-29")
    assert text.startswith("{'message': 'Update the task successfully', 'task': {'id'")
    assert [task.due_date for task in after.tasks] == ["2024-03-02", "2024-02-29", "2024-03-05"]
    after, text = call(START, "delete_task", task_id=TUNE.id)
    assert text.startswith("{'message': 'Delete the task successfully.', 'task': {'id'")
    assert (after.tasks, after.completed) == ((PLAY, SCRUB), ())
    after, text = call(START, "update_project", project_id=BOAT.id, is_favorite="False")
    assert text.startswith("{'message': 'Update the project successfully.', 'project': {'id'")
    assert [project.is_favorite for project in after.projects] == [False, False]


def test_what_is_gone_stays_gone():
    after, _ = call(START, "complete_task", task_id=PLAY.id)
    for tool in ("complete_task", "delete_task"):
        assert call(after, tool, task_id=PLAY.id) == (after, f"Task {PLAY.id} is not exists.")
    assert call(after, "get_task_duration", task_id=PLAY.id) == (after, "Task not found")
    _, listed = call(after, "get_tasks", project_id=BAND.id)
    assert "'Tune'" in listed
    assert "'Play'" not in listed


@pytest.mark.parametrize(
    ("tool", "arguments", "text"),
    [
        ("get_tasks", {"project_id": "1"}, "Project not found"),
        ("update_project", {"project_id": "1", "is_favorite": "True"}, "Project not found"),
        ("update_project", {"project_id": BAND.id, "is_favorite": "yes"}, "is_favorite is 'yes'"),
        ("update_task", {"task_id": TUNE.id, "due_date": "tomorrow"}, "not a date YYYY-MM-DD"),
        ("update_task", {"task_id": TUNE.id, "due_date": "2023-02-29"}, "not a date YYYY-MM-DD"),
        ("update_task", {"task_id": TUNE.id}, "ERROR | KeyError('due_date')"),
        *(
            (tool, {"task_id": task}, f"Task {task} is not exists.")
            for tool in ("complete_task", "delete_task")
            for task in (None, ["1"], 5)
        ),
        ("finish", {}, "ERROR | KeyError('answer')"),
        ("finish", {"answer": ["a", 1]}, "ERROR | TypeError("),
        ("finnish", {"answer": "a"}, "ERROR | Invalid action: finnish.\nDid you mean finish?"),
    ],
)
def test_failures_are_told_and_change_nothing(tool, arguments, text):
    assert text in answer(tool, **arguments)


def test_ids_are_short_apart_and_those_of_the_day():
    days = [f"2024-05-{day:02}" for day in range(1, 31)]
    made = [reading.account(PROJECTS, current_date=day, current_location="x") for day in days]
    for account in made:
        ids = [each.id for each in (*account.projects, *account.tasks)]
        assert len(set(ids)) == 5
        assert [len(id) for id in ids] == [4, 4, 5, 5, 5]
    assert len({account.projects[0].id for account in made}) > 25


def test_the_status_has_no_ids_and_follows_the_projects():
    assert status(START) == {
        "projects": [
            {"order": 1, "color": "charcoal", "name": "Band", "is_favorite": False},
            {"order": 2, "color": "charcoal", "name": "Boat", "is_favorite": True},
        ],
        "tasks": [
            {"order": n, "content": c, "is_completed": False, "priority": p, "due_date": d}
            for n, c, p, d in (
                (1, "Tune", 1, "2024-03-02"),
                (2, "Play", 4, "2024-03-09"),
                (1, "Scrub", 2, "2024-03-05"),
            )
        ],
    }


def _agentboards_share(subgoals: list[Any], results: list[Any]) -> float:
    """AgentBoard's loop, as it is described: each result can serve one subgoal."""
    rest, count = list(results), 0
    for subgoal in subgoals:
        if subgoal in rest:
            rest.remove(subgoal)
            count += 1
    return count / len(subgoals)


def test_the_share_of_subgoals_is_agentboards():
    values = ["done", 2, "2", 2.0, ["a"], [], {"k": [1]}, {"k": [1.0]}]
    for subgoals in itertools.product(values, repeat=2):
        for results in itertools.product(values, repeat=2):
            wanted = _agentboards_share(list(subgoals), list(results))
            assert share(subgoals, results) == wanted, (subgoals, results)


def test_results_are_compared_without_ids():
    assert cleaned([{"id": "1", "name": "a"}, "b"]) == [{"name": "a"}, "b"]
    told = {"message": "m", "task": {"id": "1", "order": 2}}
    assert cleaned(told) == {"message": "m", "task": {"order": 2}}
    assert told["task"] == {"id": "1", "order": 2}
