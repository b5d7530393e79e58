"""Greedy decoding: the likeliest action, to the end of the episode."""

from __future__ import annotations

from dataclasses import dataclass

from agentrm_envs import Tree
from harness.policy.core import Policy
from harness.search.rollout import rollouts
from harness.simulator import Simulator
from rewards.core import RewardModel


@dataclass(frozen=True, slots=True)
class Greedy:
    """The paper's baseline: temperature 0 and no reward model. (Paper, section 5.)"""

    @property
    def trajectories(self) -> int:
        return 1

    async def __call__(
        self, simulator: Simulator, policy: Policy, reward_model: RewardModel
    ) -> int:
        [leaf] = await rollouts(simulator, policy, [Tree.ROOT], temperature=0.0)
        return leaf
