"""What the tools read with `upstream_errors`: Python alone, as AgentBoard's `eval` has it."""

from __future__ import annotations

import ast
import time
import warnings
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentrm_envs import make
from agentrm_envs.tools.call import PARAMETERS_ERROR
from agentrm_envs.tools.literals import MAX_CHARACTERS, NotLiteral, read_literal
from agentrm_envs.tools.python_literals import read_python_literal
from tests.agentrm_envs.sheets import AS_UPSTREAM, START
from tests.agentrm_envs.test_tools import JSON_VALUES

READ = [
    *("{} # comment", '"x" "y"', r"r'\d'", "1_000", "0x1F", "()", "(1,)", "((2))", "+.5", "-3"),
    *("{'a': 1, 'a': 2}", '{"Paris"}', "{1: 2}", "u'x'", "'''a'''", "[[], {},]", "''"),
    *(r"'\d\\d\'\x41\u00e9\101\N{BULLET}'", r"'b\/c'", r"'''\d'''", r"'#' # '\d", "'é\u2028'"),
]
REFUSED = [
    *("true", "[false]", '{"a": null}', "007", r'"\x"', r'"\u12"', r'"\N{no such}"', "{[1]}", ""),
    *("{'a': {1}}", "b'x'", "1j", "...", "not True", "1 + 1", "f'{1}'", "f(x=1)", "{**{}}"),
    *("-'x'", "1e16", "1e999", "{(1,): 2}", r"'\ud800'", "'a", "\0", "x.y", "{'a' 1}", "[1 2]"),
    *("'" + "a" * MAX_CHARACTERS + "'", "[" * 40 + "]" * 40, "-" * 40 + "1", "(" * 900),
    *("9" * 5_000, "[*()]"),
]
HOSTILE = ["'\\" + "\\'" * 9_990, "'''a" * 4_900 + "\\", "-" * 19_990 + "1", '"""' * 6_001 + "x"]


@pytest.mark.parametrize("text", READ)
def test_python_is_read_as_python_reads_it_and_without_its_warnings(text):
    value = read_python_literal(text)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        assert repr(value) == repr(ast.literal_eval(text))


@pytest.mark.parametrize(("text", "value"), [("--5", 5), ("-+1.5", -1.5), ("+-+1", -1)])
def test_signs_may_be_many(text, value):
    assert read_python_literal(text) == value


@given(JSON_VALUES)
def test_any_value_is_read_as_python_shows_it(value):
    assert read_python_literal(repr(value)) == value == ast.literal_eval(repr(value))


@pytest.mark.parametrize("text", REFUSED)
def test_names_of_json_and_what_is_no_plain_data_are_refused(text):
    with pytest.raises(NotLiteral):
        read_python_literal(text)


def test_a_pair_of_surrogates_is_one_character():
    assert read_python_literal(r"'\ud83d\ude00'") == "\U0001f600"


@pytest.mark.parametrize("text", [*HOSTILE, *(text[:MAX_CHARACTERS] for text in HOSTILE)])
def test_hostile_text_is_refused_at_once(text):
    began = time.process_time()
    with pytest.raises(NotLiteral):
        read_python_literal(text)
    assert time.process_time() - began < 0.5


@given(st.text(alphabet="{}[]()'\"\\,:.-+#0123456789eEinfNatrue \n_ux\ud800é", max_size=40))
def test_any_text_is_read_or_refused(noise):
    try:
        read_python_literal(noise)
    except NotLiteral:
        return
    noise.encode()


def test_an_integer_too_large_for_a_float_is_refused_in_either_reading():
    for read in (read_literal, read_python_literal):
        with pytest.raises(NotLiteral):
            read("9" * 400)


@pytest.mark.parametrize(
    "action",
    [
        'finish with Action Input: {"answer": null}',
        'finish with Action Input: {"answer": true}',
        'update_cell with Action Input: {"position": "A1", "value": true}',
    ],
)
def test_words_of_json_act_on_nothing(action):
    reply = AS_UPSTREAM.answer(START, action)
    assert (reply.observation, reply.finished) == (PARAMETERS_ERROR, False)
    assert reply.state is START


def test_words_of_json_change_no_account():
    env = make("tool_operation", upstream_errors=True)
    env.reset(options={"task": next(task for task in env.tasks if task.startswith("todo"))})
    before = env.standing
    project = before.state.projects[0].id
    action = f'update_project with Action Input: {{"project_id": "{project}", "is_favorite": true}}'
    assert env.step(action)[0] == PARAMETERS_ERROR
    assert env.standing.state == before.state


@pytest.mark.parametrize(
    ("answer", "shown"),
    [
        ("('b', 'a')", "('b', 'a')"),
        ("['b', 'a']", "['a', 'b']"),
        ("{1: 2, 'a': 3}", "{1: 2, 'a': 3}"),
    ],
)
@pytest.mark.parametrize("name", ["tool_query", "tool_operation"])
def test_answers_are_shown_as_upstream_and_only_lists_are_sorted(name, answer, shown):
    env: Any = make(name, upstream_errors=True)
    env.reset(options={"task": next(task for task in env.tasks if task[0] in "tw")})
    text, _, terminated, *_ = env.step(f"finish with Action Input: {{'answer': {answer}}}")
    assert (text, terminated) == (shown, True)


@pytest.mark.parametrize(
    ("action", "rows"),
    [
        ("insert_rows with Action Input: {'values_list': (('kiwi', 1), ['fig']), 'row_idx': 2}", 7),
        ("delete_batch_data with Action Input: {'dimension': 'row', 'index_list': (2, 3)}", 3),
        (
            "update_cell_by_formula with Action Input: "
            "{'position_list': ('D2', 'D3'), 'operator': 'SUM', 'result_position': 'A6'}",
            6,
        ),
    ],
)
def test_a_tuple_is_a_list_to_the_sheets_tools(action, rows):
    assert len(AS_UPSTREAM.answer(START, action).value) == rows
