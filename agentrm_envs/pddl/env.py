"""PDDL: four planning domains told in AgentBoard's words."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache, lru_cache
from importlib import resources
from typing import Any

from agentrm_envs.core import Outcome, TextEnv
from agentrm_envs.pddl.grounding import GroundAction, GroundProblem, ground
from agentrm_envs.pddl.reader import read_domain, read_problem
from agentrm_envs.pddl.schema import Domain
from agentrm_envs.pddl.wording import Wording, action_text
from agentrm_envs.pddl.words import words

FAMILIES = ("gripper", "blockworld", "barman", "tyreworld")
"""The domains, in AgentBoard's order; a task id begins with one of them."""
_TELL_CHANGES = frozenset({"barman", "tyreworld"})
"""Families whose observations are the new facts only; the others' are the whole state."""
_INVALID = "The action is not valid and therefore takes no effect. "
NOT_UNDERSTOOD = _INVALID + "Please check valid actions."
NOT_POSSIBLE = (
    _INVALID
    + "Please remember to satisfy the restriction of actions. You can also check valid actions."
)
SATISFIED = " The goal is satisfied."
CHECK = "check valid actions"
LOOK = "look around"


class PDDLEnv(TextEnv):
    """AgentBoard's planning tasks: gripper, blockworld, barman and tyreworld.

    The world is a set of facts; the goal is a list of facts that shall hold at once. An action
    is free text in which the first word that names a possible action counts, and after it as
    many object names as that action takes, so `stack b1 b2` and `Stack b1 on b2.` are the same.
    `check valid actions` and `look around` cost a step like any other action. Two parameters
    never stand for the same object.

    The score is AgentBoard's progress rate: the largest share of the goal's facts that ever
    held after an action. The task ends, with success, when all of them hold; the limit is 30
    steps. Lists are sorted (AgentBoard's order changes with PYTHONHASHSEED).

    Built-in tasks are made by `generate.py` for domain files of our own with AgentBoard's
    names; official tasks are AgentBoard's 60 (see `official.py`).
    """

    def __init__(self, name: str = "pddl", max_steps: int = 30, **settings: Any) -> None:
        super().__init__(name, max_steps, **settings)
        self._world: World | None = None
        self._state = 0
        self._score = 0.0

    @property
    def world(self) -> World:
        """The grounded problem of the present task, for planners."""
        return self._started(self._world)

    @property
    def state(self) -> int:
        """The facts that hold now, as a mask over `world.problem.facts`."""
        return self._state

    def _start(self, task: Any) -> tuple[str, str]:
        self._world = world(task)
        self._state = self._world.problem.init
        self._score = 0.0
        return self._world.wording.goal, self._world.wording.state(self._state)

    def _act(self, action: str) -> Outcome:
        lowered = action.lower()
        if "check" in lowered:
            return self._told("Valid actions are: " + ", ".join(self._offers()))
        if LOOK in lowered:
            return self._told(self.world.wording.state(self._state))
        chosen = self._understand(lowered)
        if chosen is None:
            return self._told(NOT_UNDERSTOOD)
        after = self._after(*chosen)
        return self._told(NOT_POSSIBLE) if after == self._state else self._moved(after)

    def _save(self) -> tuple[str, int, float]:
        return self._now().task.id, self._state, self._score

    def _load(self, state: tuple[str, int, float]) -> None:
        task_id, self._state, self._score = state
        self._world = world(self._find(task_id))

    def valid_actions(self) -> list[str]:
        """The possible actions that change something, in their short form, sorted."""
        state = self._state
        return sorted(
            action.command
            for _, action in self.world.offers
            if action.applies(state) and action.result(state) != state
        )

    def _offers(self) -> list[str]:
        """What AgentBoard lists: possible actions, even without effect, then the commands."""
        possible = [text for text, a in self.world.offers if a.applies(self._state)]
        return possible + ([CHECK, LOOK] if self.world.family in _TELL_CHANGES else [CHECK])

    def _understand(self, lowered: str) -> tuple[str, tuple[str, ...]] | None:
        """The action's name and objects in a text, or None where it lacks one of them."""
        problem = self.world.problem
        said = words(lowered)
        name = next((word for word in said if self._possible(word)), None)
        if name is None:
            return None
        objects = [word for word in said if word in problem.objects]
        arity = problem.arities[name]
        return (name, tuple(objects[:arity])) if len(objects) >= arity else None

    def _possible(self, name: str) -> bool:
        actions = self.world.problem.by_name.get(name, ())
        return any(action.applies(self._state) for action in actions)

    def _after(self, name: str, objects: tuple[str, ...]) -> int:
        """The state after an action; the same state where it is not possible."""
        action = self.world.actions.get((name, objects))
        if action is None or not action.applies(self._state):
            return self._state
        return action.result(self._state)

    def _moved(self, after: int) -> Outcome:
        problem, wording = self.world.problem, self.world.wording
        told = after & ~self._state if self.world.family in _TELL_CHANGES else after
        self._state = after
        satisfied = problem.satisfied(after)
        self._score = max(self._score, satisfied / len(problem.goals))
        won = satisfied == len(problem.goals)
        text = wording.state(told) + (SATISFIED if won else "")
        return Outcome(text, self._score, terminated=won, success=won)

    def _told(self, text: str) -> Outcome:
        return Outcome(text, self._score, terminated=False)


class World:
    """A grounded problem with its texts: all that an environment needs, made once."""

    def __init__(self, family: str, problem: GroundProblem) -> None:
        self.family = family
        self.problem = problem
        self.wording = Wording(problem)
        self.offers: list[tuple[str, GroundAction]] = sorted(
            ((action_text(action), action) for action in problem.actions), key=lambda each: each[0]
        )
        self.actions = {(action.name, action.objects): action for action in problem.actions}


def world(task: Mapping[str, str]) -> World:
    """The world of a task: `family` and `problem` text, and for a foreign domain its `domain`.

    Raises BadData where the text is not PDDL that this package supports.
    """
    return _world(task["family"], task.get("domain"), task["problem"], task.get("source", ""))


@lru_cache(maxsize=256)
def _world(family: str, domain_text: str | None, problem_text: str, source: str) -> World:
    source = source or f"{family} problem"
    if domain_text is None:
        domain = builtin_domain(family)
    else:
        domain = read_domain(domain_text, f"{family}.pddl")
    return World(family, ground(read_problem(problem_text, domain, source), source))


@cache
def builtin_domain(family: str) -> Domain:
    """The domain of the built-in tasks of a family."""
    file = resources.files(__package__) / "domains" / f"{family}.pddl"
    return read_domain(file.read_text(encoding="utf-8"), f"domains/{family}.pddl")
