"""The environment interface: a Gymnasium environment of strings that can be rewound."""

from __future__ import annotations

import re
import string
from abc import abstractmethod
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from numbers import Real
from typing import Any, ClassVar, TypeVar, final

import gymnasium

from agentrm_envs.errors import (
    EnvError,
    EpisodeOver,
    MissingData,
    NotStarted,
    ReplayDiverged,
    StateLost,
    UnknownTask,
)
from agentrm_envs.record import Task
from agentrm_envs.task_lists import task_table

Part = TypeVar("Part")
MAX_ACTION_LENGTH = 20_000
"""Characters of an action that an environment is shown; the rest is cut off. A table to be written
into a sheet takes a few thousand."""
ROUNDING = 1e-9
"""How far a sum of floats may leave [0, 1]; it is cut to them."""
_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")


class TextSpace(gymnasium.Space[str]):
    """Every string of at most `max_length` characters, of any alphabet."""

    def __init__(self, max_length: int) -> None:
        self.max_length = max_length
        super().__init__(dtype=str)

    @property
    def is_np_flattenable(self) -> bool:
        return False

    def contains(self, x: object) -> bool:
        return isinstance(x, str) and len(x) <= self.max_length

    def sample(self, mask: Any = None, probability: Any = None) -> str:
        return "".join(self.np_random.choice(list(string.ascii_lowercase), size=8))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, TextSpace) and other.max_length == self.max_length

    def __hash__(self) -> int:
        return hash((TextSpace, self.max_length))

    def __repr__(self) -> str:
        return f"TextSpace(max_length={self.max_length})"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a simulator answers to an action."""

    observation: str
    score: float
    """The task's own measure so far, in [0, 1]."""
    terminated: bool
    success: bool = False
    extra: Mapping[str, Any] = field(default_factory=dict)
    """More of the upstream's measures, for `info`; never time or machine facts."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A state, named by how to reach it: a task and the actions taken since its start."""

    task: Task
    actions: tuple[str, ...]
    goal: str
    outcome: Outcome
    state: Any = field(default=None, compare=False, repr=False)
    """The simulator's own saved state, where it has one: faster than replaying, never stored."""


@dataclass(frozen=True, slots=True)
class WorkerState:
    """The `state` of an isolated environment's snapshot: which process keeps it, as what."""

    worker: str
    number: int


