"""Reward models without a model: what the learned ones are measured against."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass

from agentrm_envs import Trajectory
from rewards.factories import ModelRequest


@dataclass(frozen=True, slots=True)
class NoReward:
    """Knows nothing: every trajectory gets 0, so a search keeps its policy's first proposals."""

    async def score(self, trajectories: Sequence[Trajectory]) -> list[float]:
        return [0.0] * len(trajectories)


@dataclass(frozen=True, slots=True)
class RandomReward:
    """A number in [0, 1) drawn from the seed, the task and the actions: always the same."""

    seed: int = 0

    async def score(self, trajectories: Sequence[Trajectory]) -> list[float]:
        return [self._draw(trajectory) for trajectory in trajectories]

    def _draw(self, trajectory: Trajectory) -> float:
        task = trajectory.task
        actions = [step.action.text for step in trajectory.steps]
        key = json.dumps([self.seed, task.env, task.id, actions]).encode()
        return (int.from_bytes(hashlib.sha256(key).digest()[:8], "big") >> 11) / (1 << 53)


@dataclass(frozen=True, slots=True)
class OracleReward:
    """The environment's own score: for exploration data and for upper bounds."""

    async def score(self, trajectories: Sequence[Trajectory]) -> list[float]:
        return [trajectory.score for trajectory in trajectories]


def no_reward(request: ModelRequest) -> NoReward:
    return NoReward()


def random_reward(request: ModelRequest) -> RandomReward:
    return RandomReward(request.seed)


def oracle_reward(request: ModelRequest) -> OracleReward:
    return OracleReward()
