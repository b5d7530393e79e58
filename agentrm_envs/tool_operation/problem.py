"""What the two applications share: a problem, and how far an episode of it has come."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Generic, Protocol

from agentrm_envs.tools.call import Call
from agentrm_envs.tools.specification import State
from agentrm_envs.tools.toolbox import Reply, Toolbox

WELCOME = (
    "New trial starts. Once you have finished the goal, please remember to take 'finish' action "
    "to end this goal."
)


@dataclass(frozen=True, slots=True)
class Standing(Generic[State]):
    """How far an episode has come: an immutable value, so it is its own snapshot."""

    state: State
    score: float = 0.0
    """AgentBoard's progress rate: the best so far, in [0, 1]."""
    exact: bool = False
    """Whether the state is the wanted one, in all that is compared."""
    success: bool = False
    results: tuple[Any, ...] = ()
    """What the successful calls returned (todo), or the calls themselves (sheet)."""
    overlap: float | None = None
    """AgentBoard's own measure of a sheet, where the score is another one."""


class Problem(Protocol[State]):
    """A task of one application."""

    @property
    def goal(self) -> str: ...
    @property
    def first_observation(self) -> str: ...
    @property
    def start(self) -> State: ...
    @property
    def toolbox(self) -> Toolbox[State]: ...
    @property
    def program(self) -> list[Call]:
        """The fewest calls that solve it, the last of them `finish`; empty if not known."""

    @property
    def marks(self) -> list[Any]:
        """What each call of the program adds to the results of a standing."""

    def judge(self, before: Standing[State], reply: Reply[State]) -> Standing[State]:
        """The standing after a reply."""

    def prepared(self, action: str) -> str:
        """The action as the toolbox is to read it."""

    def valid_calls(self, state: State) -> list[Call]:
        """Some calls that make sense in the state, in a fixed order."""


def read_program(calls: Any) -> list[Call]:
    """The calls of a task file: `[name, arguments]` each."""
    return [Call(tool, arguments) for tool, arguments in calls]
