"""The tables of tasks that come with each environment, built in or official."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from importlib import resources
from typing import Any, TypeVar

from agentrm_envs.commands import meant
from agentrm_envs.errors import EnvError, MissingData, UnknownTask, require_known
from agentrm_envs.record import Task

Item = TypeVar("Item")

SPLITS = ("train", "test")
DATA = ("builtin", "official")


def tasks(name: str, split: str = "test", data: str = "builtin") -> list[Task]:
    """The tasks of one split, always in the same order."""
    return [Task(name, id) for id in task_table(name, split, data)]


@cache
def task_table(name: str, split: str = "test", data: str = "builtin") -> Mapping[str, Any]:
    """The tasks of one split by id: the value is what the environment's `_start` reads.

    Built-in tables are `tasks.{split}.json` beside the environment: an object of id -> task.
    Official ones come from `load(split)` of the environment's module `official`. A variant may
    have a list of its own, see `EnvSpec.protocol_tasks`.
    """
    from agentrm_envs.registry import has, load, spec  # the registry's own imports end here

    require_known(name, "split", split, SPLITS)
    require_known(name, "data", data, DATA)
    known = spec(name)
    table: Mapping[str, Any]
    if known.own_tasks:
        table = load(known.own_tasks, name)(split, data)
    elif data == "official":
        table = load(f"{known.package}.official:load", name)(split) if has(name, "official") else {}
    else:
        listing = resources.files(known.package) / f"tasks.{split}.json"
        table = json.loads(listing.read_text(encoding="utf-8")) if listing.is_file() else {}
    if not table:
        raise MissingData(f"{name} has no {data} tasks in its {split} split")
    return table


def chosen(
    words: Iterable[str], split: str = "test", data: str = "builtin", limit: int = 0
) -> list[Task]:
    """The tasks that words such as `maze` and `maze/test-009` name, each once.

    An environment's name stands for `limit` of its split, evenly spread (0: all); with a task's
    id after it, for that task.
    """
    found = (task for word in words for task in _chosen(word, split, data, limit))
    return list(dict.fromkeys(found))


def named(word: str) -> tuple[str, str | None]:
    """The environment and the task's id in a word such as `maze/test-009`; None without an id.

    Gymnasium's id of an environment is left whole, so that it is refused as such.
    """
    from agentrm_envs.registry import ENVS  # the registry's own imports end here

    name, slash, id = word.partition("/")
    if not slash or any(known.id == word for known in ENVS.values()):
        return word, None
    return name, id


def _chosen(word: str, split: str, data: str, limit: int) -> list[Task]:
    name, id = named(word)
    if id is None:
        return spread(tasks(name, split, data), limit)
    table = task_table(name, split, data)
    if id not in table:
        hint = meant(id, table) or f"; `python -m agentrm_envs tasks {name}` lists them"
        raise UnknownTask(f"{name} has no {data} task {id!r} in its {split} split{hint}")
    return [Task(name, id)]


def spread(items: Sequence[Item], limit: int) -> list[Item]:
    """`limit` of the items (0: all) at even distances, so every family in them has its share."""
    if limit < 0:
        raise EnvError(f"a limit of {limit}: it is a number of items; 0 or more (0: all)")
    count = min(limit or len(items), len(items))
    return [items[i * len(items) // count] for i in range(count)]
