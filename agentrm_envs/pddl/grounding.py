"""A problem grounded once: a state is one int, a bit for each fact, and an action three masks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby

from agentrm_envs.errors import BadData
from agentrm_envs.pddl.schema import Atom, Problem, Schema

MAX_ACTIONS = 20_000
"""Ground actions a problem may have; AgentBoard's largest has 1,128."""
MAX_FACTS = 10_000
"""Facts a problem may have; AgentBoard's largest has 459."""
MAX_WORK = 1_000_000
"""Objects and facts looked at while grounding one problem, a second or two; AgentBoard's
largest takes some 20,000."""


@dataclass(frozen=True, slots=True)
class GroundAction:
    """An action with objects for its parameters."""

    name: str
    objects: tuple[str, ...]
    needs: int
    """Facts that must hold, without those that no action ever changes."""
    adds: int
    deletes: int

    @property
    def command(self) -> str:
        """The shortest text that the environment reads as this action: name and objects."""
        return " ".join((self.name, *self.objects))

    def applies(self, state: int) -> bool:
        return state & self.needs == self.needs

    def result(self, state: int) -> int:
        """The state afterwards: deletes come first, so a fact in both lists holds."""
        return state & ~self.deletes | self.adds


@dataclass(frozen=True, eq=False)
class GroundProblem:
    """Facts and actions of a problem, both in sorted order; bit i stands for `facts[i]`.

    Compared by identity: worlds are made once and serve as keys of caches.
    """

    facts: tuple[Atom, ...]
    actions: tuple[GroundAction, ...]
    init: int
    goals: tuple[int, ...]
    """One mask of one bit for each goal fact."""
    objects: frozenset[str]
    arities: Mapping[str, int]
    """How many objects each action takes."""
    by_name: Mapping[str, tuple[GroundAction, ...]]

    def satisfied(self, state: int) -> int:
        """How many of the goal facts hold."""
        return sum(1 for goal in self.goals if state & goal)


def bits(mask: int) -> Iterator[int]:
    """The numbers of the bits that are set, ascending."""
    while mask:
        lowest = mask & -mask
        yield lowest.bit_length() - 1
        mask ^= lowest


def ground(problem: Problem, source: str) -> GroundProblem:
    """Every action whose constant preconditions hold, over all bindings of distinct objects.

    Raises BadData where the problem is larger than the limits above.
    """
    schemas = problem.domain.schemas
    fluents = {atom.predicate for schema in schemas for atom in (*schema.adds, *schema.deletes)}
    budget = _Budget(MAX_WORK, source)
    kinds = _kinds(problem)
    bound: list[tuple[Schema, dict[str, str]]] = []
    for schema in schemas:
        for binding in _Binder(schema, problem, kinds, fluents, budget).bindings():
            bound.append((schema, binding))
            if len(bound) > MAX_ACTIONS:
                raise BadData(f"{source}: too many ground actions (over {MAX_ACTIONS})")
    numbers = _numbers(problem, fluents, bound)
    if len(numbers) > MAX_FACTS:
        raise BadData(f"{source}: too many facts ({len(numbers)}, over {MAX_FACTS})")
    actions = sorted(
        (_ground_action(schema, binding, fluents, numbers) for schema, binding in bound),
        key=lambda action: (action.name, action.objects),
    )
    return GroundProblem(
        facts=tuple(numbers),
        actions=tuple(actions),
        init=_mask(problem.init, numbers),
        goals=tuple(1 << numbers[atom] for atom in problem.goal),
        objects=frozenset(problem.objects),
        arities={schema.name: len(schema.parameters) for schema in schemas},
        by_name={
            name: tuple(group) for name, group in groupby(actions, key=lambda action: action.name)
        },
    )


