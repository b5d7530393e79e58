"""The built-in tasks: levels and seeds that the expert solves in a few commands.

`python -m agentrm_envs.babyai.generate` rewrites both task files, byte for byte.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, zip_longest
from pathlib import Path
from typing import Any

from tqdm import tqdm

from agentrm_envs.babyai.expert import plan
from agentrm_envs.babyai.levels import LEVELS
from agentrm_envs.babyai.world import World
from agentrm_envs.registry import make
from agentrm_envs.task_files import listing, write_tables

MIN_COMMANDS, MAX_COMMANDS = 2, 15
"""How long the expert's plan may be: what one command solves tells nothing of a policy."""
SOLVABLE = tuple(level for level in LEVELS if level != "KeyInBox")
"""No command opens a box, so nobody gets at the key in it."""
ORDER_SEED = 0

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Split:
    """How many tasks a split takes, and the seeds that it tries at each level."""

    name: str
    tasks: int
    per_level: int
    seeds: range


TEST = Split("test", tasks=117, per_level=3, seeds=range(20_000, 20_060))
TRAIN = Split("train", tasks=600, per_level=16, seeds=range(10_000, 10_100))


def generate(
    split: Split, levels: Sequence[str] = SOLVABLE, taken: set[Any] | None = None
) -> dict[str, Row]:
    """A split's tasks by id; `taken` holds the beginnings already used, and grows.

    The levels take turns in an order shuffled anew for each round, so that the first tasks
    of a split are of many levels.
    """
    taken = set() if taken is None else taken
    by_level = [
        list(_admitted(split, level, taken)) for level in tqdm(levels, desc=f"babyai {split.name}")
    ]
    rng = random.Random(ORDER_SEED)
    rounds = [
        rng.sample(found, len(found))
        for found in ([row for row in turn if row] for turn in zip_longest(*by_level))
    ]
    rows = list(chain.from_iterable(rounds))[: split.tasks]
    return {f"{row['level']}/{row['seed']}": row for row in rows}


def beginning(level: str, seed: int) -> Any:
    """What tells one task's start from another's: the mission, the grid and the pose."""
    world = World(level, seed)
    looks = [None if cell is None else cell.encode() for cell in world.cells]
    held = None if world.carrying is None else world.carrying.encode()
    return world.mission, world.width, tuple(looks), world.position, world.direction, held


def solve(level: str, seed: int) -> list[str] | None:
    """The expert's plan for a level and seed, or None where it finds none."""
    env = make("babyai")
    env.reset(options={"task": f"{level}/{seed}"})
    commands = plan(env)
    solved = False
    for command in commands:
        solved = env.step(command)[4]["success"]
    return commands if solved else None


def _admitted(split: Split, level: str, taken: set[Any]) -> Iterator[Row]:
    found = 0
    for seed in split.seeds:
        if found == split.per_level:
            return
        start = beginning(level, seed)
        if start in taken:
            continue
        commands = solve(level, seed)
        if commands is None or not MIN_COMMANDS <= len(commands) <= MAX_COMMANDS:
            continue
        taken.add(start)
        found += 1
        yield {"level": level, "seed": seed, "plan_length": len(commands)}


def write(folder: Path) -> None:
    """Write `tasks.test.json` and `tasks.train.json`."""
    taken: set[Any] = set()
    for split in (TEST, TRAIN):
        rows = generate(split, taken=taken)
        write_tables(folder, {split.name: listing(rows)})


if __name__ == "__main__":
    write(Path(__file__).parent)
