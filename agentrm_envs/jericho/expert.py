"""Follows a task's walkthrough, which was played to the end before the task was admitted.

From another state it looks for the part of the walkthrough that is still to do, goes where that
part begins, and leaves out what does nothing any more.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from agentrm_envs.core import TextEnv
from agentrm_envs.errors import NoPlan
from agentrm_envs.jericho.env import JerichoEnv
from agentrm_envs.jericho.machine import DIRECTIONS
from agentrm_envs.jericho.progress import reached

MAX_ROOMS = 40
"""Places that are looked at on the way to where the walkthrough goes on."""
MAX_WAITS = 8
"""Turns to wait for a way that opens in its own time."""


def plan(env: TextEnv) -> list[str]:
    """Actions that reach every subgoal from here; the environment stays as it is.

    Raises NoPlan where the walkthrough cannot be taken up from here.
    """
    inner = env.unwrapped
    if not isinstance(inner, JerichoEnv):
        raise TypeError(f"this expert plans for JerichoEnv, not {type(inner).__name__}")
    state = inner.machine.save()
    try:
        return _Planner(inner, state).plan()
    finally:
        inner.machine.load(state)


def shut_for_now(action: str, observation: str) -> bool:
    """Whether a way was closed that opens in its own time: the story then says to wait."""
    moved = "A way leads" in observation or "Ways lead" in observation
    return action in DIRECTIONS and "wait" in observation and not moved


class _Planner:
    """Tries commands on the environment's machine, always from a saved state."""

    def __init__(self, env: JerichoEnv, state: Any) -> None:
        self.machine = env.machine
        self.fresh = not env.snapshot().actions
        self.subgoals: Sequence[str] = env.task["subgoals"]
        self.left = env.left
        self.walkthrough: list[str] = list(env.task.get("walkthrough", []))
        self.state = state

    def plan(self) -> list[str]:
        if not self.walkthrough:
            raise NoPlan("the task has no walkthrough")
        if self.fresh:
            return self.walkthrough
        places, hits = self._reference()
        first = min((hits[number] for number in self.left if number in hits), default=-1)
        ways = dict(self._ways())
        for start in range(first, -1, -1):
            way = ways.get(places[start])
            found = None if way is None else self._works([*way, *self.walkthrough[start:]])
            if found:
                return self._shortened(found)
        raise NoPlan("the walkthrough cannot be taken up from here")

    def _reference(self) -> tuple[list[str], dict[int, int]]:
        """Where each action of the walkthrough is taken, and which one reaches each subgoal."""
        places, hits = [], {}
        left = tuple(range(len(self.subgoals)))
        self.machine.start()
        for number, action in enumerate(self.walkthrough):
            places.append(self._place())
            after = reached(self.subgoals, left, self.machine.act(action))
            hits.update(dict.fromkeys(set(left) - set(after), number))
            left = after
        return places, hits

    def _works(self, actions: Sequence[str]) -> list[str]:
        """The actions up to the last subgoal, with waits where a way is shut; empty if none."""
        self.machine.load(self.state)
        left, taken = self.left, []
        for action in actions:
            steps, observation = self._patiently(action)
            taken += steps
            left = reached(self.subgoals, left, observation)
            if not left:
                return taken
            if self.machine.halted:
                break
        return []

    def _patiently(self, action: str) -> tuple[list[str], str]:
        """Take an action, after waiting where that helps: what was done, the last answer."""
        steps: list[str] = []
        while True:
            before = self.machine.save()
            observation = self.machine.act(action)
            if not shut_for_now(action, observation) or len(steps) == MAX_WAITS:
                return [*steps, action], observation
            self.machine.load(before)
            self.machine.act("wait")
            steps.append("wait")

    def _ways(self) -> Iterator[tuple[str, list[str]]]:
        """The places around, each with a shortest way there."""
        self.machine.load(self.state)
        seen = {self._place()}
        yield self._place(), []
        queue: list[tuple[list[str], Any]] = [([], self.state)]
        for way, state in queue:
            for direction in DIRECTIONS:
                self.machine.load(state)
                steps, _ = self._patiently(direction)
                place = self._place()
                if place not in seen and len(seen) < MAX_ROOMS:
                    seen.add(place)
                    queue.append(([*way, *steps], self.machine.save()))
                    yield place, [*way, *steps]

    def _place(self) -> str:
        """The beginning of what a look tells: the place's name, not what lies there."""
        state = self.machine.save()
        told = self.machine.act("look")
        self.machine.load(state)
        return told[:40]

    def _shortened(self, actions: list[str]) -> list[str]:
        """The plan without the actions that it can do without."""
        at = 0
        while at < len(actions):
            shorter = self._works([*actions[:at], *actions[at + 1 :]])
            if shorter and len(shorter) < len(actions):
                actions = shorter
            else:
                at += 1
        return actions
