"""TextWorld's own environment for alfworld's game files, as it comes, and faster."""

from __future__ import annotations

import copy
import functools
import json
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # they are TextWorld's own
    import fast_downward
    from alfworld.agents.environment.alfred_tw_env import AlfredDemangler
    from textworld import EnvInfos
    from textworld.envs import PddlEnv
    from textworld.envs.pddl import textgen
    from textworld.logic import Rule


@dataclass(frozen=True, slots=True)
class Told:
    """All that is told at a step."""

    observation: str
    commands: tuple[str, ...]
    score: float
    done: bool


class Stock:
    """TextWorld with the names that alfworld gives to things."""

    def __init__(self) -> None:
        infos = EnvInfos(admissible_commands=True, won=True)
        self._env = AlfredDemangler(PddlEnv(infos))

    def load(self, game: str) -> None:
        # The planner's translator leaves other arguments of the program behind.
        arguments = sys.argv
        try:
            self._env.load(json.loads(game))
        finally:
            sys.argv = arguments

    def reset(self) -> Told:
        arguments = sys.argv
        try:
            state = self._env.reset()
        finally:
            sys.argv = arguments
        return Told(state.feedback, tuple(state["admissible_commands"]), 0.0, state["won"])

    def step(self, text: str) -> Told:
        state, score, done = self._env.step(text)
        return Told(state.feedback, tuple(state["admissible_commands"]), score, done)


@contextmanager
def remembering() -> Iterator[None]:
    """TextWorld with what it works out again at each step kept; it tells the same, sooner.

    Texts of its grammar and queries are parsed once, contexts are copied flatly, a problem is
    translated once, and not at all for the planner's search, of which nothing is asked here.
    """
    before = [(owner, name, getattr(owner, name)) for owner, name, _ in _REMEMBERED]
    for owner, name, other in _REMEMBERED:
        setattr(owner, name, other)
    try:
        yield
    finally:
        for owner, name, own in before:
            setattr(owner, name, own)
        _translated.cache_clear()


_parse, _query, _translate = (
    textgen._parse_and_convert,
    Rule.parse_conjunctive_query,
    fast_downward.pddl2sas,
)


@functools.cache
def _parsed(text: str, rule_name: str) -> Any:
    return _parse(text, rule_name=rule_name)


def _parsed_anew(text: str, rule_name: str, **_: Any) -> Any:
    # What is parsed is given a context by whoever uses it.
    return copy.deepcopy(_parsed(text, rule_name))


@functools.lru_cache(maxsize=4)
def _translated(domain: str, problem: str) -> Any:
    return _translate(domain, problem)


def _translated_once(domain: str, problem: str, **_: Any) -> Any:
    return _translated(domain, problem)


def _flat(context: dict[str, Any]) -> dict[str, Any]:
    return {**context, "variables": {**context["variables"]}, "mapping": {**context["mapping"]}}


_REMEMBERED = (
    (textgen, "_parse_and_convert", _parsed_anew),
    (textgen, "copy_context", _flat),
    (Rule, "parse_conjunctive_query", staticmethod(functools.cache(_query))),
    (fast_downward, "pddl2sas", _translated_once),
)
