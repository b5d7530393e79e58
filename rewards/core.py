"""The reward model interface."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from agentrm_envs import Trajectory


class RewardModel(Protocol):
    """Scores trajectories; it never sees the environment's own score unless it is an oracle."""

    async def score(self, trajectories: Sequence[Trajectory]) -> list[float]:
        """One score for each trajectory, finished or not, in their order; more is better."""
        ...


def compares(reward_model: RewardModel) -> bool:
    """Whether its numbers come from comparing what a call holds, so that two calls' do not compare.

    A reward model says so by an attribute `compares`; one that lacks it does not.
    """
    return bool(getattr(reward_model, "compares", False))
