"""The built-in tasks: variations of the simulator's own splits that the expert solves.

`python -m agentrm_envs.sciworld.generate` rewrites both task files, byte for byte; it takes the
better part of an hour, most of it for the simulator's gold paths. A soak test draws them anew kind
by kind, see `tests/agentrm_envs/test_sciworld_tasks.py`.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from itertools import islice
from pathlib import Path
from typing import Any

from tqdm import tqdm

from agentrm_envs.errors import NoPlan
from agentrm_envs.registry import expert, make
from agentrm_envs.sciworld.kinds import KINDS, in_rounds
from agentrm_envs.task_files import listing, write_tables

PER_KIND = {"test": 6, "train": 10}
"""Variations of each kind; all would be mostly of the few kinds that have hundreds."""
LEFT_OUT = ("mendelian-genetics-known-plant", "mendelian-genetics-unknown-plant")
"""Playable, but their gold paths take 130 steps, each of them twenty times another's time."""
TRIED = {"test": 12, "train": 24}
"""Variations of each kind that may be tried for them."""
TIMEOUT = 1_200.0
"""Seconds that a gold path may take: some ten on a free core, and many more on a busy one."""

Row = dict[str, Any]


def generate(split: str) -> dict[str, Row]:
    """A split's tasks by id, in rounds of the kinds."""
    kinds = tqdm(sorted(set(KINDS) - set(LEFT_OUT)), desc=f"sciworld {split}")
    by_kind = {kind: list(admitted(kind, split)) for kind in kinds}
    return {f"{row['kind']}/{row['variation']}": row for row in in_rounds(by_kind)}


def admitted(kind: str, split: str) -> Iterator[Row]:
    """A split's tasks of a kind, at most `PER_KIND`."""
    tried = candidates(kind, split, TRIED[split])
    # Every second one first, so that those taken lie all over the split.
    solved = (each for each in [*tried[::2], *tried[1::2]] if is_solved(kind, each))
    for variation in islice(solved, PER_KIND[split]):
        yield {"kind": kind, "variation": variation}


def candidates(kind: str, split: str, number: int) -> list[int]:
    """At most `number` of a split's variations, at even distances."""
    every = KINDS[kind].numbers(split)
    number = min(number, len(every))
    return [every[i * len(every) // number] for i in range(number)]


def is_solved(kind: str, variation: int) -> bool:
    """Whether the expert reaches success in a variation."""
    with closing(make("sciworld", timeout=TIMEOUT)) as env:
        env.reset(options={"task": f"{kind}/{variation}"})
        try:
            plan = expert("sciworld")(env)
        except NoPlan:
            return False
        success = False
        for action in plan:
            success = env.step(action)[4]["success"]
    return success


def write(folder: Path) -> None:
    """Write `tasks.test.json` and `tasks.train.json`."""
    for split in PER_KIND:
        write_tables(folder, {split: listing(generate(split))})


if __name__ == "__main__":
    write(Path(__file__).parent)
