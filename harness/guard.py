"""Models at the door of the harness: their answers are checked, their errors get a name."""

from __future__ import annotations

import math
from collections.abc import Sequence

from agentrm_envs import Action, Trajectory
from agentrm_envs.errors import EnvError
from harness.policy.core import Policy
from rewards.core import RewardModel


class ModelError(Exception):
    """A policy or a reward model raised, or answered with something that it may not."""


class GuardedPolicy:
    """A policy that answers with `n` proposals or raises a ModelError."""

    def __init__(self, policy: Policy) -> None:
        self._policy = policy

    async def propose(
        self, trajectory: Trajectory, n: int, *, temperature: float | None = None
    ) -> list[Action]:
        try:
            actions = await self._policy.propose(trajectory, n, temperature=temperature)
        except EnvError:  # of an environment of the policy's own
            raise
        except Exception as error:
            raise ModelError(f"the policy raised {type(error).__name__}: {error}") from error
        if len(actions) != n:
            raise ModelError(f"the policy was asked for {n} proposals and gave {len(actions)}")
        return actions


class GuardedReward:
    """A reward model that answers with one finite number a trajectory or raises a ModelError."""

    def __init__(self, reward_model: RewardModel) -> None:
        self._reward_model = reward_model

    async def score(self, trajectories: Sequence[Trajectory]) -> list[float]:
        try:
            scores = await self._reward_model.score(trajectories)
        except Exception as error:
            raise ModelError(f"the reward model raised {type(error).__name__}: {error}") from error
        if len(scores) != len(trajectories):
            raise ModelError(
                f"the reward model was given {len(trajectories)} trajectories "
                f"and gave {len(scores)} scores"
            )
        if not all(map(math.isfinite, scores)):
            raise ModelError(f"the reward model gave scores that are not finite: {scores}")
        return scores
