"""Environments that policies look into, brought to where a trajectory is by replaying it."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable
from typing import TypeVar

from agentrm_envs import Task, TextEnv, Trajectory, make
from agentrm_envs.registry import is_isolated

MAX_OPEN = 128
"""Environments kept open; the one used longest ago is taken first for something else."""
MAX_PROCESSES = 16
"""The same, of those that are a process each."""

Seen = TypeVar("Seen")


class Follower:
    """Looks into an environment in the state where a trajectory ended.

    A search grows several branches at once, so environments stay where they are, and the one
    that is furthest along a trajectory is stepped on; only a new branch is replayed.
    """

    def __init__(self, data: str) -> None:
        self._data = data
        self._open: OrderedDict[tuple[Task, tuple[str, ...]], TextEnv] = OrderedDict()

    async def look(self, trajectory: Trajectory, question: Callable[[TextEnv], Seen]) -> Seen:
        """What the question finds there; an environment that is a process is asked in a thread."""
        task = trajectory.task
        actions = tuple(step.action.text for step in trajectory.steps)
        env, behind = self._nearest(task, actions)
        begun = env is not None
        env = env or self._spare(task)

        def ask() -> Seen:
            if not begun:
                env.reset(options={"task": task.id})
            for action in behind:
                env.step(action)
            return question(env)

        try:
            seen = await asyncio.to_thread(ask) if self._isolated(task) else ask()
        except BaseException:
            env.close()
            raise
        self._keep(task, actions, env)
        return seen

    def _nearest(
        self, task: Task, actions: tuple[str, ...]
    ) -> tuple[TextEnv | None, tuple[str, ...]]:
        """An environment at a prefix of the actions, the longest, and the actions after it."""
        for length in range(len(actions), -1, -1):
            if (task, actions[:length]) in self._open:
                return self._open.pop((task, actions[:length])), actions[length:]
        return None, actions

    def _spare(self, task: Task) -> TextEnv:
        """An environment to begin the task in: the oldest, where there is no room for another."""
        if oldest := self._surplus(task, room_for=1):
            env = self._open.pop(oldest)
            if oldest[0].env == task.env:
                return env
            env.close()
        return make(task.env, data=self._data)

    def _keep(self, task: Task, actions: tuple[str, ...], env: TextEnv) -> None:
        if twin := self._open.pop((task, actions), None):  # another episode was here meanwhile
            twin.close()
        self._open[task, actions] = env
        while oldest := self._surplus(task, room_for=0):
            self._open.pop(oldest).close()

    def _surplus(self, task: Task, room_for: int) -> tuple[Task, tuple[str, ...]] | None:
        """The oldest of the environments of the task's kind, if there are too many of them."""
        isolated = self._isolated(task)
        alike = [place for place in self._open if self._isolated(place[0]) == isolated]
        limit = MAX_PROCESSES if isolated else MAX_OPEN
        return alike[0] if len(alike) + room_for > limit else None

    def _isolated(self, task: Task) -> bool:
        return is_isolated(task.env, data=self._data)
