"""Domains and problems out of PDDL text: STRIPS with types and constants.

Files are read as AgentBoard and the planning competitions wrote them: typed or not, sections
in any order, constants listed again among the objects or declared only there, typed objects
for an untyped domain, action costs (read and left out).
Parameters of one action never bind the same object, as in pddlgym. Everything else (negative
preconditions, disjunction, quantifiers, conditional effects, numbers, derived predicates) is
refused with the file's name and line, because ignoring it would change the task.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence, Set

from agentrm_envs.pddl.schema import ANYTHING, Atom, Domain, Problem, Schema
from agentrm_envs.pddl.sexpr import Group, Word, fault, group_of, parse, text_of
from agentrm_envs.pddl.typed import Types, hierarchy, known_types, name_of, typed

MAX_TYPES = 500
MAX_SCHEMAS = 200
MAX_PARAMETERS = 12
"""Of one action; AgentBoard's barman has six."""
MAX_OBJECTS = 2_000
"""Limits for files from elsewhere, so that none can keep the reader or the grounding busy."""
_IGNORED = {":requirements", ":metric", ":length"}
_LOGIC = {"and", "or", "not", "imply", "forall", "exists", "when"}
_COST = "total-cost"


def read_domain(text: str, source: str) -> Domain:
    """The domain in a file's text; `source` is the name that errors give it."""
    name, sections = _definition(text, source, "domain")
    known = {":types", ":constants", ":predicates", ":functions", ":action"}
    _refuse_others(sections, known, source)
    supertypes = hierarchy(_members(sections, ":types"), source)
    _limit(supertypes, MAX_TYPES, "types", source)
    _check_functions(_members(sections, ":functions"), source)
    constants = _objects(_members(sections, ":constants"), supertypes, source)
    arities: dict[str, int] = {}
    for item in _members(sections, ":predicates"):
        predicate, arity = _predicate(item, supertypes, source)
        if arities.setdefault(predicate, arity) != arity:
            raise fault(source, item.line, f"{predicate!r} is declared with two numbers of terms")
    actions = [section for section in sections if section.head == ":action"]
    _limit(actions, MAX_SCHEMAS, "actions", source)
    assumed: dict[str, str] = {}
    schemas: dict[str, Schema] = {}
    for section in actions:
        schema = _ActionReader(source, supertypes, constants, arities, assumed).read(section)
        if schema.name in schemas:
            raise fault(source, section.line, f"a second action named {schema.name!r}")
        schemas[schema.name] = schema
    return Domain(name, supertypes, constants, arities, tuple(schemas.values()), assumed)


def read_problem(text: str, domain: Domain, source: str) -> Problem:
    """The problem in a file's text, which must be of `domain`."""
    name, sections = _definition(text, source, "problem")
    _refuse_others(sections, {":domain", ":objects", ":init", ":goal"}, source)
    for section in sections:
        if section.head == ":domain":
            named = [text_of(item, source) for item in section.items[1:]]
            if named != [domain.name]:
                raise fault(source, section.line, f"not a problem of the domain {domain.name!r}")
    objects = dict(domain.constants)
    objects |= _problem_objects(_members(sections, ":objects"), domain, source)
    _limit(objects, MAX_OBJECTS, "objects", source)
    for missing in sorted(domain.assumed.keys() - objects.keys()):
        place = domain.assumed[missing]
        raise fault(source, 1, f"there is no object {missing!r}, which an action needs ({place})")
    reader = _AtomReader(source, domain.arities, objects.keys())
    start = [item for item in _members(sections, ":init") if not _is_cost(item, "=")]
    init = reader.atoms(start, "the initial state")
    goal = reader.atoms(_members(sections, ":goal"), "the goal")
    if not goal:
        raise fault(source, 1, "the problem has no goal")
    return Problem(name, domain, objects, frozenset(init), tuple(dict.fromkeys(goal)))


class _AtomReader:
    """Conjunctions of facts, checked against the names that may occur in them."""

    def __init__(
        self,
        source: str,
        arities: Mapping[str, int],
        terms: Set[str],
        assumed: dict[str, str] | None = None,
    ) -> None:
        self.source = source
        self.arities = arities
        self.terms = terms
        self.assumed = assumed
        """Where to note unknown names, or None where they are faults."""

    def atoms(self, items: Iterable[Word | Group], where: str) -> list[Atom]:
        return [self.atom(part, where) for item in items for part in _conjuncts(item, self.source)]

    def atom(self, group: Group, where: str) -> Atom:
        arity = self.arities.get(group.head)
        if arity is None:
            raise fault(
                self.source,
                group.line,
                f"({group.head or '('} ...) in {where} is no declared predicate; "
                "only conjunctions of facts are supported",
            )
        terms = tuple(self._term(item) for item in group.items[1:])
        if len(terms) != arity:
            raise fault(
                self.source, group.line, f"{group.head} has {len(terms)} terms, not {arity}"
            )
        return Atom(group.head, terms)

    def _term(self, item: Word | Group) -> str:
        term = text_of(item, self.source)
        if term in self.terms:
            return term
        if self.assumed is None or term.startswith("?"):
            raise fault(self.source, item.line, f"{term!r} is declared nowhere")
        self.assumed.setdefault(name_of(item, self.source), f"{self.source}:{item.line}")
        return term


