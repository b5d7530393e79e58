"""A limit on how long one episode may take."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass

from agentrm_envs import Task, Tree
from harness.episode import Episode, EpisodeError
from harness.runner import Play
from rewards.metering import Usage


@dataclass(frozen=True, slots=True)
class Deadline:
    """Plays as `play` does, but gives an episode up that takes too long.

    It is then an error on record, never a score: `--resume` plays it again. What waits for a
    model or for a simulator's process is cancelled; arithmetic in this process is not.
    """

    play: Play
    seconds: float

    async def __call__(self, task: Task) -> Episode:
        start = time.perf_counter()
        try:
            async with asyncio.timeout(self.seconds):
                return await self.play(task)
        except TimeoutError:
            taken = time.perf_counter() - start
        error = EpisodeError(
            "search",
            type(self).__name__,
            f"the episode took longer than --deadline {self.seconds:g}; --resume plays it again",
        )
        return Episode(task, Tree.rooted(task, "", ""), Tree.ROOT, Usage(), taken, error)
