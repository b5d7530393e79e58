"""No PDDL file, however large or odd, keeps the reader busy or gets past it half understood."""

from __future__ import annotations

import shutil
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agentrm_envs import assets
from agentrm_envs.errors import BadData
from agentrm_envs.pddl import official
from agentrm_envs.pddl.env import PDDLEnv
from agentrm_envs.pddl.grounding import GroundProblem, ground
from agentrm_envs.pddl.reader import (
    MAX_OBJECTS,
    MAX_PARAMETERS,
    MAX_TYPES,
    read_domain,
    read_problem,
)
from agentrm_envs.pddl.sexpr import MAX_CHARACTERS
from tests.testdata import testdata

PREDICATES = "(:predicates (done) (here ?x) (link ?x ?y))"
SECONDS = 20
"""Far more than any of these takes (two at most), for machines with other things to do."""


def things(count: int, kind: str = "") -> str:
    return " ".join(f"o{number}{kind}" for number in range(count))


def grounded(domain: str, objects: str, rest: str = "", goal: str = "(done)") -> GroundProblem:
    whole = read_domain(f"(define (domain big) {domain})", "big.pddl")
    problem = f"(define (problem p) (:domain big) (:objects {objects}) {rest} (:goal {goal}))"
    return ground(read_problem(problem, whole, "p.pddl"), "p.pddl")


def action(name: str, variables: int, needs: str = "", effect: str = "(done)") -> str:
    listed = " ".join(f"?v{number}" for number in range(variables))
    return f"(:action {name} :parameters ({listed}) :precondition (and {needs}) :effect {effect})"


HUGE = {
    "actions": (PREDICATES + action("a", MAX_PARAMETERS), things(MAX_OBJECTS)),
    "schemas": (
        PREDICATES + "".join(action(f"a{i}", MAX_PARAMETERS, "(link ?v0 ?v1)") for i in range(190)),
        things(1_900),
    ),
    "facts": (PREDICATES + action("a", 2, "", "(link ?v0 ?v1)"), things(130)),
    "preconditions": (PREDICATES + action("a", 2, "(link ?v0 ?v1)" * 10_000), things(130)),
    "a chain of types": (
        f"(:types {' '.join(f't{i} - t{i + 1}' for i in range(MAX_TYPES - 10))})"
        + PREDICATES
        + "".join(f"(:action a{i} :parameters (?x - t300) :effect (done))" for i in range(190)),
        " ".join(f"o{i} - t{i % 400}" for i in range(MAX_OBJECTS)),
    ),
}


@pytest.mark.parametrize(("domain", "objects"), HUGE.values(), ids=HUGE)
def test_a_huge_problem_is_refused_in_time(domain, objects):
    began = time.perf_counter()
    with pytest.raises(BadData, match=r"^p\.pddl: too many (ground actions|facts|bindings)"):
        grounded(domain, objects)
    assert time.perf_counter() - began < SECONDS


@pytest.mark.parametrize(
    ("domain", "objects", "error"),
    [
        (action("a", MAX_PARAMETERS + 1), "o", r"big\.pddl:1: a has 13 parameters; at most 12"),
        ("", things(MAX_OBJECTS + 1), r"p\.pddl:1: 2001 objects; at most 2000"),
        (f"(:types {things(MAX_TYPES)})", "", r"big\.pddl:1: 501 types; at most 500"),
        ("".join(action(f"a{i}", 0) for i in range(201)), "", r"big\.pddl:1: 201 actions; at mo"),
        (";" * MAX_CHARACTERS, "", r"big\.pddl: longer than the 200000 characters"),
    ],
)
def test_what_is_too_many_is_said_with_its_limit(domain, objects, error):
    with pytest.raises(BadData, match=f"^{error}"):
        grounded(PREDICATES + domain, objects)


def test_a_large_problem_within_the_limits_is_grounded():
    large = grounded(PREDICATES + action("a", 2, "", "(link ?v0 ?v1)"), things(99))
    assert (len(large.actions), len(large.facts)) == (99 * 98, 99 * 98 + 1)