def _kinds(problem: Problem) -> dict[str, frozenset[str]]:
    """Every type that each object has, in the order of the objects' names."""
    known: dict[tuple[str, ...], frozenset[str]] = {}
    for types in problem.objects.values():
        if types not in known:
            known[types] = problem.domain.all_types(types)
    return {name: known[types] for name, types in sorted(problem.objects.items())}


class _Budget:
    """Counts the work, so that a hostile file cannot keep the reader busy for ever."""

    def __init__(self, limit: int, source: str) -> None:
        self.left = limit
        self.source = source

    def spend(self, amount: int) -> None:
        self.left -= amount
        if self.left < 0:
            raise BadData(f"{self.source}: too many bindings to ground (over {MAX_WORK} steps)")


class _Binder:
    """Finds the objects that a schema's parameters can stand for."""

    def __init__(
        self,
        schema: Schema,
        problem: Problem,
        kinds: Mapping[str, frozenset[str]],
        fluents: set[str],
        budget: _Budget,
    ) -> None:
        self.init = problem.init
        self.budget = budget
        self.size = len(schema.preconditions) + len(schema.adds) + len(schema.deletes)
        self.variables = [variable for variable, _ in schema.parameters]
        budget.spend(len(kinds) * len(self.variables) + self.size)
        self.choices = [
            [name for name, types in kinds.items() if not types.isdisjoint(wanted)]
            for _, wanted in schema.parameters
        ]
        constant = [atom for atom in schema.preconditions if atom.predicate not in fluents]
        self.checks: list[list[Atom]] = [[] for _ in range(len(self.variables) + 1)]
        for atom in constant:
            places = [self.variables.index(t) + 1 for t in atom.terms if t in self.variables]
            self.checks[max(places, default=0)].append(atom)

    def bindings(self) -> Iterator[dict[str, str]]:
        """Depth first, with each constant precondition checked as soon as it is bound."""
        return self._extend({}, 0) if self._holds({}, 0) else iter(())

    def _extend(self, binding: dict[str, str], depth: int) -> Iterator[dict[str, str]]:
        if depth == len(self.variables):
            self.budget.spend(self.size)
            yield binding
            return
        taken = set(binding.values())
        for name in self.choices[depth]:
            self.budget.spend(1)
            if name not in taken:
                longer = {**binding, self.variables[depth]: name}
                if self._holds(longer, depth + 1):
                    yield from self._extend(longer, depth + 1)

    def _holds(self, binding: dict[str, str], depth: int) -> bool:
        self.budget.spend(len(self.checks[depth]))
        return all(_bind(atom, binding) in self.init for atom in self.checks[depth])


def _bind(atom: Atom, binding: Mapping[str, str]) -> Atom:
    return Atom(atom.predicate, tuple(binding.get(term, term) for term in atom.terms))


def _numbers(
    problem: Problem, fluents: set[str], bound: Iterable[tuple[Schema, dict[str, str]]]
) -> dict[Atom, int]:
    facts = {*problem.init, *problem.goal}
    for schema, binding in bound:
        needs = (atom for atom in schema.preconditions if atom.predicate in fluents)
        for atom in (*needs, *schema.adds, *schema.deletes):
            facts.add(_bind(atom, binding))
    return {atom: number for number, atom in enumerate(sorted(facts))}


def _ground_action(
    schema: Schema, binding: dict[str, str], fluents: set[str], numbers: Mapping[Atom, int]
) -> GroundAction:
    needs = (atom for atom in schema.preconditions if atom.predicate in fluents)
    return GroundAction(
        schema.name,
        tuple(binding[variable] for variable, _ in schema.parameters),
        _mask((_bind(atom, binding) for atom in needs), numbers),
        _mask((_bind(atom, binding) for atom in schema.adds), numbers),
        _mask((_bind(atom, binding) for atom in schema.deletes), numbers),
    )


def _mask(atoms: Iterable[Atom], numbers: Mapping[Atom, int]) -> int:
    mask = 0
    for atom in atoms:
        mask |= 1 << numbers[atom]
    return mask
