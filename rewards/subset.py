"""`python -m rewards subset`: the rows of some of a values file's tasks, for data scaling."""

from __future__ import annotations

import argparse
import math
import random
from collections import defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path

from agentrm_envs import Task
from rewards.errors import BadData, BadSetting
from rewards.values import read_values, to_lines
from rewards.whole_file import write

ABOUT = """\
Writes the rows of a share of each environment's tasks, drawn from the seed. A smaller share's
tasks are among those of a larger one, and whole tasks stay or go: states of one task are alike."""


def add_flags(verb: argparse.ArgumentParser) -> None:
    verb.add_argument("values", type=Path, metavar="FILE", help="a values file")
    verb.add_argument("--share", type=float, required=True, help="of the tasks, in (0, 1]")
    verb.add_argument("--seed", type=int, default=0, help="chooses the tasks (%(default)s)")
    verb.add_argument("--out", type=Path, required=True, metavar="FILE", help="where they go")
    verb.set_defaults(run=run)


def run(given: argparse.Namespace) -> int:
    rows = list(read_values(given.values))
    if not rows:
        raise BadData(f"{given.values} has no rows to take a share of; was anything extracted?")
    kept = chosen((row.task for row in rows), given.share, given.seed)
    left = [row for row in rows if row.task in kept]
    write(given.out, to_lines(left))
    print(f"{given.out}: {len(left)} of {len(rows)} rows, {len(kept)} tasks")
    return 0


def chosen(tasks: Iterable[Task], share: float, seed: int) -> set[Task]:
    """At least one task of each environment; the first ones of an order that the seed gives."""
    if not 0 < share <= 1:
        raise BadSetting(f"a share is in (0, 1], not {share}")
    by_env: dict[str, set[str]] = defaultdict(set)
    for task in tasks:
        by_env[task.env].add(task.id)
    return {
        Task(env, id)
        for env, ids in by_env.items()
        for id in _first(sorted(ids), share, random.Random(f"{seed}/{env}/subset"))
    }


def _first(ids: Sequence[str], share: float, rng: random.Random) -> list[str]:
    order = rng.sample(ids, len(ids))
    return order[: math.ceil(share * len(ids) - 1e-9)]