def test_costs_are_left_out_only_where_nothing_depends_on_them():
    costs = "(:functions (total-cost) - number)" + PREDICATES
    found = grounded(
        costs + action("a", 0, "", "(and (done) (increase (total-cost) 3))"),
        "",
        "(:init (= (total-cost) 0))",
    )
    assert [tuple(fact) for fact in found.facts] == [("done", ())]
    for broken in (
        costs + action("a", 0, "(= (total-cost) 0)"),
        costs + action("a", 0, "(increase (total-cost) 0)"),
        costs + action("a", 0, "", "(= (total-cost) 0)"),
    ):
        with pytest.raises(BadData, match="only conjunctions of facts are supported"):
            grounded(broken, "")
    with pytest.raises(BadData, match=r"p\.pddl:1: \(= \.\.\.\) in the goal"):
        grounded(costs, "", "", "(and (done) (= (total-cost) 0))")


@pytest.mark.parametrize(
    ("domain", "objects", "error"),
    [
        ("(:predicates (not ?x))", "", "'not' is a word of PDDL and names no predicate"),
        ("(:predicates (here ?x ?y))", "", "'here' is declared with two numbers of terms"),
        ("(:predicates (:here))", "", "':here' is no name"),
        ("(:predicates ())", "", "a predicate without a name"),
        ("(:action)", "", "an action without a name"),
        ("(:action ?a :effect (done))", "", r"'\?a' is no name"),
        (action("a", 0) * 2, "", "a second action named 'a'"),
        ("(:constants ?x)", "", r"'\?x' is no name"),
        ("", "b.1", r"'b\.1' is no name: letters, digits, - and _ only"),
        ("", "b -", "no type after the dash"),
        ("", "b - (either)", "no type after the dash"),
        ("(:action a :effect (done) :effect (done))", "", "a second :effect"),
        ("(:action a :effect)", "", "a keyword without its value"),
        ("(:action a :effect done)", "", "a parenthesis was expected here, not 'done'"),
    ],
)
def test_odd_files_are_refused_with_file_and_line(domain, objects, error):
    with pytest.raises(BadData, match=rf"^(big|p)\.pddl:1: .*{error}"):
        grounded(PREDICATES + domain, objects)


WORDS = st.sampled_from(["a", "?v0", "?v1", "o0", "-", "t", "here", "link", "not", "and", "done"])
GROUPS = st.recursive(
    WORDS, lambda inner: st.lists(inner, max_size=4).map(lambda parts: f"({' '.join(parts)})")
)


@settings(deadline=None)
@given(st.lists(GROUPS, max_size=3), st.lists(GROUPS, max_size=3), st.lists(WORDS, max_size=4))
def test_parts_of_any_form_are_read_and_grounded_or_refused(needs, effects, objects):
    """Every mask that comes out of them is within the problem's facts."""
    domain = PREDICATES + action("a", 2, " ".join(needs), f"(and {' '.join(effects)})")
    try:
        found = grounded(domain, " ".join(objects), f"(:init {' '.join(needs)})")
    except BadData:
        return
    whole = (1 << len(found.facts)) - 1
    for each in found.actions:
        assert each.needs | each.adds | each.deletes | found.init <= whole
        assert each.result(found.init) & each.adds == each.adds


@pytest.fixture
def data(tmp_path, monkeypatch):
    shutil.copytree(testdata("pddl/agentboard-pddlgym"), tmp_path / "pddl")
    monkeypatch.setenv(assets.ROOT_VARIABLE, str(tmp_path))
    return tmp_path / "pddl"


def test_an_official_file_that_is_not_text_is_refused_by_name(data):
    (data / "barman" / "p03.pddl").write_bytes(b"(define \xff\xfe")
    with pytest.raises(BadData, match=r"p03\.pddl: byte 8 is not UTF-8"):
        official.load("test")


def test_an_official_file_that_is_far_too_long_is_not_even_read(data):
    (data / "barman.pddl").write_bytes(b" " * (MAX_CHARACTERS + 1))
    with pytest.raises(BadData, match=r"barman\.pddl: 200001 bytes; at most 200000 are read"):
        official.load("test")


def test_an_official_file_that_is_broken_is_refused_by_name_and_line(data):
    broken = data / "gripper" / "prob01.pddl"
    broken.write_text(broken.read_text().replace("(at-robby rooma)", "(at-robby kitchen)"))
    task = official.load("test")["gripper/prob01"]
    with pytest.raises(BadData, match=r"^gripper/prob01\.pddl:\d+: 'kitchen' is declared nowhere"):
        PDDLEnv()._start(task)
