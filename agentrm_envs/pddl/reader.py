"""Domains and problems out of PDDL text: STRIPS with types and constants.

Files are read as AgentBoard and the planning competitions wrote them: typed or not, sections
in any order, constants listed again among the objects, action costs (read and left out).
Parameters of one action never bind the same object, as in pddlgym. Everything else (negative
preconditions, disjunction, quantifiers, conditional effects, numbers, derived predicates) is
refused with the file's name and line, because ignoring it would change the task.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from agentrm_envs.pddl.schema import ANYTHING, Atom, Domain, Problem, Schema
from agentrm_envs.pddl.sexpr import Group, Word, fault, parse

_IGNORED = {":requirements", ":metric", ":length"}
_COST = "total-cost"


def read_domain(text: str, source: str) -> Domain:
    """The domain in a file's text; `source` is the name that errors give it."""
    name, sections = _definition(text, source, "domain")
    known = {":types", ":constants", ":predicates", ":functions", ":action"}
    _refuse_others(sections, known, source)
    supertypes: dict[str, tuple[str, ...]] = {}
    for section in _named(sections, ":types"):
        for word, parents in _typed(section.items[1:], source):
            supertypes[word.text] = (*supertypes.get(word.text, ()), *parents)
            supertypes.update({parent: () for parent in parents if parent not in supertypes})
    supertypes.setdefault(ANYTHING, ())
    for section in _named(sections, ":functions"):
        _check_functions(section, source)
    constants: dict[str, tuple[str, ...]] = {}
    for section in _named(sections, ":constants"):
        constants.update(_objects(section, supertypes, source))
    arities: dict[str, int] = {}
    for section in _named(sections, ":predicates"):
        arities.update(_predicate(item, supertypes, source) for item in section.items[1:])
    schemas: dict[str, Schema] = {}
    for section in _named(sections, ":action"):
        schema = _ActionReader(source, supertypes, constants, arities).read(section)
        if schema.name in schemas:
            raise fault(source, section.line, f"a second action named {schema.name!r}")
        schemas[schema.name] = schema
    return Domain(name, supertypes, constants, arities, tuple(schemas.values()))


def read_problem(text: str, domain: Domain, source: str) -> Problem:
    """The problem in a file's text, which must be of `domain`."""
    name, sections = _definition(text, source, "problem")
    _refuse_others(sections, {":domain", ":objects", ":init", ":goal"}, source)
    objects = dict(domain.constants)
    for section in _named(sections, ":objects"):
        objects.update(_objects(section, domain.supertypes, source))
    reader = _AtomReader(source, domain.arities, set(objects))
    for section in _named(sections, ":domain"):
        if [_text(item, source) for item in section.items[1:]] != [domain.name]:
            raise fault(source, section.line, f"not a problem of the domain {domain.name!r}")
    init: list[Atom] = []
    for section in _named(sections, ":init"):
        init += reader.atoms(section.items[1:], "the initial state")
    goal: list[Atom] = []
    for section in _named(sections, ":goal"):
        goal += reader.atoms(section.items[1:], "the goal")
    if not goal:
        raise fault(source, 1, "the problem has no goal")
    return Problem(name, domain, objects, frozenset(init), tuple(dict.fromkeys(goal)))


class _AtomReader:
    """Conjunctions of facts, checked against the names that may occur in them."""

    def __init__(self, source: str, arities: Mapping[str, int], terms: set[str]) -> None:
        self.source = source
        self.arities = arities
        self.terms = terms

    def atoms(self, items: Iterable[Word | Group], where: str) -> list[Atom]:
        found: list[Atom] = []
        for item in items:
            group = _group(item, self.source)
            if group.head == "and":
                found += self.atoms(group.items[1:], where)
            elif group.items and not _is_cost(group):
                found.append(self.atom(group, where))
        return found

    def atom(self, group: Group, where: str) -> Atom:
        arity = self.arities.get(group.head)
        if arity is None:
            raise fault(
                self.source,
                group.line,
                f"({group.head or '('} ...) in {where} is no declared predicate; "
                "only conjunctions of facts are supported",
            )
        terms = tuple(_text(item, self.source) for item in group.items[1:])
        if len(terms) != arity:
            raise fault(
                self.source, group.line, f"{group.head} has {len(terms)} terms, not {arity}"
            )
        for term in terms:
            if term not in self.terms:
                raise fault(self.source, group.line, f"{term!r} is declared nowhere")
        return Atom(group.head, terms)


