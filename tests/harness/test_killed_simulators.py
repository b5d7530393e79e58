"""A simulator's process is killed in the middle of a beam: the episode ends as if it never was."""

from __future__ import annotations

import asyncio
import os
import signal
from dataclasses import replace

import pytest

from agentrm_envs import ENVS, Action, Task
from harness import runner
from harness.runner import Player
from harness.search import BeamSearch
from rewards.baselines import NoReward

COMMANDS = {
    "jericho": ["north", "take torn poster", "south", "east", "wait"],
    "sciworld": ["teleport to outside", "look around", "inventory", "teleport to kitchen"],
}
TASKS = [Task("jericho", "circus-1"), Task("sciworld", "lifespan-longest-lived/93")]


class Wandering:
    """Proposes commands by how far the episode is, and ends a process before its third call."""

    def __init__(self, commands, end_process):
        self.commands, self.end_process, self.calls = commands, end_process, 0

    async def propose(self, trajectory, n, *, temperature=None):
        self.calls += 1
        if self.calls == 3:
            self.end_process()
        first = len(trajectory.steps)
        return [Action(self.commands[(first + i) % len(self.commands)]) for i in range(n)]


@pytest.mark.parametrize("task", TASKS, ids=lambda task: task.env)
def test_an_episode_whose_simulator_is_killed_in_mid_beam_ends_as_one_undisturbed(
    task, monkeypatch
):
    monkeypatch.setitem(ENVS, "jericho", replace(ENVS["jericho"], isolated=True))
    made, make = [], runner.make

    def remember(name, **settings):
        made.append(make(name, **settings))
        return made[-1]

    monkeypatch.setattr(runner, "make", remember)
    killed: list[int] = []

    def kill():
        killed.append(simulator_of(task.env, made[-1]))
        os.kill(killed[-1], signal.SIGKILL)

    disturbed, whole = (
        asyncio.run(Player(Wandering(COMMANDS[task.env], end), NoReward(), BeamSearch(2, 2))(task))
        for end in (kill, lambda: None)
    )
    assert len(killed) == 1
    assert simulator_of(task.env, made[-1]) != killed[0]
    assert disturbed.error is whole.error is None
    assert (disturbed.tree, disturbed.chosen) == (whole.tree, whole.chosen)


def simulator_of(name: str, env) -> int:
    """The process id of what simulates an environment; 0 where it has ended."""
    if name == "sciworld":
        from agentrm_envs.sciworld.simulator import running

        return running().pid
    return env._worker.pid if env._worker else 0
