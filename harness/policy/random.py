"""A policy that draws from the environment's valid actions."""

from __future__ import annotations

import hashlib
import json
import random

from agentrm_envs import Action, TextEnv, Trajectory
from harness.policy.follower import Follower
from rewards.factories import ModelRequest
from rewards.metering import usage

WAIT = Action("wait")
"""Proposed where the environment names no valid action."""


class RandomPolicy:
    """Valid actions, each as likely as another; temperature 0 gives one draw again and again."""

    def __init__(self, seed: int = 0, data: str = "builtin") -> None:
        self._seed = seed
        self._follower = Follower(data)

    async def propose(
        self, trajectory: Trajectory, n: int, *, temperature: float | None = None
    ) -> list[Action]:
        usage().policy_calls += 1
        indices = [0] * n if temperature == 0 else range(n)

        def drawn(env: TextEnv) -> list[Action]:
            return [draw(env, generator(self._seed, trajectory, index)) for index in indices]

        return await self._follower.look(trajectory, drawn)


def draw(env: TextEnv, rng: random.Random) -> Action:
    """One of the environment's valid actions."""
    valid = env.valid_actions()
    return Action(rng.choice(valid)) if valid else WAIT


def generator(seed: int, trajectory: Trajectory, index: int) -> random.Random:
    """A generator that depends on the arguments alone, in every process."""
    task = trajectory.task
    actions = [step.action.text for step in trajectory.steps]
    key = json.dumps([seed, task.env, task.id, actions, index]).encode()
    return random.Random(hashlib.sha256(key).digest())


def load(request: ModelRequest) -> RandomPolicy:
    return RandomPolicy(request.seed, request.data)
