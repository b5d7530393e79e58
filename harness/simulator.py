"""An environment seen by a search: a function from a node and an action to a node."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TypeVar

from agentrm_envs import Action, Snapshot, Step, Task, TextEnv, Tree
from agentrm_envs.errors import EnvError
from rewards.metering import usage

Result = TypeVar("Result")


class Simulator:
    """Steps one environment from any node of the tree that it grows.

    It rewinds the environment only when asked to step from a node that it is not at, so a
    plain rollout never pays for a restore. `threaded` is for environments whose steps wait
    for another process: a thread hop costs more than a step of the others.
    """

    def __init__(self, env: TextEnv, task: Task, *, threaded: bool = False) -> None:
        with _blamed_on(task):
            observation, info = env.reset(options={"task": task.id})
            root = env.snapshot()
        self.tree = Tree.rooted(task, info["goal"], observation)
        self._env = env
        self._threaded = threaded
        self._at = Tree.ROOT
        self._snapshots: dict[int, Snapshot] = {Tree.ROOT: root}
        self._children: dict[int, dict[str, int]] = {}

    @classmethod
    async def start(cls, env: TextEnv, task: Task, *, threaded: bool = False) -> Simulator:
        """As the constructor, without holding up other episodes where `threaded`."""
        if threaded:
            return await asyncio.to_thread(cls, env, task, threaded=True)
        return cls(env, task)

    def done(self, node: int) -> bool:
        return self.tree.nodes[node].step.done

    def children(self, node: int) -> Sequence[int]:
        """The children of `node`, in the order in which they were added."""
        return list(self._children.get(node, {}).values())

    async def step(self, node: int, action: Action) -> int:
        """The child of `node` under `action`; the environment is stepped only if it is new."""
        known = self._children.setdefault(node, {})
        if action.text not in known:
            known[action.text] = await self._run(lambda: self._step(node, action))
        return known[action.text]

    async def _run(self, call: Callable[[], Result]) -> Result:
        return await asyncio.to_thread(call) if self._threaded else call()

    def _step(self, node: int, action: Action) -> int:
        with _blamed_on(self.tree.task):
            if node != self._at:
                self._env.restore(self._snapshots[node])
                usage().restores += 1
            observation, reward, terminated, truncated, info = self._env.step(action.text)
            step = Step(action, observation, reward, terminated, truncated, info["success"])
            self._at = self.tree.add(node, step)
            usage().env_steps += 1
            if not step.done:
                self._snapshots[self._at] = self._env.snapshot()
        return self._at


@contextmanager
def _blamed_on(task: Task) -> Iterator[None]:
    """What an environment raises is an EnvError, so that no model gets the blame."""
    try:
        yield
    except EnvError:
        raise
    except Exception as error:
        raise EnvError(f"{task.env} {task.id}: {type(error).__name__}: {error}") from error
