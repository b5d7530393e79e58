"""Playing one task of the toy with a search, as the tests of searches do."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from agentrm_envs import Action, Task, TextEnv, Trajectory, Tree
from harness.policy import Policy
from harness.policy.random import RandomPolicy
from harness.search import Search
from harness.simulator import Simulator
from rewards.baselines import OracleReward
from rewards.core import RewardModel
from tests.toy_env.env import ToyEnv

ABBA = Task("toy", "abba")
SEED = 2
"""Draws both letters at most nodes."""


def play(
    search: Search,
    env: TextEnv | None = None,
    reward_model: RewardModel | None = None,
    policy: Policy | None = None,
) -> tuple[Tree, int]:
    """The tree that the search grows on the task `abba`, and the leaf that it chooses."""
    simulator = Simulator(env or ToyEnv("toy", 4), ABBA)
    models = policy or RandomPolicy(SEED), reward_model or OracleReward()
    chosen = asyncio.run(search(simulator, *models))
    return simulator.tree, chosen


def spelled(tree: Tree, node: int) -> str:
    return "".join(step.action.text for step in tree.trajectory(node).steps)


def rendered(tree: Tree, chosen: int) -> str:
    """A tree as indented text: a line a node, in the order of the numbers at each depth."""
    lines: list[str] = []

    def show(node: int, depth: int) -> None:
        at = tree.nodes[node]
        value = "-" if at.value is None else f"{at.value:.4f}"
        marks = " done" * at.step.done + " <- chosen" * (node == chosen)
        name = at.step.action.text or "root"
        lines.append(f"{'  ' * depth}{name} #{node} value {value} visits {at.visits}{marks}")
        for child in tree.children(node):
            show(child, depth + 1)

    show(Tree.ROOT, 0)
    return "\n".join(lines) + "\n"


class Both:
    """A policy that proposes a and b in turn."""

    async def propose(
        self, trajectory: Trajectory, n: int, *, temperature: float | None = None
    ) -> list[Action]:
        return [Action("ab"[i % 2]) for i in range(n)]


class Asked:
    """A policy that notes what it is asked: the letters so far, and for how many proposals."""

    def __init__(self, policy: Policy) -> None:
        self._policy = policy
        self.calls: list[tuple[str, int]] = []

    async def propose(
        self, trajectory: Trajectory, n: int, *, temperature: float | None = None
    ) -> list[Action]:
        letters = "".join(step.action.text for step in trajectory.steps)
        self.calls.append((letters, n))
        return await self._policy.propose(trajectory, n, temperature=temperature)


class Scored:
    """A reward model that notes what it is given."""

    def __init__(self, reward_model: RewardModel) -> None:
        self._reward_model = reward_model
        self.given: list[str] = []

    async def score(self, trajectories: Sequence[Trajectory]) -> list[float]:
        self.given += ["".join(step.action.text for step in t.steps) for t in trajectories]
        return await self._reward_model.score(trajectories)
