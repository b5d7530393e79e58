"""Best-of-N: sample whole trajectories and keep the one the reward model likes best."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from agentrm_envs import Tree
from harness.policy.core import Policy
from harness.search.rollout import rollouts
from harness.simulator import Simulator
from rewards.baselines import lot
from rewards.core import RewardModel


@dataclass(frozen=True, slots=True)
class BestOfN:
    """N rollouts from the root, of which the best finished one is chosen. (Paper, section 5.)

    An end's visits say how many of the N rollouts came to it.
    """

    n: int = 5
    """The paper's N for its main tables."""
    temperature: float = 0.7
    """Not in the paper; ETO's exploration uses 0.7."""

    @property
    def trajectories(self) -> int:
        return self.n

    async def __call__(
        self, simulator: Simulator, policy: Policy, reward_model: RewardModel
    ) -> int:
        roots = [Tree.ROOT] * self.n
        leaves = await rollouts(simulator, policy, roots, temperature=self.temperature)
        for leaf in leaves:
            simulator.tree.nodes[leaf].visits += 1
        return await choose(simulator.tree, sorted(set(leaves)), reward_model)


async def choose(tree: Tree, leaves: Sequence[int], reward_model: RewardModel) -> int:
    """Give the leaves the reward model's values and return the best; of equals one by lot.

    Their order must not decide: it tells which ended first, and where success ends an episode
    that is nearly what the oracle says. Each of the rollouts that came to a leaf has a lot.
    """
    values = await reward_model.score([tree.trajectory(leaf) for leaf in leaves])
    for leaf, value in zip(leaves, values, strict=True):
        tree.nodes[leaf].value = value
    best = max(values)
    equals = [leaf for leaf, value in zip(leaves, values, strict=True) if value == best]
    return max(equals, key=lambda leaf: _best_lot(tree, leaf))


def _best_lot(tree: Tree, leaf: int) -> float:
    trajectory = tree.trajectory(leaf)
    return max(lot(trajectory, number) for number in range(max(1, tree.nodes[leaf].visits)))
