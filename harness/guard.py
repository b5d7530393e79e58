"""Models at the door of the harness: their answers are checked, their errors get a name."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from agentrm_envs import Action, Trajectory
from agentrm_envs.errors import EnvError
from harness.policy.core import Policy
from rewards.core import RewardModel
from rewards.stopping import stopping


class ModelError(Exception):
    """A policy or a reward model raised, or answered with something that it may not."""


class GuardedPolicy:
    """A policy that answers with `n` proposals or raises a ModelError."""

    def __init__(self, policy: Policy) -> None:
        self._policy = policy

    async def propose(
        self, trajectory: Trajectory, n: int, *, temperature: float | None = None
    ) -> list[Action]:
        with _blamed_on("the policy"):
            actions = await self._policy.propose(trajectory, n, temperature=temperature)
            if len(actions) != n:
                raise ModelError(f"the policy was asked for {n} proposals and gave {len(actions)}")
            for action in actions:
                if not isinstance(action, Action):
                    raise ModelError(f"the policy gave a {type(action).__name__} as an Action")
                (action.text + action.completion).encode()  # no file can hold half a surrogate pair
        return actions


class GuardedReward:
    """A reward model that answers with one finite number a trajectory or raises a ModelError."""

    def __init__(self, reward_model: RewardModel) -> None:
        self._reward_model = reward_model

    async def score(self, trajectories: Sequence[Trajectory]) -> list[float]:
        with _blamed_on("the reward model"):
            scores = await self._reward_model.score(trajectories)
            if len(scores) != len(trajectories):
                raise ModelError(
                    f"the reward model was given {len(trajectories)} trajectories "
                    f"and gave {len(scores)} scores"
                )
            if not all(map(math.isfinite, scores)):
                raise ModelError(f"the reward model gave scores that are not finite: {scores}")
        return scores


@contextmanager
def _blamed_on(model: str) -> Iterator[None]:
    try:
        yield
    except (EnvError, ModelError):  # an EnvError is of an environment of the model's own
        raise
    except (Exception, asyncio.CancelledError) as error:
        if stopping(error):
            raise
        raise ModelError(f"{model} raised {type(error).__name__}: {error}") from error
