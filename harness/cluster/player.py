"""A process that plays episodes on a machine of the cluster."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any

from agentrm_envs import Task
from harness.cluster.facts import Facts, own_facts
from harness.cluster.models import RemotePolicy, RemoteReward, enter
from harness.episode import Episode
from harness.executor import Place
from harness.player_spec import PlayerSpec
from harness.policy.core import Policy
from harness.runner import Play, with_threads
from rewards.batching import BatchedReward
from rewards.core import RewardModel


class PlayerHost:
    """An actor's class: holds environments, and models where they cost little.

    Its episodes run concurrently in one event loop, as those of a run on one machine do.
    """

    def __init__(
        self,
        spec: PlayerSpec,
        directory: str,
        policies: Sequence[Any],
        reward_models: Sequence[Any],
        place: Place,
    ) -> None:
        """`policies` and `reward_models` are the hosts to ask; without any, it loads its own."""
        enter(directory)
        self._spec = spec
        self._policies = policies
        self._reward_models = reward_models
        self._place = place

    async def facts(self) -> Facts:
        with_threads(self._place.at_once)
        return own_facts(policy=self._policy, reward_model=self._reward_model)

    async def play(self, task: Task) -> Episode:
        return await self._play(task)

    @cached_property
    def _play(self) -> Play:
        # Limited here, so that waiting for a player does not count, and giving up ends the work.
        return self._spec.play(self._policy, self._batched, self._place.deadline)

    @cached_property
    def _policy(self) -> Policy | None:
        if self._policies:
            return RemotePolicy(self._policies)
        models = self._spec.models
        return models.load_policy() if models.policy else None

    @cached_property
    def _reward_model(self) -> RewardModel:
        if self._reward_models:
            return RemoteReward(self._reward_models)
        return self._spec.models.load_reward_model()

    @cached_property
    def _batched(self) -> RewardModel:
        """Those of other processes batch there."""
        return self._reward_model if self._reward_models else BatchedReward(self._reward_model)
