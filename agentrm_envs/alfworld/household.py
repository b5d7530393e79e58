"""A household as data: its receptacles, its objects, where they are, and what is to be done."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

GoalKind = Literal["pick", "light", "clean", "heat", "cool", "two"]
GOAL_KINDS: tuple[GoalKind, ...] = ("pick", "light", "clean", "heat", "cool", "two")
CLEANABLE, HEATABLE, COOLABLE = "cleanable", "heatable", "coolable"
PICKUPABLE, TOGGLEABLE, SLICEABLE = "pickupable", "toggleable", "sliceable"
CONTAINER = "isreceptacleobject"
CONDITIONS = ("isclean", "ishot", "iscool", "istoggled", "issliced")
"""What may hold of a thing at the beginning; what lies in a fridge is often cool already."""
TRAITS = (CLEANABLE, HEATABLE, COOLABLE, PICKUPABLE, TOGGLEABLE, SLICEABLE, CONTAINER)
_MARK = "_bar_"


@dataclass(frozen=True, slots=True)
class Goal:
    """What shall hold: an object of some kind, treated, somewhere; or looked at under a lamp."""

    kind: GoalKind
    thing: str
    place: str
    """The kind of the receptacle, or of the lamp."""
    text: str = ""
    """The sentence that tells it, with its full stop."""


@dataclass(frozen=True, slots=True)
class Receptacle:
    """A piece of furniture that things lie in or on."""

    id: str
    kind: str
    locations: frozenset[str]
    openable: bool = False
    opened: bool = False


@dataclass(frozen=True, slots=True)
class Thing:
    """An object, with what can be done with it."""

    id: str
    kind: str
    traits: frozenset[str]


@dataclass(frozen=True, slots=True)
class Household:
    """A household at its beginning; receptacles and things are sorted by id."""

    receptacles: tuple[Receptacle, ...]
    things: tuple[Thing, ...]
    inside: frozenset[tuple[str, str]]
    """Pairs of a thing and the receptacle it is in or on."""
    near: frozenset[tuple[str, str]]
    """Pairs of a thing and the location it is at."""
    carried: frozenset[tuple[str, str]]
    """Pairs of a thing and the thing that holds it, as a fork in a bowl; only told, never used."""
    fits: frozenset[tuple[str, str]]
    """Pairs of a receptacle's kind and a thing's kind that may be put there."""
    start: str
    """The location where one begins."""
    goal: Goal
    names: Mapping[str, str]
    """How the texts name each id, locations included."""
    already: frozenset[tuple[str, str]] = frozenset()
    """Pairs of a condition and the thing of which it holds."""


def numbered(ids: Iterable[str]) -> dict[str, str]:
    """Each id's name in texts, as `cabinet 3` for `cabinet_bar_...`.

    The first id of a kind in alphabetical order has the highest number (alfworld's
    Demangler, without shuffling).
    """
    order = sorted(set(ids))
    left = Counter(_stem(id) for id in order if _MARK in id)
    names = {}
    for id in order:
        stem = _stem(id)
        if _MARK in id:
            names[id] = f"{stem} {left[stem]}"
            left[stem] -= 1
        else:
            names[id] = f"{id} "
    return names


def _stem(id: str) -> str:
    stem = id.partition(_MARK)[0]
    return stem + "basin" if "basin" in id else stem
