"""As many episodes at once as there is memory for what their trajectories have read.

Where it does not fit, the policy's prefix cache makes room for one trajectory by forgetting the
next, and every step of every episode reads its whole prefix anew: ten times the work.
"""

from __future__ import annotations

import asyncio

from agentrm_envs import Task
from harness.episode import Episode
from harness.policy.core import Policy
from harness.runner import Play
from harness.search.core import Search

LONG = 3_000
"""Tokens of a long trajectory of the embedded policy in these environments."""


class AtMost:
    """Plays so many episodes at once; others wait until one of them has ended."""

    def __init__(self, play: Play, episodes: int) -> None:
        self._play = play
        self._slots = asyncio.Semaphore(episodes)

    async def __call__(self, task: Task) -> Episode:
        async with self._slots:
            return await self._play(task)


def fitting(policy: Policy, search: Search, most: int) -> int:
    """How many episodes a policy has memory for, from 1 to `most`.

    A policy whose model runs in this process says by `capacity` how many tokens it can keep;
    others keep nothing here.
    """
    capacity: int | None = getattr(policy, "capacity", None)
    if capacity is None:
        return most
    return max(1, min(most, capacity // (LONG * search.trajectories)))
