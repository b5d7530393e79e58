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
