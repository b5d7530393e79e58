"""The built-in tasks: seeds of households that the expert solves.

`python -m agentrm_envs.alfworld.generate` rewrites both task files, byte for byte. A task is a
seed with the kinds of its goal and room; `furnish.py` makes the household when it begins.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

from tqdm import tqdm

from agentrm_envs.alfworld.engine import Engine
from agentrm_envs.alfworld.expert import Explorer
from agentrm_envs.alfworld.furnish import household_of
from agentrm_envs.alfworld.household import GOAL_KINDS, GoalKind
from agentrm_envs.task_files import listing, write_tables

ROOMS: Mapping[GoalKind, tuple[str, ...]] = {
    "pick": ("kitchen", "livingroom", "bedroom", "bathroom"),
    "light": ("livingroom", "bedroom"),
    "clean": ("kitchen", "bathroom"),
    "heat": ("kitchen",),
    "cool": ("kitchen",),
    "two": ("kitchen", "livingroom", "bedroom", "bathroom"),
}
MAX_COMMANDS = 30
"""How many commands the expert may need, searching included: AgentBoard's step limit."""
Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Split:
    """How many tasks a split has, and the first of the seeds that it tries."""

    name: str
    tasks: int
    first_seed: int


TRAIN = Split("train", tasks=2_400, first_seed=100_000)
TEST = Split("test", tasks=240, first_seed=500_000)


def generate(split: Split) -> dict[str, Row]:
    """A split's tasks by id, the kinds of goals and rooms taking turns."""
    turns = [(goal, room) for goal in GOAL_KINDS for room in ROOMS[goal]]
    random.Random(split.first_seed).shuffle(turns)
    # Goals take turns evenly, however many kinds of rooms they can be in.
    by_goal = {goal: [turn for turn in turns if turn[0] == goal] for goal in GOAL_KINDS}
    rows: dict[str, Row] = {}
    seeds = count(split.first_seed)
    for number in tqdm(range(split.tasks), desc=f"alfworld {split.name}"):
        goal = GOAL_KINDS[number % len(GOAL_KINDS)]
        choices = by_goal[goal]
        room = choices[number // len(GOAL_KINDS) % len(choices)][1]
        seed, commands = next(_admitted(seeds, goal, room, split.name))
        rows[f"{goal}/{room}-{seed}"] = {
            "seed": seed,
            "goal": goal,
            "room": room,
            "layouts": split.name,
            "plan_length": commands,
        }
    return rows


def _admitted(
    seeds: Iterator[int], goal: GoalKind, room: str, layouts: str
) -> Iterator[tuple[int, int]]:
    """Seeds whose task the expert solves in time, with the number of its commands."""
    for seed in seeds:
        engine = Engine(household_of(seed, goal=goal, room=room, layouts=layouts))
        if not engine.won(engine.start):
            commands = len(Explorer(engine, engine.start, 0).commands())
            if commands <= MAX_COMMANDS:
                yield seed, commands


def main() -> None:
    tables = {split.name: listing(generate(split)) for split in (TRAIN, TEST)}
    write_tables(Path(__file__).parent, tables)


if __name__ == "__main__":
    main()
