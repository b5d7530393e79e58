"""Models in processes of their own, which the players of all machines share."""

from __future__ import annotations

import asyncio
import os
import zlib
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Generic, TypeVar

from ray.exceptions import RayError, RayTaskError

from agentrm_envs import Action, Task, Trajectory
from harness.cluster.errors import origin
from harness.cluster.facts import Facts, own_facts
from harness.player_spec import Models
from harness.policy.core import Policy
from rewards.batching import BatchedReward, share_out
from rewards.core import RewardModel
from rewards.metering import Usage, metered, usage

PAUSES = (1, 2, 4, 8, 15, 30, 60, 60, 60, 60, 60, 60, 60, 60, 60)
"""Seconds between a call to a process that is gone and the next: Ray starts it again elsewhere."""

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Answer(Generic[Result]):
    """A model's answer and what it cost, which the caller's episode pays."""

    result: Result
    spent: Usage


class _ModelHost:
    """Waits for work in the driver's working directory."""

    def __init__(self, models: Models, directory: str, threads: str | None) -> None:
        """`threads` is the driver's OMP_NUM_THREADS.

        Ray sets that variable to the actor's CPUs, which are none: a model would have one core.
        """
        enter(directory)
        os.environ.pop("OMP_NUM_THREADS", None)
        if threads is not None:
            os.environ["OMP_NUM_THREADS"] = threads
        self._models = models


# Models are loaded when they are first asked for, so that an error in it comes as an answer, and
# so that an actor that Ray began again loads its own without being told.


class PolicyHost(_ModelHost):
    """An actor's class: holds the policy."""

    @cached_property
    def _policy(self) -> Policy:
        return self._models.load_policy()

    async def facts(self) -> Facts:
        return own_facts(policy=self._policy)

    async def propose(
        self, trajectory: Trajectory, n: int, temperature: float | None
    ) -> Answer[list[Action]]:
        with metered() as spent:
            actions = await self._policy.propose(trajectory, n, temperature=temperature)
        return Answer(actions, spent)


class RewardHost(_ModelHost):
    """An actor's class: holds the reward model and batches the calls of all players."""

    @cached_property
    def _reward_model(self) -> RewardModel:
        return self._models.load_reward_model()

    @cached_property
    def _batched(self) -> BatchedReward:
        return BatchedReward(self._reward_model)

    async def facts(self) -> Facts:
        return own_facts(reward_model=self._reward_model)

    async def score(self, trajectories: Sequence[Trajectory]) -> Answer[list[float]]:
        with metered() as spent:
            scores = await self._batched.score(trajectories)
        return Answer(scores, spent)


class RemotePolicy:
    """The policy of some PolicyHosts; a task's proposals come from one that has read its prefix."""

    def __init__(self, hosts: Sequence[Any]) -> None:
        self._hosts = hosts

    async def propose(
        self, trajectory: Trajectory, n: int, *, temperature: float | None = None
    ) -> list[Action]:
        host = _host_of(trajectory.task, self._hosts)
        actions: list[Action] = await _asked(host.propose, trajectory, n, temperature)
        return actions


class RemoteReward:
    """The reward model of some RewardHosts; a task's trajectories are scored by one of them."""

    def __init__(self, hosts: Sequence[Any]) -> None:
        self._hosts = hosts

    async def score(self, trajectories: Sequence[Trajectory]) -> list[float]:
        if not trajectories:
            return []
        host = _host_of(trajectories[0].task, self._hosts)
        scores: list[float] = await _asked(host.score, list(trajectories))
        return scores


def enter(directory: str) -> None:
    """Work where the driver works, if that is there: relative paths mean the same."""
    if os.path.isdir(directory):
        os.chdir(directory)


def _host_of(task: Task, hosts: Sequence[Any]) -> Any:
    return hosts[zlib.crc32(f"{task.env}\0{task.id}".encode()) % len(hosts)]


async def _asked(method: Any, *arguments: object) -> Any:
    """The method's result; a process that is gone is asked again once it may be back."""
    for pause in PAUSES:
        with suppress(RayError):
            return await _answer(method, *arguments)
        await asyncio.sleep(pause)
    return await _answer(method, *arguments)


async def _answer(method: Any, *arguments: object) -> Any:
    """The result, whose cost is added to the episode that runs now, or what the model raised."""
    try:
        answer: Answer[Any] = await method.remote(*arguments)
    except RayTaskError as error:
        raise origin(error) from None
    share_out(answer.spent, [usage()])
    return answer.result
