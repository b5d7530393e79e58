"""What PDDL files hold once they are read: domains with action schemas, and problems."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

ANYTHING = "object"
"""The type that every object has."""


class Atom(NamedTuple):
    """A predicate with its terms: objects, or in an action's schema also variables."""

    predicate: str
    terms: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Schema:
    """An action with variables."""

    name: str
    parameters: tuple[tuple[str, tuple[str, ...]], ...]
    """Each variable with the types that it may have."""
    preconditions: tuple[Atom, ...]
    adds: tuple[Atom, ...]
    deletes: tuple[Atom, ...]


@dataclass(frozen=True, slots=True)
class Domain:
    """What all problems of a domain share."""

    name: str
    supertypes: Mapping[str, tuple[str, ...]]
    constants: Mapping[str, tuple[str, ...]]
    arities: Mapping[str, int]
    schemas: tuple[Schema, ...]
    assumed: Mapping[str, str]
    """Objects that actions mention and only problems declare, each with the place of the first
    mention, as `tyreworld.pddl:51`."""

    def all_types(self, types: Iterable[str]) -> frozenset[str]:
        """The types with all that lie above them; everything is an object."""
        known = {ANYTHING}
        waiting = list(types)
        while waiting:
            name = waiting.pop()
            if name not in known:
                known.add(name)
                waiting.extend(self.supertypes.get(name, ()))
        return frozenset(known)


@dataclass(frozen=True, slots=True)
class Problem:
    """The objects, the initial facts and the goal facts of one problem."""

    name: str
    domain: Domain
    objects: Mapping[str, tuple[str, ...]]
    """Every object with its types, the domain's constants included."""
    init: frozenset[Atom]
    goal: tuple[Atom, ...]
