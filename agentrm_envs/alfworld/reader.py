"""Upstream's game files: `game.tw-pddl` is JSON with a domain, a grammar and a problem.

Only the domain and the two grammars that alfworld has published are run, since the rules and
texts are this package's own (`engine.py`, `wording.py`); anything else is refused.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections import defaultdict
from typing import Any

from agentrm_envs.alfworld.household import (
    CONDITIONS,
    TRAITS,
    Goal,
    GoalKind,
    Household,
    Receptacle,
    Thing,
    numbered,
)
from agentrm_envs.alfworld.wording import Grammar
from agentrm_envs.errors import BadData
from agentrm_envs.pddl.sexpr import Group, Word, group_of, parse

MAX_CHARACTERS = 1_000_000
"""Of a game file; the longest has some 200,000."""
_DOMAINS = frozenset({"3f4032d02e17", "9549a55d7ecd", "c398bac7936b"})
_GRAMMARS: dict[str, Grammar] = {"01b08e82e84e": "put", "ebbfaa254bed": "move"}
_GOAL_TEXT = re.compile(r'Your task is to: ([^"]*)"')
_FACT = re.compile(r"\(\s*([^()\s][^()]*)\)")
_COMMENT = re.compile(r";[^\n]*")
_PLACED = ("inreceptacle", "objecttype", "receptacletype")
_LIT = (
    *("objecttype", "toggleable", "istoggled", "inreceptacle"),
    *("receptacleatlocation", "atlocation", "objecttype", "holds"),
)
# The facts of each kind of goal, without their variables.
_GOALS: dict[tuple[str, ...], GoalKind] = {
    tuple(sorted(_PLACED)): "pick",
    tuple(sorted((*_PLACED, "cleanable", "isclean"))): "clean",
    tuple(sorted((*_PLACED, "heatable", "ishot"))): "heat",
    tuple(sorted((*_PLACED, "coolable", "iscool"))): "cool",
    tuple(sorted((*_PLACED, *_PLACED, "not"))): "two",
    tuple(sorted(_LIT)): "light",
}

Facts = dict[str, list[tuple[str, ...]]]


def read_game(text: str, source: str) -> tuple[Household, Grammar]:
    """The household of a game file and the grammar it is told in.

    Raises BadData where it is no game file, or of another domain or grammar.
    """
    if len(text) > MAX_CHARACTERS:
        raise BadData(f"{source}: longer than the {MAX_CHARACTERS} characters that are read")
    try:
        game = json.loads(text)
        domain, grammar, problem = (
            _text(game, key) for key in ("pddl_domain", "grammar", "pddl_problem")
        )
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise BadData(f"{source}: not an ALFWorld game file ({error!r})") from error
    if _digest(_COMMENT.sub("", domain)) not in _DOMAINS:
        raise BadData(f"{source}: its pddl_domain is not one that alfworld has published")
    told = _GOAL_TEXT.search(grammar)
    # A grammar may hold "#" but no ";": comments are not cut, so that no text is ignored.
    version = _GRAMMARS.get(_digest(_GOAL_TEXT.sub('Your task is to: "', grammar)))
    if told is None or version is None:
        raise BadData(f"{source}: its grammar is not one that alfworld has published")
    return read_problem(problem, told[1], source), version


def read_problem(problem: str, goal: str, source: str) -> Household:
    """The household of a PDDL problem of alfworld's domain; `goal` is the sentence for it."""
    text = _COMMENT.sub("", problem).lower()
    try:
        begin, end = text.index("(:init"), text.index("(:goal")
        facts = _facts(text[begin + len("(:init") : end])
        section = parse("(define " + text[end:], source).items[1]
        return _household(facts, _goal(section, goal, source))
    except (KeyError, ValueError, IndexError) as error:
        raise BadData(f"{source}: not a problem of alfworld's domain ({error!r})") from error


def _text(game: Any, key: str) -> str:
    value = game[key]
    if not isinstance(value, str):
        raise TypeError(f"{key} must be a string")
    return value


def _digest(text: str) -> str:
    return hashlib.sha256(" ".join(text.split()).encode()).hexdigest()[:12]


def _facts(init: str) -> Facts:
    facts: Facts = defaultdict(list)
    for fact in _FACT.findall(init):
        predicate, *terms = fact.split()
        facts[predicate].append(tuple(terms))
    return facts


def _household(facts: Facts, goal: Goal) -> Household:
    kinds = {place: _kind(kind) for place, kind in facts["receptacletype"]}
    sites: dict[str, set[str]] = defaultdict(set)
    for place, location in facts["receptacleatlocation"]:
        sites[place].add(location)
    openable = {place for (place,) in facts["openable"]}
    opened = {place for (place,) in facts["opened"]}
    owned: dict[str, set[str]] = defaultdict(set)
    for trait in TRAITS:
        for (thing,) in facts[trait]:
            owned[thing].add(trait)
    ((_, start),) = facts["atlocation"]
    return Household(
        receptacles=tuple(
            Receptacle(id, kinds[id], frozenset(sites[id]), id in openable, id in opened)
            for id in sorted(kinds)
        ),
        things=tuple(
            Thing(id, _kind(kind), frozenset(owned[id])) for id, kind in sorted(facts["objecttype"])
        ),
        inside=frozenset((thing, place) for thing, place in facts["inreceptacle"]),
        near=frozenset((thing, location) for thing, location in facts["objectatlocation"]),
        carried=frozenset((inner, outer) for inner, outer in facts["inreceptacleobject"]),
        fits=frozenset((_kind(place), _kind(thing)) for place, thing in facts["cancontain"]),
        start=start,
        goal=goal,
        names=numbered(term for rows in facts.values() for row in rows for term in row),
        already=frozenset((each, thing) for each in CONDITIONS for (thing,) in facts[each]),
    )


def _goal(section: Word | Group, text: str, source: str) -> Goal:
    atoms = _atoms(group_of(section, source).items[1])
    kind = _GOALS.get(tuple(sorted(atom[0] for atom in atoms)))
    if kind is None:
        raise BadData(f"{source}: a goal of none of the six kinds that alfworld plays")
    things = [_kind(atom[2]) for atom in atoms if atom[0] == "objecttype"]
    if kind == "light":
        lamp, thing = things
        return Goal(kind, thing, lamp, text)
    (place,) = {_kind(atom[2]) for atom in atoms if atom[0] == "receptacletype"}
    (thing,) = set(things)
    return Goal(kind, thing, place, text)


def _atoms(item: Word | Group) -> list[tuple[str, ...]]:
    """The facts under conjunctions and existential quantifiers; a `not` counts as one."""
    if isinstance(item, Word):
        return []
    if item.head == "and":
        return [atom for part in item.items[1:] for atom in _atoms(part)]
    if item.head == "exists":
        return _atoms(item.items[2])
    return [tuple(each.text for each in item.items if isinstance(each, Word))]


def _kind(type_name: str) -> str:
    return type_name.removesuffix("type")
