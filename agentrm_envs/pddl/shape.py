"""A problem's shape: what is left of its facts when its objects lose their names.

Two problems that differ only in names have the same shape. (Colour refinement: the converse
can fail, so that a few different problems count as alike, never the other way round.)
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from agentrm_envs.pddl.schema import Atom, Problem

ROUNDS = 4
"""Rounds of refinement; no built-in problem needs more to tell its objects apart."""


def shape(problem: Problem) -> str:
    """A digest of the initial and goal facts that no renaming of objects changes.

    The domain's constants keep their names, because actions refer to them.
    """
    marked = [("init", atom) for atom in sorted(problem.init)]
    marked += [("goal", atom) for atom in problem.goal]
    colours = {name: "" for name in problem.objects if name not in problem.domain.constants}
    for _ in range(ROUNDS):
        colours = _refined(colours, marked)
    return _digest(sorted((mark, _coloured(atom, colours)) for mark, atom in marked))


def _refined(colours: dict[str, str], marked: Iterable[tuple[str, Atom]]) -> dict[str, str]:
    """Each object's colour with those of the facts that it occurs in."""
    places: dict[str, list[object]] = {name: [] for name in colours}
    for mark, atom in marked:
        for place, term in enumerate(atom.terms):
            if term in places:
                places[term].append((mark, place, _coloured(atom, colours)))
    return {
        name: _digest((colours[name], sorted(map(repr, found)))) for name, found in places.items()
    }


def _coloured(atom: Atom, colours: dict[str, str]) -> tuple[str, ...]:
    return (atom.predicate, *(colours.get(term, term) for term in atom.terms))


def _digest(value: object) -> str:
    return hashlib.sha256(repr(value).encode()).hexdigest()[:16]
