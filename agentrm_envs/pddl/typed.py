"""Lists of names with types, as `a b - block c - (either block table) d`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from agentrm_envs.pddl.schema import ANYTHING
from agentrm_envs.pddl.sexpr import Group, Word, fault, text_of

Types = tuple[str, ...]
"""The types that a thing may have; one of them is enough."""
# What the environment finds in an action's text; another name could never be said.
_NAME = re.compile(r"[\w\-]+")


def typed(items: Iterable[Word | Group], source: str) -> list[tuple[Word, Types]]:
    """The words of a list, each with its types."""
    found: list[tuple[Word, Types]] = []
    waiting: list[Word] = []
    rest = iter(items)
    for item in rest:
        if isinstance(item, Group):
            raise fault(source, item.line, "a name was expected here, not a parenthesis")
        if item.text != "-":
            waiting.append(item)
            continue
        types = _types(next(rest, None), item, source)
        found += [(word, types) for word in waiting]
        waiting = []
    return found + [(word, (ANYTHING,)) for word in waiting]


def known_types(
    items: Iterable[Word | Group], known: Mapping[str, Types], source: str
) -> list[tuple[Word, Types]]:
    """The same, where a type that is not `known` is a fault."""
    found = typed(items, source)
    for word, types in found:
        for name in types:
            if name not in known:
                raise fault(source, word.line, f"{word.text} has the unknown type {name!r}")
    return found


def name_of(item: Word | Group, source: str) -> str:
    """The name of an object, a predicate, an action or a type."""
    text = text_of(item, source)
    if not _NAME.fullmatch(text):
        raise fault(source, item.line, f"{text!r} is no name: letters, digits, - and _ only")
    return text


def hierarchy(items: Iterable[Word | Group], source: str) -> dict[str, Types]:
    """Each type of a `(:types ...)` list with its direct supertypes."""
    parents: dict[str, dict[str, None]] = {ANYTHING: {}}
    for word, supertypes in typed(items, source):
        parents.setdefault(name_of(word, source), {}).update(dict.fromkeys(supertypes))
        for name in supertypes:
            parents.setdefault(name, {})
    return {name: tuple(above) for name, above in parents.items()}


def _types(item: Word | Group | None, dash: Word, source: str) -> Types:
    if isinstance(item, Word):
        return (item.text,)
    if item is None or item.head != "either" or len(item.items) < 2:
        raise fault(source, dash.line, "no type after the dash")
    return tuple(text_of(name, source) for name in item.items[1:])
