"""The search interface."""

from __future__ import annotations

from typing import Protocol

from harness.policy.core import Policy
from harness.simulator import Simulator
from rewards.core import RewardModel


class Search(Protocol):
    """A way to spend inference on choosing a trajectory."""

    @property
    def trajectories(self) -> int:
        """How many it grows at once, so that a policy has to remember what they hold."""
        ...

    async def __call__(
        self, simulator: Simulator, policy: Policy, reward_model: RewardModel
    ) -> int:
        """Grow `simulator.tree` and return the finished leaf to be judged by."""
        ...
