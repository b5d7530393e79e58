"""Which tasks are of a test split, on which nothing may be trained."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from functools import cache

from agentrm_envs import Task
from agentrm_envs.errors import EnvError
from agentrm_envs.task_lists import DATA, task_table


def of_test_split(tasks: Iterable[Task]) -> list[Task]:
    """Those of the tasks that are in their environment's test split, of whatever data."""
    return [task for task in tasks if task.id in _tested(task.env)]


def warning(tasks: Iterable[Task]) -> str:
    """What to say of tasks that are to be trained on; nothing where that is right."""
    tested = [f"{task.env}/{task.id}" for task in of_test_split(tasks)]
    if not tested:
        return ""
    return (
        f"note: {len(tested)} tasks to train on are of the test split, as {tested[0]}: what is "
        "trained on them has seen what the benchmark and the leaderboard ask; "
        "explore with `--split train`"
    )


@cache
def _tested(env: str) -> frozenset[str]:
    found: set[str] = set()
    for data in DATA:
        # An environment may be another package's, and official data need not be here.
        with suppress(EnvError, ImportError):
            found.update(task_table(env, "test", data))
    return frozenset(found)