class _ActionReader:
    """One `(:action name :parameters ... :precondition ... :effect ...)`."""

    def __init__(
        self,
        source: str,
        supertypes: Mapping[str, Types],
        constants: Mapping[str, Types],
        arities: Mapping[str, int],
        assumed: dict[str, str],
    ) -> None:
        self.source = source
        self.supertypes = supertypes
        self.constants = constants
        self.arities = arities
        self.assumed = assumed

    def read(self, section: Group) -> Schema:
        if len(section.items) < 2:
            raise fault(self.source, section.line, "an action without a name")
        name = name_of(section.items[1], self.source)
        parts = self._parts(section, name)
        parameters = self._parameters(parts.get(":parameters"), section, name)
        terms = {variable for variable, _ in parameters} | self.constants.keys()
        reader = _AtomReader(self.source, self.arities, terms, self.assumed)
        wanted = parts.get(":precondition")
        needs = reader.atoms([wanted] if wanted else [], f"{name}'s precondition")
        adds: list[Atom] = []
        deletes: list[Atom] = []
        effect = parts.get(":effect")
        for part in _conjuncts(effect, self.source) if effect else []:
            if part.head == "not" and len(part.items) == 2:
                inner = group_of(part.items[1], self.source)
                deletes.append(reader.atom(inner, f"{name}'s effect"))
            elif not _is_cost(part, "increase"):
                adds.append(reader.atom(part, f"{name}'s effect"))
        return Schema(name, parameters, tuple(needs), tuple(adds), tuple(deletes))

    def _parts(self, section: Group, name: str) -> dict[str, Group]:
        rest = section.items[2:]
        if len(rest) % 2:
            raise fault(self.source, section.line, f"{name}: a keyword without its value")
        parts: dict[str, Group] = {}
        for key, value in zip(rest[::2], rest[1::2], strict=True):
            keyword = text_of(key, self.source)
            if keyword not in (":parameters", ":precondition", ":effect"):
                raise fault(self.source, key.line, f"{name}: {keyword} is not supported")
            if keyword in parts:
                raise fault(self.source, key.line, f"{name}: a second {keyword}")
            parts[keyword] = group_of(value, self.source)
        return parts

    def _parameters(
        self, group: Group | None, section: Group, name: str
    ) -> tuple[tuple[str, Types], ...]:
        found = known_types(group.items if group else (), self.supertypes, self.source)
        for word, _ in found:
            if not word.text.startswith("?"):
                raise fault(self.source, word.line, f"{word.text!r} is not a variable")
        if len({word.text for word, _ in found}) < len(found):
            raise fault(self.source, section.line, f"{name}: a parameter is listed twice")
        if len(found) > MAX_PARAMETERS:
            raise fault(
                self.source,
                section.line,
                f"{name} has {len(found)} parameters; at most {MAX_PARAMETERS} are supported",
            )
        return tuple((word.text, types) for word, types in found)


def _definition(text: str, source: str, kind: str) -> tuple[str, list[Group]]:
    """The name and the sections of `(define (kind name) section ...)`."""
    whole = parse(text, source)
    if whole.head != "define" or len(whole.items) < 2:
        raise fault(source, whole.line, f"not a (define ({kind} NAME) ...)")
    title = group_of(whole.items[1], source)
    if title.head != kind or len(title.items) != 2:
        raise fault(source, title.line, f"not a (define ({kind} NAME) ...)")
    return text_of(title.items[1], source), [group_of(item, source) for item in whole.items[2:]]


def _refuse_others(sections: Iterable[Group], known: set[str], source: str) -> None:
    for section in sections:
        if section.head not in known | _IGNORED:
            raise fault(source, section.line, f"({section.head} ...) is not supported")


def _members(sections: Iterable[Group], head: str) -> list[Word | Group]:
    """What the sections of that name hold, all together."""
    return [item for section in sections if section.head == head for item in section.items[1:]]


def _limit(
    things: Sequence[object] | Mapping[str, object], most: int, what: str, source: str
) -> None:
    if len(things) > most:
        raise fault(source, 1, f"{len(things)} {what}; at most {most} are supported")


def _objects(
    items: Iterable[Word | Group], known: Mapping[str, Types], source: str
) -> dict[str, Types]:
    return {name_of(word, source): types for word, types in known_types(items, known, source)}


def _problem_objects(
    items: Iterable[Word | Group], domain: Domain, source: str
) -> dict[str, Types]:
    if set(domain.supertypes) == {ANYTHING}:
        return {name_of(word, source): (ANYTHING,) for word, _ in typed(items, source)}
    return _objects(items, domain.supertypes, source)


def _predicate(item: Word | Group, known: Mapping[str, Types], source: str) -> tuple[str, int]:
    group = group_of(item, source)
    if not group.items:
        raise fault(source, group.line, "a predicate without a name")
    name = name_of(group.items[0], source)
    if name in _LOGIC:
        raise fault(source, group.line, f"{name!r} is a word of PDDL and names no predicate")
    return name, len(known_types(group.items[1:], known, source))


def _check_functions(items: Iterable[Word | Group], source: str) -> None:
    for item in items:
        if isinstance(item, Group) and item.head != _COST:
            raise fault(source, item.line, f"the numeric function {item.head!r} is not supported")


def _is_cost(item: Word | Group, operator: str) -> bool:
    """Whether this counts action costs, which neither states nor goals depend on."""
    if isinstance(item, Word) or item.head != operator or len(item.items) != 3:
        return False
    target = item.items[1]
    return isinstance(target, Group) and target.head == _COST


def _conjuncts(item: Word | Group, source: str) -> list[Group]:
    """The parts of a conjunction, however nested; `()` has none."""
    group = group_of(item, source)
    if group.head == "and":
        return [part for inner in group.items[1:] for part in _conjuncts(inner, source)]
    return [group] if group.items else []
