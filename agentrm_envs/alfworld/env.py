"""ALFWorld: household tasks in text."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Literal, get_args

from agentrm_envs.alfworld import perturbed
from agentrm_envs.alfworld.engine import Command, Engine, State
from agentrm_envs.alfworld.furnish import household_of
from agentrm_envs.alfworld.household import Household
from agentrm_envs.alfworld.menu import Menu
from agentrm_envs.alfworld.perturbed import PERTURBATIONS, Perturbation
from agentrm_envs.alfworld.reader import read_game
from agentrm_envs.alfworld.subgoals import reached, subgoals
from agentrm_envs.alfworld.wording import GRAMMARS, NOTHING, Grammar, Wording
from agentrm_envs.core import Outcome, TextEnv
from agentrm_envs.errors import BadData, require_known

Protocol = Literal["agentboard", "eto"]
CHECK = "check valid actions"
OFFERED = "Choose an action from these valid actions: "
_ARRIVED = "You arrive at loc "


class ALFWorldEnv(TextEnv):
    """The household tasks of alfworld, on an engine of our own (`engine.py`).

    One goes to receptacles, opens and closes them, takes and puts things, cleans, heats and
    cools them and switches lamps on, to bring something somewhere (also two of them, or clean,
    hot or cool) or to look at it under a lamp. What is not possible is answered with "Nothing
    happens."; observations, commands and the end are TextWorld's to the byte, without the
    banner and "You arrive at loc ..", which upstream's harnesses cut off as well.

    `protocol="agentboard"` (the paper's `alfworld_ab`; 30 steps): the score is the share of the
    subgoals (`subgoals.py`) that observations have shown, 1 at the goal; `look` repeats what
    was last seen on going or opening; `check valid actions` lists them; a final full stop is
    cut off, and `put X in Y` or `on Y` is `put X in/on Y`. `protocol="eto"` (40 steps): the
    score is 1 at the goal, else 0.

    `grammar="put"` is that of the paper's prompts ("put X in/on Y"), `"move"` that of alfworld
    0.4 ("move X to Y"); official files must be of the grammar asked for, so that results
    never mix them. `perturbation` changes how commands are written (`perturbed.py`).

    Built-in tasks are households of `generate.py`; official ones are alfworld's game files
    (see `official.py`).
    """

    def __init__(
        self,
        name: str = "alfworld",
        max_steps: int = 30,
        *,
        protocol: Protocol = "agentboard",
        grammar: Grammar = "put",
        perturbation: Perturbation = "none",
        **settings: Any,
    ) -> None:
        super().__init__(name, max_steps, **settings)
        require_known(name, "protocol", protocol, get_args(Protocol))
        require_known(name, "grammar", grammar, GRAMMARS)
        require_known(name, "perturbation", perturbation, PERTURBATIONS)
        self.protocol = protocol
        self.grammar: Grammar = grammar
        self.perturbation: Perturbation = perturbation
        self._world: World | None = None
        self._state: State | None = None
        self._last = ""
        self._seen = 0
        self._reached = 0

    @property
    def world(self) -> World:
        """The present household with its rules and texts, for planners."""
        return self._started(self._world)

    @property
    def state(self) -> State:
        """Where everything is now."""
        return self._started(self._state)

    @property
    def seen(self) -> int:
        """A mask of the receptacles whose contents have been shown so far."""
        return self._seen

    def _start(self, task: Any) -> tuple[str, str]:
        self._world = world = self._world_of(task)
        self._state = world.engine.start
        self._seen = self._reached = 0
        self._last = world.wording.opening(world.engine.start)
        goal = world.engine.household.goal.text + perturbed.note(self.perturbation, self.grammar)
        return goal, perturbed.tell(self._last, self.perturbation)

    def _act(self, action: str) -> Outcome:
        usual = action.strip()
        if self.protocol == "agentboard":
            usual = _by_agentboard(usual)
            if usual == CHECK:
                return self._told(OFFERED + ", ".join([*self.valid_actions(), CHECK]))
            if usual == "look":
                return self._told(self._last)
            # AgentBoard cuts a full stop off last; blanks before it are nothing to the game.
            usual = usual.strip()
        usual = perturbed.read(usual, self.perturbation)
        command = self.commands().get(usual)
        return self._told(NOTHING) if command is None else self._moved(command)

    def _save(self) -> tuple[str, State, str, int, int]:
        return self._now().task.id, self.state, self._last, self._seen, self._reached

    def _load(self, state: tuple[str, State, str, int, int]) -> None:
        task_id, self._state, self._last, self._seen, self._reached = state
        self._world = self._world_of(self._find(task_id))

    def commands(self) -> dict[str, Command]:
        """The possible commands by their usual text, the first of equal ones."""
        return self.world.menu.commands(self.state)

    def valid_actions(self) -> list[str]:
        """TextWorld's admissible commands, sorted, as the perturbation has them written."""
        usual = sorted(self.commands())
        if self.perturbation == "none":
            return usual
        return [perturbed.command(text, self.perturbation) for text in usual]

    def _moved(self, command: Command) -> Outcome:
        world = self.world
        self._state = state = world.engine.after(self.state, command)
        text = world.wording.answer(command, state)
        if text.startswith(_ARRIVED):
            text = text.partition(". ")[2]
        if command.verb in ("goto", "open"):
            self._last = text
        shows = command.verb in ("goto", "open", "examine")
        if shows and world.engine.accessible(state, command.place):
            self._seen |= 1 << command.place
        self._reached |= reached(text, world.subgoals)
        return self._told(text)

    def _told(self, text: str) -> Outcome:
        won = self.world.engine.won(self.state)
        return Outcome(perturbed.tell(text, self.perturbation), self._score(won), won, won)

    def _score(self, won: bool) -> float:
        if won or self.protocol == "eto":
            return float(won)
        return self._reached.bit_count() / (len(self.world.subgoals) + 1)

    def _world_of(self, task: Mapping[str, Any]) -> World:
        if "file" in task:
            return _official(task["file"], self.grammar)
        return _builtin(task["seed"], task["goal"], task["room"], task["layouts"], self.grammar)


class World:
    """A household with its rules and texts: all that an environment needs, made once."""

    def __init__(self, household: Household, grammar: Grammar) -> None:
        self.engine = Engine(household)
        self.wording = Wording(self.engine, grammar)
        self.menu = Menu(self.engine, self.wording)
        self.subgoals = subgoals(household.goal)


def _by_agentboard(action: str) -> str:
    """An action as AgentBoard's task and then its environment have cleaned it."""
    if "put" in action:
        short = " in " if " in " in action else " on "
        action = action.replace(short, " in/on ")
    return action.removesuffix(".").strip().removesuffix(".")


@lru_cache(maxsize=256)
def _builtin(seed: int, goal: Any, room: str, layouts: str, grammar: Grammar) -> World:
    return World(household_of(seed, goal=goal, room=room, layouts=layouts), grammar)


@lru_cache(maxsize=256)
def _official(file: str, grammar: Grammar) -> World:
    with open(file, encoding="utf-8") as stream:
        household, version = read_game(stream.read(), file)
    if version != grammar:
        raise BadData(
            f"{file} is told in the grammar {version!r}, not {grammar!r}; "
            f"make the environment with grammar={version!r}; on command lines it is "
            f"{'alfworld:move or alfworld:eto-move' if version == 'move' else 'alfworld'}"
        )
    return World(household, grammar)