class _ActionReader:
    """One `(:action name :parameters ... :precondition ... :effect ...)`."""

    def __init__(
        self,
        source: str,
        supertypes: Mapping[str, tuple[str, ...]],
        constants: Mapping[str, tuple[str, ...]],
        arities: Mapping[str, int],
    ) -> None:
        self.source = source
        self.supertypes = supertypes
        self.constants = constants
        self.arities = arities

    def read(self, section: Group) -> Schema:
        if len(section.items) < 2:
            raise fault(self.source, section.line, "an action without a name")
        name = _text(section.items[1], self.source)
        parts = self._parts(section, name)
        parameters = self._parameters(parts.get(":parameters"))
        names = {variable for variable, _ in parameters}
        if len(names) < len(parameters):
            raise fault(self.source, section.line, f"{name}: a parameter is listed twice")
        reader = _AtomReader(self.source, self.arities, names | set(self.constants))
        precondition = parts.get(":precondition")
        wanted = reader.atoms([precondition] if precondition else [], f"{name}'s precondition")
        adds: list[Atom] = []
        deletes: list[Atom] = []
        for part in _conjuncts(parts.get(":effect"), self.source):
            if part.head == "not" and len(part.items) == 2:
                inner = _group(part.items[1], self.source)
                deletes.append(reader.atom(inner, f"{name}'s effect"))
            else:
                adds += reader.atoms([part], f"{name}'s effect")
        return Schema(name, parameters, tuple(wanted), tuple(adds), tuple(deletes))

    def _parts(self, section: Group, name: str) -> dict[str, Group]:
        rest = section.items[2:]
        if len(rest) % 2:
            raise fault(self.source, section.line, f"{name}: a keyword without its value")
        parts: dict[str, Group] = {}
        for key, value in zip(rest[::2], rest[1::2], strict=True):
            keyword = _text(key, self.source)
            if keyword not in (":parameters", ":precondition", ":effect"):
                raise fault(self.source, key.line, f"{name}: {keyword} is not supported")
            if keyword in parts:
                raise fault(self.source, key.line, f"{name}: a second {keyword}")
            parts[keyword] = _group(value, self.source)
        return parts

    def _parameters(self, group: Group | None) -> tuple[tuple[str, tuple[str, ...]], ...]:
        found = []
        for word, types in _typed(group.items if group else (), self.source):
            if not word.text.startswith("?"):
                raise fault(self.source, word.line, f"{word.text!r} is not a variable")
            _check_types(types, self.supertypes, word, self.source)
            found.append((word.text, types))
        return tuple(found)


def _definition(text: str, source: str, kind: str) -> tuple[str, list[Group]]:
    """The name and the sections of `(define (kind name) section ...)`."""
    whole = parse(text, source)
    if whole.head != "define" or len(whole.items) < 2:
        raise fault(source, whole.line, f"not a (define ({kind} NAME) ...)")
    title = _group(whole.items[1], source)
    if title.head != kind or len(title.items) != 2:
        raise fault(source, title.line, f"not a (define ({kind} NAME) ...)")
    return _text(title.items[1], source), [_group(item, source) for item in whole.items[2:]]


def _refuse_others(sections: Iterable[Group], known: set[str], source: str) -> None:
    for section in sections:
        if section.head not in known | _IGNORED:
            raise fault(source, section.line, f"({section.head} ...) is not supported")


def _named(sections: Iterable[Group], head: str) -> list[Group]:
    return [section for section in sections if section.head == head]


def _typed(items: Iterable[Word | Group], source: str) -> list[tuple[Word, tuple[str, ...]]]:
    """The names of `a b - type c - (either s t) d`, each with its types."""
    found: list[tuple[Word, tuple[str, ...]]] = []
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


def _types(item: Word | Group | None, dash: Word, source: str) -> tuple[str, ...]:
    if isinstance(item, Word):
        return (item.text,)
    if item is None or item.head != "either" or len(item.items) < 2:
        raise fault(source, dash.line, "no type after the dash")
    return tuple(_text(name, source) for name in item.items[1:])


def _check_types(
    types: Iterable[str], known: Mapping[str, tuple[str, ...]], word: Word, source: str
) -> None:
    for name in types:
        if name not in known:
            raise fault(source, word.line, f"{word.text} has the unknown type {name!r}")


def _objects(
    section: Group, known: Mapping[str, tuple[str, ...]], source: str
) -> dict[str, tuple[str, ...]]:
    found = {}
    for word, types in _typed(section.items[1:], source):
        _check_types(types, known, word, source)
        found[word.text] = types
    return found


def _predicate(
    item: Word | Group, known: Mapping[str, tuple[str, ...]], source: str
) -> tuple[str, int]:
    group = _group(item, source)
    if not group.head:
        raise fault(source, group.line, "a predicate without a name")
    terms = _typed(group.items[1:], source)
    for word, types in terms:
        _check_types(types, known, word, source)
    return group.head, len(terms)


def _check_functions(section: Group, source: str) -> None:
    for item in section.items[1:]:
        if isinstance(item, Group) and item.head != _COST:
            raise fault(source, item.line, f"the numeric function {item.head!r} is not supported")


def _is_cost(group: Group) -> bool:
    """Whether this counts action costs, which neither states nor goals depend on."""
    target = group.items[1] if len(group.items) == 3 else None
    return group.head in ("increase", "=") and isinstance(target, Group) and target.head == _COST


def _conjuncts(group: Group | None, source: str) -> list[Group]:
    if group is None or not group.items:
        return []
    if group.head != "and":
        return [group]
    parts = [_conjuncts(_group(item, source), source) for item in group.items[1:]]
    return [part for inner in parts for part in inner]


def _group(item: Word | Group, source: str) -> Group:
    if isinstance(item, Word):
        raise fault(source, item.line, f"a parenthesis was expected here, not {item.text!r}")
    return item


def _text(item: Word | Group, source: str) -> str:
    if isinstance(item, Group):
        raise fault(source, item.line, "a name was expected here, not a parenthesis")
    return item.text
