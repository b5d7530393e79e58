"""What Ray costs an episode: `python benchmarks/cluster_overhead.py`.

The same short episodes of maze, random draws chosen from at random, are played in this process and
by players that Ray runs on this machine, one for each core. Where episodes are as short as these,
sending them is most of it; those of a language model take seconds.
"""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

from agentrm_envs import tasks
from harness.executor import Place
from harness.player_spec import Models, PlayerSpec
from harness.runner import run_in
from harness.search import BestOfN

EPISODES = 512
AT_ONCE = 64


def measure(place: Place) -> tuple[float, float]:
    """Seconds until the players are there, and seconds of the episodes."""
    spec = PlayerSpec(Models("random", "random"), BestOfN(5))
    some = (tasks("maze") + tasks("maze", "train"))[:EPISODES]
    begun = time.perf_counter()
    with place.opened(spec) as loaded, tempfile.TemporaryDirectory() as directory:
        ready = time.perf_counter()
        out, at_once = Path(directory), loaded.at_once
        episodes = run_in(out, some, loaded.play, max_concurrent=at_once)
        seconds = time.perf_counter() - ready
    assert len(episodes) == EPISODES
    assert all(episode.error is None for episode in episodes)
    return ready - begun, seconds


def main() -> None:
    print(f"{EPISODES} episodes of maze, {AT_ONCE} at once")
    for executor in ("local", "ray"):
        start, seconds = measure(Place(executor, AT_ONCE))
        each = seconds / EPISODES * 1e3
        print(f"{executor:6} {start:5.1f} s to begin  {each:5.1f} ms an episode")


if __name__ == "__main__":
    main()
