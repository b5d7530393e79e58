"""Trees of the toy environment for these tests: written by hand, drawn, and grown by MCTS."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path

from pydantic import TypeAdapter

import tests.toys  # registers the environment `toy`
from agentrm_envs import Action, Step, Task, Tree, make
from harness.search import MCTS
from harness.simulator import Simulator
from rewards.baselines import OracleReward

_TREE = TypeAdapter(Tree)


def back_up(tree: Tree, end: int) -> None:
    """Count the score at `end` on every node of its path, as MCTS does."""
    score = tree.trajectory(end).score
    for index in tree.path(end):
        node = tree.nodes[index]
        node.value = ((node.value or 0.0) * node.visits + score) / (node.visits + 1)
        node.visits += 1


def tree_of(task: str, *rollouts: str, env: str = "toy") -> Tree:
    """The tree of rollouts `letters=score`, as in `ab=1`; all of them end their episode."""
    tree = Tree.rooted(Task(env, task), "Spell.", "Type a letter.")
    for rollout in rollouts:
        letters, score = rollout.split("=")
        place = Tree.ROOT
        for index, letter in enumerate(letters):
            last = index == len(letters) - 1
            step = Step(Action(letter), f"{letters[: index + 1]}.", float(score) * last, last)
            same = [i for i in tree.children(place) if tree.nodes[i].step.action.text == letter]
            place = same[0] if same else tree.add(place, step)
        back_up(tree, place)
    return tree


def drawn(task: str, seed: int, rollouts: int = 30, depth: int = 5) -> Tree:
    """A tree of random rollouts of up to `depth` letters; the end's letters decide the score."""
    rng = random.Random(seed)
    words = []
    for _ in range(rollouts):
        letters = "".join(rng.choices("ab", k=depth - 1)) + rng.choice("xyz")
        words.append(f"{letters}={letters.count('a') / depth}")
    return tree_of(task, *words)


def grown(env: str, tasks: int, *, search: MCTS | None = None, seed: int = 0) -> list[Tree]:
    """MCTS trees of an environment's first tasks, with a coin's policy and the oracle's scores."""
    search = search or MCTS(30)

    async def grow() -> list[Tree]:
        policy, trees = tests.toys.CoinPolicy(seed), []
        with closing(make(env)) as world:
            for task in world.tasks[:tasks]:
                simulator = Simulator(world, Task(env, task))
                await search(simulator, policy, OracleReward())
                trees.append(simulator.tree)
        return trees

    return asyncio.run(grow())


def written(folder: Path, trees: Iterable[Tree], *more: bytes) -> Path:
    """A run directory with an episode for each tree, and then the lines `more`."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "episodes.jsonl").write_bytes(b"".join([*map(line, trees), *more]))
    return folder


def line(tree: Tree, error: str = "null") -> bytes:
    return b'{"tree":' + _TREE.dump_json(tree) + b',"chosen":0,"error":' + error.encode() + b"}\n"
