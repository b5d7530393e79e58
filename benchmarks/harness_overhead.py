"""What the harness adds to a step: `python benchmarks/harness_overhead.py`.

A policy that answers at once plays mazes, 64 episodes at a time, through the whole runner:
searches, simulator, checks, batching, metering and the file of episodes with its fsync. The
same actions on bare environments are subtracted. Target: at most 1 ms a step.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from agentrm_envs import Action, Task, Trajectory, make, tasks
from harness.episode import Episode
from harness.runner import Player, run_in
from harness.search import MCTS, BeamSearch, BestOfN, Greedy, Search
from rewards.baselines import RandomReward
from rewards.batching import BatchedReward

ENV = "maze"
EPISODES = 256
AT_ONCE = 64
TARGET_MS = 1.0
MOVES = ("move up", "move down", "move left", "move right")
SEARCHES: Sequence[Search] = (
    Greedy(),
    BestOfN(5),
    BeamSearch(2, 4),
    BeamSearch(5, 5),
    MCTS(20, 3),
)


@dataclass(frozen=True, slots=True)
class Turning:
    """Proposes the four moves in turn, beginning with another one at every step."""

    async def propose(
        self, trajectory: Trajectory, n: int, *, temperature: float | None = None
    ) -> list[Action]:
        at = len(trajectory.steps)
        return [Action(MOVES[(at + i) % 4]) for i in range(n)]


def measure(search: Search, some: Sequence[Task]) -> tuple[float, float, int]:
    """Seconds of the run, seconds of its steps on bare environments, and how many they are."""
    player = Player(Turning(), BatchedReward(RandomReward()), search)
    with tempfile.TemporaryDirectory() as directory:
        start = time.perf_counter()
        episodes = run_in(Path(directory), some, player, max_concurrent=AT_ONCE)
        seconds = time.perf_counter() - start
    assert all(episode.error is None for episode in episodes)
    steps = sum(episode.usage.env_steps for episode in episodes)
    return seconds, bare_seconds(episodes), steps


def bare_seconds(episodes: Sequence[Episode]) -> float:
    """As many steps as the episodes took, on one environment without a harness."""
    env = make(ENV)
    start = time.perf_counter()
    for episode in episodes:
        left = episode.usage.env_steps
        while left:
            env.reset(options={"task": episode.task.id})
            over = False
            while left and not over:
                _, _, terminated, truncated, _ = env.step(MOVES[left % 4])
                over = terminated or truncated
                left -= 1
    return time.perf_counter() - start


def main() -> None:
    some = (tasks(ENV) + tasks(ENV, "train"))[:EPISODES]
    print(f"{len(some)} episodes of {ENV}, {AT_ONCE} at once; microseconds a step")
    for search in SEARCHES:
        seconds, bare, steps = measure(search, some)
        overhead = (seconds - bare) / steps * 1e6
        verdict = "ok" if overhead <= TARGET_MS * 1e3 else "TOO SLOW"
        print(
            f"{search!r:80} {steps:7} steps  overhead {overhead:6.1f} "
            f"(bare environment {bare / steps * 1e6:5.1f})  {verdict}"
        )


if __name__ == "__main__":
    main()
