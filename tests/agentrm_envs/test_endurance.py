"""What the three simulated worlds survive: hostile text, and five hundred episodes in a row."""

from __future__ import annotations

import os
from contextlib import closing
from pathlib import Path

import pytest

from agentrm_envs import make
from agentrm_envs.playing import Playthrough, hostile, planned, play

HOSTILE = 1_000
EPISODES, WARM, TASKS = 500, 100, 15
GROWTH_MB = 20
"""What the process may grow by after the first `WARM` episodes."""
JAVA_MB = 800
"""What SciWorld's Java process may have: its heap is limited to 512 MB."""
COMMANDS = {
    "alfworld": ["look", "go to shelf 1", "open drawer 1", "go to drawer 1", "open drawer 1"],
    "jericho": ["north", "examine me", "inventory", "east"],
    "sciworld": ["look around", "teleport to kitchen", "open cupboard", "inventory"],
}


@pytest.mark.soak
@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_a_thousand_hostile_texts_are_answered_and_change_no_later_episode(name):
    with closing(make(name)) as env:
        task = env.tasks[0]
        before = play(env, task, planned(COMMANDS[name]))
        children = processes()
        env.restore(before.snapshots[0])
        for action in hostile(HOSTILE, seed=11):
            observation, _, terminated, truncated, info = env.step(action)
            assert isinstance(observation, str)
            assert 0 <= info["score"] <= 1
            if terminated or truncated:
                env.restore(before.snapshots[0])
        assert play(env, task, planned(COMMANDS[name])) == before
        assert processes() == children


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
                before, children = megabytes(), processes()
            task = tasks[number % len(tasks)]
            played = play(env, task, planned(COMMANDS[name]))
            half = len(played.actions) // 2
            env.restore(played.snapshots[half])
            rest = [env.step(action)[0] for action in played.actions[half:]]
            assert rest == [answer.observation for answer in played.answers[half:]]
            assert played == first.setdefault(task, played)
        simulators = [megabytes(child) for child in processes()]
        print(f"{name}: {before:.1f} MB, at the end {megabytes():.1f} MB, beside it {simulators}")
        assert megabytes() - before < GROWTH_MB
        assert processes() == children
        assert all(each < JAVA_MB for each in simulators)


def megabytes(process: str = "self") -> float:
    """The memory of a process, by default of this one."""
    lines = (Path("/proc") / process / "status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS")) / 1e3


def processes() -> list[str]:
    """The processes that this one has begun."""
    folder = Path("/proc/self/task") / str(os.getpid())
    return (folder / "children").read_text().split() if folder.exists() else []
