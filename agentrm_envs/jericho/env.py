"""Jericho: text adventures on a Z-machine, with AgentBoard's texts and progress rate."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from functools import lru_cache, partial
from importlib import resources
from pathlib import Path
from typing import Any, Protocol

from agentrm_envs.core import Outcome, TextEnv
from agentrm_envs.errors import MissingDependency, require_known
from agentrm_envs.jericho import official
from agentrm_envs.jericho.commands import (
    EMPTY,
    FORBIDDEN,
    asks_for_actions,
    command,
    forbidden,
    verbatim,
)
from agentrm_envs.jericho.machine import FernzMachine
from agentrm_envs.jericho.progress import reached

CHECK = "check valid actions"
ENGINES = ("fernz", "jericho")
REMEMBERED = 2_000
"""States of which the valid actions are kept."""


class Machine(Protocol):
    """A Z-machine with one story in it."""

    @property
    def halted(self) -> bool: ...
    def start(self) -> str: ...
    def act(self, command: str) -> str: ...
    def save(self) -> Any: ...
    def load(self, state: Any) -> None: ...
    def world(self) -> bytes:
        """What tells two states apart."""

    def changing(self, commands: list[str]) -> list[str]:
        """Commands that change something now, in order; the state stays as it is."""


class JerichoEnv(TextEnv):
    """Text adventures that run on the Z-machine, one story a task.

    An action is a short command (`take lamp`, `north`); only its first 20 words up to a comma
    or a full stop count. The observation is the story's answer in one line; of official stories
    played by jericho it is AgentBoard's, blanks and prompt included. `check valid actions` lists
    some commands that would change something, and costs a step. Commands to the interpreter
    (`save`, `quit` and their like) are refused.

    The score is AgentBoard's progress rate: the share of the task's subgoals reached, each a
    sentence that the story tells when it is; one action reaches one at most. The task ends when
    all are reached, which is success, or when the story ends; the limit is 30 steps.

    Built-in tasks are original stories made by `generate.py`, played by fernz, which is pure
    Python. Official ones are AgentBoard's twenty, from the user's own story files (see
    `official.py`), played by jericho in a worker, or with `engine="fernz"` by fernz.
    """

    def __init__(
        self, name: str = "jericho", max_steps: int = 30, *, engine: str = "", **settings: Any
    ) -> None:
        super().__init__(name, max_steps, **settings)
        self._engine = engine or ("jericho" if self.data == "official" else "fernz")
        require_known(name, "engine", self._engine, ENGINES)
        self._machines: dict[str, Machine] = {}
        self._valid: OrderedDict[tuple[str, bytes], list[str]] = OrderedDict()
        self._task: dict[str, Any] | None = None
        self._left: tuple[int, ...] = ()

    @property
    def machine(self) -> Machine:
        """The Z-machine of the present task, for planners."""
        return self._machine(self.task)

    @property
    def task(self) -> dict[str, Any]:
        """The present task: `story`, `goal`, `subgoals`, and for planners its `walkthrough`."""
        return self._started(self._task)

    @property
    def left(self) -> tuple[int, ...]:
        """The numbers of the subgoals that are not reached yet."""
        return self._left

    def _find(self, task_id: str) -> Any:
        if self.data == "official":
            official.require_file(task_id)
        return super()._find(task_id)

    def _start(self, task: Any) -> tuple[str, str]:
        self._task = task
        self._left = tuple(range(len(task["subgoals"])))
        return task["goal"], self.machine.start()

    def _act(self, action: str) -> Outcome:
        if asks_for_actions(action):
            offers = ", ".join([*self.valid_actions(), CHECK])
            return self._outcome(f"You can take the following actions: {offers}")
        official_story = self.data == "official"
        typed = verbatim(action) if official_story else command(action)
        if not typed and not official_story:
            return self._outcome(EMPTY)
        if forbidden(typed, old=_is_old(self.task["story"])):
            return self._outcome(FORBIDDEN)
        observation = self.machine.act(typed)
        self._left = reached(self.task["subgoals"], self._left, observation)
        return self._outcome(observation)

    def _outcome(self, observation: str) -> Outcome:
        number = len(self.task["subgoals"])
        won = not self._left
        score = 1.0 if won else (number - len(self._left)) / number
        return Outcome(observation, score, won or self.machine.halted, won)

    def _save(self) -> Any:
        return self._now().task.id, self.machine.save(), self._left

    def _load(self, state: Any) -> None:
        task_id, machine, self._left = state
        self._task = self._find(task_id)
        self.machine.load(machine)

    def valid_actions(self) -> list[str]:
        """Commands that change something now: directions first, then the story's own, sorted.

        Some only: what one must have read first, as a number or a topic, is never listed.
        """
        machine = self.machine
        key = (self.task["story"], machine.world())
        if key not in self._valid:
            self._valid[key] = machine.changing(self.task.get("commands", []))
        self._valid.move_to_end(key)
        if len(self._valid) > REMEMBERED:
            self._valid.popitem(last=False)
        return list(self._valid[key])

    def _machine(self, task: dict[str, Any]) -> Machine:
        story = task["story"]
        if story not in self._machines:
            build = _engine(self._engine, self.data)
            self._machines[story] = build(_file(story), task.get("seed", 1))
        return self._machines[story]


def _file(story: str) -> Path:
    """The story file: a path of the user's, or the name of a built-in story."""
    if "/" in story:
        return Path(story)
    folder = resources.files(__package__) / "stories"
    with resources.as_file(folder / f"{story}.z5") as file:
        return file


@lru_cache(maxsize=64)
def _is_old(story: str) -> bool:
    """Whether a story is of the Z-machine's first three versions, as Zork's are."""
    with _file(story).open("rb") as file:
        return file.read(1) <= b"\x03"


def _engine(name: str, data: str) -> Callable[[Path, int], Machine]:
    if name == "fernz":
        if data == "official":
            return partial(FernzMachine, clean=official.clean_up_without_prompt)
        return FernzMachine
    try:
        # GPL, and built from source: only who asks for it shall load it.
        from agentrm_envs.jericho.frotz import FrotzMachine, as_by_fernz
    except ModuleNotFoundError as error:
        raise MissingDependency(
            f"jericho: its official stories need the package {error.name}, which is not "
            "installed; run `pip install 'agentrm[frotz]'`, or play them by engine='fernz'"
        ) from error
    return FrotzMachine if data == "official" else partial(FrotzMachine, clean=as_by_fernz)


__all__ = ["JerichoEnv", "Machine"]
