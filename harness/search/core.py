"""The search interface."""

from __future__ import annotations

from typing import Protocol

from harness.policy.core import Policy
from harness.simulator import Simulator
from rewards.core import RewardModel


class Search(Protocol):
    """A way to spend inference on choosing a trajectory."""

    async def __call__(
        self, simulator: Simulator, policy: Policy, reward_model: RewardModel
    ) -> int:
        """Grow `simulator.tree` and return the finished leaf to be judged by."""
        ...
