"""The built-in tasks: variations of the simulator's own splits that the expert solves.

`python -m agentrm_envs.sciworld.generate` rewrites both task files, byte for byte; it takes the
better part of an hour, most of it for the simulator's gold paths.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
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

Row = dict[str, Any]


def generate(split: str, per_kind: int) -> dict[str, Row]:
    """A split's tasks by id, at most `per_kind` of each kind, in rounds of the kinds."""
    by_kind = {
        kind: list(_admitted(kind, split, per_kind))
        for kind in tqdm(sorted(set(KINDS) - set(LEFT_OUT)), desc=f"sciworld {split}")
    }
    return {f"{row['kind']}/{row['variation']}": row for row in in_rounds(by_kind)}


def candidates(kind: str, split: str, number: int) -> list[int]:
    """At most `number` of a split's variations, at even distances."""
    every = KINDS[kind].numbers(split)
    number = min(number, len(every))
    return [every[i * len(every) // number] for i in range(number)]


def is_solved(kind: str, variation: int) -> bool:
    """Whether the expert reaches success in a variation."""
    with closing(make("sciworld")) as env:
        env.reset(options={"task": f"{kind}/{variation}"})
        try:
            plan = expert("sciworld")(env)
        except NoPlan:
            return False
        success = False
        for action in plan:
            success = env.step(action)[4]["success"]
    return success


def _admitted(kind: str, split: str, wanted: int) -> Iterator[Row]:
    tried = candidates(kind, split, TRIED[split])
    # Every second one first, so that those taken lie all over the split.
    found = 0
    for variation in [*tried[::2], *tried[1::2]]:
        if found == wanted:
            return
        if is_solved(kind, variation):
            found += 1
            yield {"kind": kind, "variation": variation}


def write(folder: Path) -> None:
    """Write `tasks.test.json` and `tasks.train.json`."""
    for split, per_kind in PER_KIND.items():
        rows = generate(split, per_kind)
        write_tables(folder, {split: listing(rows)})


if __name__ == "__main__":
    write(Path(__file__).parent)
