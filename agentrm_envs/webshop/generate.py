"""Makes the built-in tasks: `python -m agentrm_envs.webshop.generate` writes both task files.

The same seed gives the same bytes. Every task is about a product of a family of its own, and
the expert has bought what it asks for within the step limit.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from tqdm import tqdm

from agentrm_envs.task_files import listing, write_tables
from agentrm_envs.webshop.designs import FAMILIES, family
from agentrm_envs.webshop.env import WebShopEnv
from agentrm_envs.webshop.expert import plan
from agentrm_envs.webshop.reward import best_reward
from agentrm_envs.webshop.wording import task_of

SEED = "agentrm webshop 1"
TRAIN, TEST = 1_500, 300
SHOWN = (19, 1178)
"""The families of the worked examples (`examples.json`), which are in no split."""
EASY = 0.5
"""How many of the tasks are admitted in which the first result of a plain search will do."""


def main() -> None:
    write_tables(Path(__file__).parent, files())


def files() -> dict[str, str]:
    """The text of each split's task file, one task a line."""
    found = islice(admitted(), TRAIN + TEST)
    tasks = list(tqdm(found, total=TRAIN + TEST, desc="tasks the expert solves"))
    splits = {"train": tasks[:TRAIN], "test": tasks[TRAIN:]}
    return {
        split: listing({f"{split}-{n:04}": task for n, task in enumerate(made)})
        for split, made in splits.items()
    }


def admitted() -> Iterator[dict[str, Any]]:
    """The tasks that the expert solves, of all families in a fixed order."""
    order = [number for number in range(FAMILIES) if number not in SHOWN]
    random.Random(SEED).shuffle(order)
    env = WebShopEnv()
    rng = random.Random(SEED)
    for number in order:
        task = f"family-{number}"
        if _solved(env, task) and (rng.random() < EASY or not _is_easy(env, task)):
            yield task_of(family(number))


def _solved(env: WebShopEnv, task: str) -> bool:
    """Whether the expert buys all that the task asks for."""
    _, info = env.reset(options={"task": task})
    for action in plan(env):
        *_, info = env.step(action)
    return bool(info["success"])


def _is_easy(env: WebShopEnv, task: str) -> bool:
    """Whether the first product that the instruction's own words find is all that it asks for."""
    env.reset(options={"task": task})
    env.step(env.valid_actions()[0])
    catalogue = env.shop.catalogue
    first = env.shop.found(env.place.keywords)[0]
    best = best_reward(catalogue.product(first), env.goal, price=catalogue.price(first))
    return best == 1.0


if __name__ == "__main__":
    main()
