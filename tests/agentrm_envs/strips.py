"""PDDL played the slow, obvious way: facts are strings in a set, and nothing is worked out ahead.

It shares no code with the package, so that both can be held against each other.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product

Tree = list  # of strings and trees


@dataclass
class Move:
    """An action's parameters and the facts with variables in it."""

    name: str
    parameters: list[tuple[str, str]]
    needs: list[list[str]]
    adds: list[list[str]]
    deletes: list[list[str]]


class Strips:
    """One problem: `state` is a set of facts such as `on b1 b2`."""

    def __init__(self, domain: str, problem: str) -> None:
        parts, rest = tree(domain)[1:], tree(problem)[1:]
        self.parents = dict(typed(section(parts, ":types")))
        objects = typed(section(parts, ":constants")) + typed(section(rest, ":objects"))
        self.objects = dict(objects)
        self.moves = {part[1]: move(part) for part in parts if part[0] == ":action"}
        self.state = {" ".join(fact) for fact in section(rest, ":init")}
        self.goal = {" ".join(fact) for fact in conjunction(section(rest, ":goal")[0])}

    def after(self, name: str, objects: tuple[str, ...]) -> set[str] | None:
        """The state after an action, or None where it is not possible."""
        done = self.moves[name]
        if len(set(objects)) < len(objects) or len(objects) != len(done.parameters):
            return None
        if not all(
            self.is_a(self.objects[thing], kind)
            for thing, (_, kind) in zip(objects, done.parameters, strict=True)
        ):
            return None
        bound = dict(zip([variable for variable, _ in done.parameters], objects, strict=True))

        def facts(atoms: list[list[str]]) -> set[str]:
            return {" ".join(bound.get(term, term) for term in atom) for atom in atoms}

        if not facts(done.needs) <= self.state:
            return None
        return (self.state - facts(done.deletes)) | facts(done.adds)

    def possible(self) -> Iterator[tuple[str, tuple[str, ...]]]:
        """Every action that is possible now, by trying them all."""
        for name, done in self.moves.items():
            choices = [self.things(kind) for _, kind in done.parameters]
            for objects in product(*choices):
                if self.after(name, objects) is not None:
                    yield name, objects

    def things(self, wanted: str) -> list[str]:
        return [thing for thing, kind in self.objects.items() if self.is_a(kind, wanted)]

    def is_a(self, kind: str, wanted: str) -> bool:
        return kind == wanted or wanted == "object" or self._parent_is(kind, wanted)

    def _parent_is(self, kind: str, wanted: str) -> bool:
        parent = self.parents.get(kind, "object")
        return parent not in (kind, "object") and self.is_a(parent, wanted)


def tree(text: str) -> Tree:
    """Nested lists of lower-case words."""
    plain = re.sub(r";.*", "", text).lower().replace("?", " ?")
    stack: list[Tree] = [[]]
    for word in re.findall(r"[()]|[^()\s]+", plain):
        if word == "(":
            stack.append([])
        elif word == ")":
            done = stack.pop()
            stack[-1].append(done)
        else:
            stack[-1].append(word)
    return stack[0][0]


def section(parts: Tree, name: str) -> Tree:
    return next((part[1:] for part in parts if part[0] == name), [])


def typed(words: Tree) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    names: list[str] = []
    rest = iter(words)
    for word in rest:
        if word == "-":
            kind = next(rest)
            found += [(name, kind) for name in names]
            names = []
        else:
            names.append(word)
    return found + [(name, "object") for name in names]


def conjunction(part: Tree) -> Tree:
    return part[1:] if part and part[0] == "and" else [part] if part else []


def move(part: Tree) -> Move:
    fields = dict(zip(part[2::2], part[3::2], strict=True))
    effects = conjunction(fields[":effect"])
    return Move(
        part[1],
        typed(fields[":parameters"]),
        conjunction(fields.get(":precondition", [])),
        [effect for effect in effects if effect[0] != "not"],
        [effect[1] for effect in effects if effect[0] == "not"],
    )
