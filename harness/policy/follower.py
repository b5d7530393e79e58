"""Environments that policies look into, brought to where a trajectory is by replaying it."""

from __future__ import annotations

from collections import OrderedDict

from agentrm_envs import Task, TextEnv, Trajectory, make
from agentrm_envs.registry import is_isolated

MAX_OPEN = 128
"""Environments kept open; the one used longest ago is taken first for something else."""
MAX_PROCESSES = 16
"""The same, where each environment is a process of its own."""


class Follower:
    """Gives an environment in the state where a trajectory ended.

    A search grows several branches at once, so environments stay where they are, and the one
    that is furthest along a trajectory is stepped on; only a new branch is replayed.
    """

    def __init__(self, data: str) -> None:
        self._data = data
        self._open: OrderedDict[tuple[Task, tuple[str, ...]], TextEnv] = OrderedDict()

    def at(self, trajectory: Trajectory) -> TextEnv:
        task = trajectory.task
        actions = tuple(step.action.text for step in trajectory.steps)
        env, behind = self._nearest(task, actions)
        if env is None:
            env = self._fresh(task)
            env.reset(options={"task": task.id})
        for action in behind:
            env.step(action)
        self._open[task, actions] = env
        return env

    def _nearest(
        self, task: Task, actions: tuple[str, ...]
    ) -> tuple[TextEnv | None, tuple[str, ...]]:
        """An environment at a prefix of the actions, the longest, and the actions after it."""
        for length in range(len(actions), -1, -1):
            if (task, actions[:length]) in self._open:
                return self._open.pop((task, actions[:length])), actions[length:]
        return None, actions

    def _fresh(self, task: Task) -> TextEnv:
        limit = MAX_PROCESSES if is_isolated(task.env, data=self._data) else MAX_OPEN
        if len(self._open) >= limit:
            (oldest, _), env = self._open.popitem(last=False)
            if oldest.env == task.env:
                return env
            env.close()
        return make(task.env, data=self._data)
