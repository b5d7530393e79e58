"""Five hundred episodes in one process: no memory, no process and no answer changes."""

from __future__ import annotations

import os
from contextlib import closing
from pathlib import Path

import pytest

from agentrm_envs import make
from agentrm_envs.playing import Playthrough, planned, play

EPISODES, WARM, TASKS = 500, 100, 15
GROWTH_MB = 20
"""What the process may grow by after the first `WARM` episodes."""
COMMANDS = {
    "alfworld": ["look", "go to shelf 1", "open drawer 1", "go to drawer 1", "open drawer 1"],
    "jericho": ["north", "examine me", "inventory", "east"],
}


@pytest.mark.soak
@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_five_hundred_episodes_leave_nothing_behind(name):
    if not Path("/proc/self/status").exists():
        pytest.skip("memory and processes are read from /proc")
    first: dict[str, Playthrough] = {}
    with closing(make(name)) as env:
        tasks = env.tasks[:TASKS]
        for number in range(EPISODES):
            if number == WARM:
                before = megabytes(), processes()
            task = tasks[number % len(tasks)]
            played = play(env, task, planned(COMMANDS[name]))
            half = len(played.actions) // 2
            env.restore(played.snapshots[half])
            rest = [env.step(action)[0] for action in played.actions[half:]]
            assert rest == [answer.observation for answer in played.answers[half:]]
            assert played == first.setdefault(task, played)
        print(f"{name}: {before[0]:.1f} MB, at the end {megabytes():.1f} MB")
        assert megabytes() - before[0] < GROWTH_MB
        assert processes() == before[1]


def megabytes() -> float:
    """The memory of this process."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS")) / 1e3


def processes() -> list[str]:
    """The processes that this one has begun."""
    folder = Path("/proc/self/task") / str(os.getpid())
    return (folder / "children").read_text().split()
