"""Environments that policies look into, brought to where a trajectory is by replaying it."""

from __future__ import annotations

from collections import OrderedDict

from agentrm_envs import Task, TextEnv, Trajectory, make

MAX_OPEN = 64
"""Environments kept open; the one used longest ago is closed first."""


class Follower:
    """Gives an environment in the state where a trajectory ended.

    A search asks for one prefix after another of the same task, so each task keeps its
    environment, which is stepped on where it can be and reset where it must be.
    """

    def __init__(self, data: str) -> None:
        self._data = data
        self._open: OrderedDict[Task, tuple[TextEnv, tuple[str, ...]]] = OrderedDict()

    def at(self, trajectory: Trajectory) -> TextEnv:
        task = trajectory.task
        actions = tuple(step.action.text for step in trajectory.steps)
        env, taken = self._open.pop(task, (None, ()))
        if env is None:
            env = make(task.env, data=self._data)
            env.reset(options={"task": task.id})
        elif actions[: len(taken)] != taken:
            env.reset(options={"task": task.id})
            taken = ()
        for action in actions[len(taken) :]:
            env.step(action)
        self._open[task] = env, actions
        if len(self._open) > MAX_OPEN:
            _, (oldest, _) = self._open.popitem(last=False)
            oldest.close()
        return env
