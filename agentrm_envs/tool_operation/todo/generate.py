"""Draws to-do tasks: an account, something to ask or to change in it, and the calls for that."""

from __future__ import annotations

import datetime
import random
from collections.abc import Callable, Iterator
from typing import Any, TypeAlias

from agentrm_envs.tool_operation.todo import combinations, operations, questions, reading
from agentrm_envs.tool_operation.todo.drafting import Draft, Scene
from agentrm_envs.tool_operation.todo.texts import CITIES, PEOPLE, PLACES, PROJECTS, THINGS

Maker: TypeAlias = Callable[[Scene], Draft | None]
MAKERS: tuple[Maker, ...] = (
    *questions.MAKERS,
    *operations.MAKERS,
    *combinations.MAKERS,
)
DURATIONS = (10, 15, 20, 25, 30, 40, 45, 50, 60, 75, 90, 105, 120, 150, 180)
FIRST_DAY = datetime.date(2024, 1, 8)


def drafts(rng: random.Random) -> Iterator[dict[str, Any]]:
    """Tasks without end, every kind as often; some are to be rejected by who asks."""
    while True:
        for maker in MAKERS:
            yield _drawn(rng, maker)


def _drawn(rng: random.Random, maker: Maker) -> dict[str, Any]:
    """A task of that kind, on the first account that is good for one."""
    while True:
        world = drawn_world(rng)
        draft = maker(Scene(rng, reading.account(**world)))
        if draft is not None:
            calls = [[call.tool, dict(call.arguments)] for call in draft.calls]
            return {
                "application": "todo",
                "kind": maker.__name__,
                "goal": draft.goal,
                **world,
                "program": [*calls, ["finish", {"answer": draft.answer}]],
            }


def drawn_world(rng: random.Random) -> dict[str, Any]:
    """Three or four projects with two to four tasks each, on some day in some city."""
    today = FIRST_DAY + datetime.timedelta(days=rng.randrange(700))
    projects = [
        _project(rng, name, today) for name in rng.sample(sorted(PROJECTS), rng.choice((3, 3, 4)))
    ]
    return {
        "projects": projects,
        "current_date": today.isoformat(),
        "current_location": rng.choice(CITIES),
    }


def _project(rng: random.Random, name: str, today: datetime.date) -> dict[str, Any]:
    contents = rng.sample(PROJECTS[name], rng.randint(2, 4))
    tasks = [_task(rng, content, today) for content in contents]
    return {"name": name, "is_favorite": rng.random() < 0.2, "tasks": tasks}


def _task(rng: random.Random, content: str, today: datetime.date) -> dict[str, Any]:
    due = today + datetime.timedelta(days=rng.randint(-4, 24))
    lines = (
        f"- Place: {rng.choice(PLACES)}",
        f"- Bring: {rng.choice(THINGS)}",
        f"- Contact: {rng.choice(PEOPLE)}",
    )
    return {
        "content": content,
        "description": "\n".join(lines),
        "due_date": due.isoformat(),
        "duration": rng.choice(DURATIONS),
        "priority": rng.randint(1, 4),
    }
