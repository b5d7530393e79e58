"""Reward models without a model: what the learned ones are measured against."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from agentrm_envs import Trajectory
from rewards.errors import BadSetting
from rewards.factories import ModelRequest
from rewards.rivals import in_place, places_by_task


@dataclass(frozen=True, slots=True)
class NoReward:
    """Knows nothing: every trajectory gets 0, so a search keeps what its policy drew."""

    async def score(self, trajectories: Sequence[Trajectory]) -> list[float]:
        return [0.0] * len(trajectories)


@dataclass(frozen=True, slots=True)
class RandomReward:
    """A number in [0, 1) drawn from the seed, the task and the actions: always the same."""

    seed: int = 0

    async def score(self, trajectories: Sequence[Trajectory]) -> list[float]:
        return [lot(trajectory, self.seed) for trajectory in trajectories]


def lot(trajectory: Trajectory, seed: int) -> float:
    """A number in [0, 1) drawn from the seed, the task and the actions."""
    task = trajectory.task
    actions = [step.action.text for step in trajectory.steps]
    key = json.dumps([seed, task.env, task.id, actions]).encode()
    return (int.from_bytes(hashlib.sha256(key).digest()[:8], "big") >> 11) / (1 << 53)


@dataclass(frozen=True, slots=True)
class OracleReward:
    """The environment's own score: for exploration data and for upper bounds."""

    async def score(self, trajectories: Sequence[Trajectory]) -> list[float]:
        return [trajectory.score for trajectory in trajectories]


@dataclass(frozen=True, slots=True)
class LengthReward:
    """The number of steps taken, or its negative: how far length alone would lead."""

    sign: int

    async def score(self, trajectories: Sequence[Trajectory]) -> list[float]:
        return [float(self.sign * len(trajectory.steps)) for trajectory in trajectories]


@dataclass(frozen=True, slots=True)
class MajorityReward:
    """Self-consistency: how many of its rivals a candidate agrees with.

    Two agree by the share of their actions that both took, in any order, from 0 to 1. Where
    they take the same or have none in common, that counts votes as Wang et al. (2023, arXiv
    2203.11171) do with answers; whole episodes are seldom equal. `final` looks at the last
    action alone.
    """

    compares: ClassVar[bool] = True
    final: bool = False

    async def score(self, trajectories: Sequence[Trajectory]) -> list[float]:
        taken = [self._taken(trajectory) for trajectory in trajectories]
        groups = places_by_task(trajectories)
        return in_place(groups, [_agreement([taken[i] for i in places]) for places in groups])

    def _taken(self, trajectory: Trajectory) -> Counter[str]:
        steps = trajectory.steps[-1:] if self.final else trajectory.steps
        return Counter(step.action.text for step in steps)


def _agreement(rivals: Sequence[Counter[str]]) -> list[float]:
    """For each how much it has in common with the others, summed over them."""
    return [
        sum(_alike(one, other) for j, other in enumerate(rivals) if i != j)
        for i, one in enumerate(rivals)
    ]


def _alike(one: Counter[str], other: Counter[str]) -> float:
    """Dice's coefficient of two bags of actions."""
    return 2 * (one & other).total() / max(1, one.total() + other.total())


def no_reward(request: ModelRequest) -> NoReward:
    return NoReward()


def random_reward(request: ModelRequest) -> RandomReward:
    return RandomReward(request.seed)


def oracle_reward(request: ModelRequest) -> OracleReward:
    return OracleReward()


def longest(request: ModelRequest) -> LengthReward:
    return LengthReward(1)


def shortest(request: ModelRequest) -> LengthReward:
    return LengthReward(-1)


def majority(request: ModelRequest) -> MajorityReward:
    """`majority`, or `majority:final`."""
    if request.argument not in ("", "final"):
        raise BadSetting(f"there are majority and majority:final, not {request.argument!r}")
    return MajorityReward(final=request.argument == "final")
