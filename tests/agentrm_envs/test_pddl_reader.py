"""The PDDL reader takes files as they are found, and refuses the rest by name and line."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agentrm_envs.errors import BadData
from agentrm_envs.pddl.grounding import ground
from agentrm_envs.pddl.reader import read_domain, read_problem
from agentrm_envs.pddl.schema import Atom
from agentrm_envs.pddl.sexpr import MAX_DEPTH, Group, Word, parse
from tests.testdata import testdata

DOMAIN = """
(define (domain lights)
  (:requirements :strips :typing)
  (:types lamp switch - thing)
  (:constants main - switch)
  (:predicates (lit ?l - lamp) (dark ?l - lamp) (wired ?s - switch ?l - lamp) (power))
  (:action turn-on
    :parameters (?s - switch ?l - lamp)
    :precondition (and (power) (dark ?l) (wired ?s ?l))
    :effect (and (lit ?l) (not (dark ?l)))))
"""
PROBLEM = """
(define (problem one) (:domain lights)
  (:objects a b - lamp main - switch)
  (:init (power) (dark a) (dark b) (wired main a) (wired main b))
  (:goal (and (lit a) (lit b))))
"""


def domain(text: str = DOMAIN):
    return read_domain(text, "lights.pddl")


def problem(text: str = PROBLEM):
    return read_problem(text, domain(), "one.pddl")


def test_names_are_read_without_case_and_comments_without_a_trace():
    shouted = PROBLEM.upper().replace("(POWER)", "(Power) ; (not (power)\n")
    assert problem(shouted).init == problem().init


def test_a_variable_begins_at_its_question_mark_even_without_a_blank():
    glued = DOMAIN.replace("?s - switch ?l - lamp)\n", "?s - switch?l - lamp)\n")
    assert glued != DOMAIN
    assert domain(glued) == domain()


def test_agentboards_barman_has_such_a_parameter_list():
    text = testdata("pddl/agentboard-pddlgym/barman.pddl").read_text(encoding="utf-8")
    assert "level?l1" in text
    [pour] = [s for s in read_domain(text, "b").schemas if s.name == "pour-shaker-to-shot"]
    assert [name for name, _ in pour.parameters] == ["?b", "?d", "?h", "?s", "?l", "?l1"]


def test_constants_may_be_listed_again_among_the_objects():
    found = problem()
    assert sorted(found.objects) == ["a", "b", "main"]
    assert found.goal == (Atom("lit", ("a",)), Atom("lit", ("b",)))


def test_sections_may_come_in_any_order():
    types = "(:types lamp switch - thing)"
    constants = "(:constants main - switch)"
    moved = DOMAIN.replace(types, "").replace(constants, "").rstrip()[:-1]
    assert domain(f"{moved} {constants} {types})") == domain()


def test_untyped_files_are_read():
    text = DOMAIN
    for typed in ("(:types lamp switch - thing)", " - lamp", " - switch"):
        text = text.replace(typed, "")
    untyped = PROBLEM.replace(" - lamp", "").replace(" - switch", "")
    found = ground(read_problem(untyped, domain(text), "one.pddl"), "one.pddl")
    assert [action.objects for action in found.actions] == [("main", "a"), ("main", "b")]


def test_a_parameter_may_have_either_of_two_types():
    text = DOMAIN.replace(":parameters (?s - switch", ":parameters (?s - (either lamp switch)")
    assert domain(text).schemas[0].parameters[0] == ("?s", ("lamp", "switch"))


def test_subtypes_are_followed_even_around_a_circle():
    text = DOMAIN.replace("lamp switch - thing", "lamp switch - thing thing - bulb bulb - thing")
    assert domain(text).all_types(["lamp"]) == {"lamp", "thing", "bulb", "object"}


def test_action_costs_are_read_and_left_out():
    costly = DOMAIN.replace("(:action", "(:functions (total-cost) - number)\n(:action").replace(
        "(lit ?l) (not", "(increase (total-cost) 1) (lit ?l) (not"
    )
    priced = PROBLEM.replace("(power)", "(power) (= (total-cost) 0)").replace(
        "(:goal", "(:metric minimize (total-cost)) (:goal"
    )
    assert domain(costly) == domain()
    assert read_problem(priced, domain(costly), "one.pddl").init == problem().init


@pytest.mark.parametrize(
    ("old", "new", "line", "what"),
    [
        ("(dark ?l) (wired", "(not (lit ?l)) (wired", 9, "not"),
        ("(and (power)", "(or (power)", 9, "or"),
        ("(and (power)", "(power) (and (power)", 7, "turn-on"),
        ("(and (power)", "(forall (?x - lamp) (lit ?x)) :x (and (power)", 9, ":x"),
        ("(dark ?l) (wired", "(exists (?x - lamp) (lit ?x)) (wired", 9, "exists"),
        ("(dark ?l) (wired", "(= ?s ?l) (wired", 9, "="),
        ("(lit ?l) (not", "(when (power) (lit ?l)) (not", 10, "when"),
        ("(lit ?l) (not", "(forall (?x - lamp) (lit ?x)) (not", 10, "forall"),
        ("(lit ?l) (not", "(increase (fuel) 1) (lit ?l) (not", 10, "increase"),
        ("(:action turn-on", "(:durative-action turn-on", 7, ":durative-action"),
        ("(:action turn-on", "(:derived (lit ?l))(:action turn-on", 7, ":derived"),
        ("(:action turn-on", "(:functions (fuel))(:action turn-on", 7, "fuel"),
        (":precondition", ":condition", 9, ":condition"),
        ("?l - lamp)\n", "?l - torch)\n", 8, "torch"),
        ("?l - lamp)\n", "?s - lamp)\n", 7, "twice"),
        ("(dark ?l) (wired", "(dark ?m) (wired", 9, "?m"),
        ("(dark ?l) (wired", "(dark ?l ?s) (wired", 9, "dark has 2 terms, not 1"),
        ("(define (domain", "(define (problem", 2, "define (domain"),
    ],
)
def test_what_is_not_supported_is_refused_by_name_and_line(old, new, line, what):
    text = DOMAIN.replace(old, new)
    assert text != DOMAIN
    with pytest.raises(BadData) as caught:
        domain(text)
    assert str(caught.value).startswith(f"lights.pddl:{line}: ")
    assert what in str(caught.value)


@pytest.mark.parametrize(
    ("old", "new", "line", "what"),
    [
        ("(dark a)", "(not (lit a))", 4, "not"),
        ("(dark a)", "(dark c)", 4, "'c' is declared nowhere"),
        ("(dark a)", "(bright a)", 4, "bright"),
        ("(dark a)", "dark", 4, "parenthesis was expected"),
        ("a b - lamp", "a b - torch", 3, "torch"),
        ("a b - lamp", "a b - ", 3, "'main'"),
        ("(and (lit a)", "(or (lit a)", 5, "or"),
        ("(lit a) (lit b)", "", 1, "no goal"),
        ("(:domain lights)", "(:domain dawn)", 2, "lights"),
        ("(:init", "(:constraints) (:init", 4, ":constraints"),
        ("(lit b))))", "(lit b)))", 2, "never closed"),
        ("(lit b))))", "(lit b)))))", 5, "closes nothing"),
    ],
)
def test_broken_problems_are_refused_by_name_and_line(old, new, line, what):
    text = PROBLEM.replace(old, new)
    assert text != PROBLEM
    with pytest.raises(BadData) as caught:
        problem(text)
    assert str(caught.value).startswith(f"one.pddl:{line}: ")
    assert what in str(caught.value)


@pytest.mark.parametrize("text", ["", "lights", "()", "(define)", "(define x)", DOMAIN * 2])
def test_a_file_that_is_not_one_definition_is_refused(text):
    with pytest.raises(BadData, match=r"^lights\.pddl:\d+: "):
        domain(text)


def test_deep_nesting_is_refused_not_recursed_into():
    deep = "(" * 100_000
    with pytest.raises(BadData, match=f"nest deeper than {MAX_DEPTH}"):
        domain(deep)
    conjunction = "(and " * 30 + "(power)" + ")" * 30
    assert domain(DOMAIN.replace("(power) (dark", f"{conjunction} (dark")) == domain()


def test_a_huge_file_is_refused():
    with pytest.raises(BadData, match="characters"):
        domain(";" * 3_000_000)


def test_lines_are_counted_through_comments():
    group = parse("(a ; (b\n\n c (d))", "x")
    assert group == Group((Word("a", 1), Word("c", 3), Group((Word("d", 3),), 3)), 1)


PIECES = st.sampled_from(
    [
        "(",
        ")",
        "(define",
        "(domain",
        "d)",
        "(:types",
        "-",
        "a",
        "?x",
        "?x-",
        ";",
        "\n",
        "(:predicates",
        "(p",
        "?x))",
        "(:action",
        "act",
        ":parameters",
        ":precondition",
        ":effect",
        "(and",
        "(not",
        "(p",
        "?x))",
        "(either",
        ")",
        "(increase",
        "(total-cost)",
        "(=",
        "1",
    ]
)


@settings(deadline=None)
@given(st.one_of(st.text(), st.lists(PIECES).map(" ".join)))
def test_garbage_is_read_or_refused_with_bad_data_only(text):
    for read in (domain, problem, lambda t: domain(f"(define (domain d) {t})")):
        with suppress(BadData):
            read(text)


@settings(deadline=None)
@given(st.data())
def test_a_damaged_file_is_read_or_refused_with_bad_data_only(data):
    text = data.draw(st.sampled_from([DOMAIN, PROBLEM]))
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, min(len(text), start + 20)))
    damaged = text[:start] + data.draw(PIECES) + text[end:]
    with suppress(BadData):
        if text is DOMAIN:
            ground(read_problem(PROBLEM, domain(damaged), "one.pddl"), "one.pddl")
        else:
            ground(problem(damaged), "one.pddl")