class TextEnv(gymnasium.Env[str, str]):
    """A single-agent text environment whose states can be saved and restored.

    A subclass writes `_start` and `_act`, and where its simulator can save and load states,
    also `_save` and `_load`. Given the same task and actions it answers with the same text.
    The step limit lives here, because a wrapper's counter would not rewind.
    """

    metadata: ClassVar[dict[str, Any]] = {"render_modes": []}  # type: ignore[misc]
    action_space = TextSpace(max_length=200_000)
    observation_space = TextSpace(max_length=200_000)

    def __init__(
        self, name: str, max_steps: int, *, split: str = "test", data: str = "builtin"
    ) -> None:
        self.name = name
        self.max_steps = max_steps
        self.split = split
        self.data = data
        self._at: Snapshot | None = None

    @property
    def tasks(self) -> list[str]:
        """The ids of the split's tasks, always in the same order."""
        return list(task_table(self.name, self.split, self.data))

    @abstractmethod
    def _start(self, task: Any) -> tuple[str, str]:
        """Set the simulator to the task's beginning; return the goal and first observation.

        `task` is what the environment's own task table holds for the id.
        """

    @abstractmethod
    def _act(self, action: str) -> Outcome:
        """Apply an action, however odd, and say what came of it."""

    def _measures(self) -> Mapping[str, Any]:
        """What `info` holds of the upstream's measures at a task's beginning; see `Outcome.extra`.

        Read once `_start` has returned.
        """
        return {}

    def _save(self) -> Any:
        """The simulator's state as plain data, or None where it can only be replayed."""
        return None

    def _load(self, state: Any) -> None:
        raise NotImplementedError

    def _knows(self, state: Any) -> bool:
        """Whether a snapshot's state is of the kind that `_load` takes."""
        return state is not None and not isinstance(state, WorkerState)

    def valid_actions(self) -> list[str]:
        """Some actions that change something now, sorted or in a fixed order.

        For random play, experts and tests: the agent is shown only what `info` holds.
        """
        return []

    @final
    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[str, dict[str, Any]]:
        """Begin `options["task"]` (an id), or without one a task of the split drawn by seed."""
        super().reset(seed=seed)
        task_id = (options or {}).get("task")
        if task_id is None:
            ids = self.tasks
            task_id = ids[int(self.np_random.integers(len(ids)))]
        at = self._begin(Task(self.name, task_id))
        return at.outcome.observation, self._info(at)

    @final
    def step(self, action: str) -> tuple[str, float, bool, bool, dict[str, Any]]:
        """Take an action; any string is answered with text.

        Returns the observation, the increment of the score, whether the task ended, whether
        the step limit ended it, and `info` with `score`, `success`, `task` and `goal`.
        """
        if not isinstance(action, str):
            raise TypeError(f"{self.name}: an action is a str, not {type(action).__name__}")
        before = self._now()
        if self._done(before):
            raise EpisodeOver(f"{self.name}: the episode of {before.task.id} is over; reset first")
        at = self._advance(before, clean(action))
        reward = at.outcome.score - before.outcome.score
        return (
            at.outcome.observation,
            reward,
            at.outcome.terminated,
            self._truncated(at),
            self._info(at),
        )

    @final
    def snapshot(self) -> Snapshot:
        return replace(self._now(), state=self._save())

    @final
    def restore(self, snapshot: Snapshot) -> None:
        """Return to a snapshot, by loading its state where it has one, else by replaying."""
        if snapshot.task.env != self.name:
            raise EnvError(
                f"{self.name}: a snapshot of {snapshot.task.env} (task {snapshot.task.id}) cannot "
                f"be restored here; restore it in an environment made as {snapshot.task.env!r}"
            )
        if self._knows(snapshot.state):
            with suppress(StateLost):
                self._load(snapshot.state)
                self._at = replace(snapshot, state=None)
                return
        at = self._begin(snapshot.task)
        for action in snapshot.actions:
            at = self._advance(at, action)
        if at != snapshot:
            raise ReplayDiverged(
                f"{self.name}: replaying {len(snapshot.actions)} actions of task "
                f"{snapshot.task.id} ended in {at.outcome!r}, not {snapshot.outcome!r}"
            )

    def _now(self) -> Snapshot:
        return self._started(self._at)

    def _started(self, part: Part | None) -> Part:
        """What an environment has from its first task on; before, it raises `NotStarted`."""
        if part is None:
            raise NotStarted(f"{self.name}: call reset first")
        return part

    def _begin(self, task: Task) -> Snapshot:
        self._at = None
        goal, observation = self._start(self._find(task.id))
        outcome = Outcome(observation, 0.0, terminated=False, extra=self._measures())
        self._at = Snapshot(task, (), goal, outcome)
        return self._at

    def _find(self, task_id: str) -> Any:
        splits = [self.split, *({"train", "test"} - {self.split})]
        for split in splits:
            with suppress(KeyError, MissingData):
                return task_table(self.name, split, self.data)[task_id]
        raise UnknownTask(
            f"{self.name} has no {self.data} task {task_id!r}; its {self.split} tasks are "
            f"{self.tasks[0]!r} to {self.tasks[-1]!r}"
        )

    def _advance(self, before: Snapshot, action: str) -> Snapshot:
        actions = (*before.actions, action)
        outcome = self._scored(self._act(action), before.task)
        self._at = Snapshot(before.task, actions, before.goal, outcome)
        return self._at

    def _scored(self, outcome: Outcome, task: Task) -> Outcome:
        """The outcome, once its score is known to be one: all that is reported is made of it."""
        score = outcome.score
        if not (isinstance(score, Real) and -ROUNDING <= score <= 1 + ROUNDING):
            raise EnvError(
                f"{self.name}: an action in task {task.id} was answered with a score of "
                f"{score!r}, not a number in [0, 1]; correct what the environment's _act returns"
            )
        return outcome if 0 <= score <= 1 else replace(outcome, score=min(max(score, 0.0), 1.0))

    def _truncated(self, at: Snapshot) -> bool:
        return not at.outcome.terminated and len(at.actions) >= self.max_steps

    def _done(self, at: Snapshot) -> bool:
        return at.outcome.terminated or self._truncated(at)

    def _info(self, at: Snapshot) -> dict[str, Any]:
        return {
            **at.outcome.extra,
            "task": at.task.id,
            "goal": at.goal,
            "score": at.outcome.score,
            "success": at.outcome.success,
        }


def clean(action: str) -> str:
    """The action without control characters and lone surrogates, cut to a sane length."""
    short = action[:MAX_ACTION_LENGTH]
    return short if short.isprintable() else _UNPRINTABLE.sub(" ", short)


__all__ = ["Outcome", "Snapshot", "TextEnv", "TextSpace", "WorkerState", "clean"]
