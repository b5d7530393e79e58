"""The registry of tools: what is read from a model's text, and what is refused."""

from __future__ import annotations

import ast
import json
import time
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentrm_envs.tools import rendering
from agentrm_envs.tools.call import FORMAT_ERROR, PARAMETERS_ERROR, Call, read_call, write_call
from agentrm_envs.tools.literals import MAX_CHARACTERS, NotLiteral, read_literal
from agentrm_envs.tools.specification import (
    Arguments,
    Result,
    Tool,
    ToolFailure,
    array,
    choice,
    date,
    integer,
    number,
    text,
)
from agentrm_envs.tools.toolbox import Toolbox
from tests.testdata import testdata


@dataclass(frozen=True)
class Shelf:
    books: tuple[str, ...] = ()


def add(state: Shelf, arguments: Arguments) -> Result[Shelf]:
    if arguments["title"] in state.books:
        raise ToolFailure(f"{arguments['title']} is there already.")
    books = (*state.books, arguments["title"])
    return Result(Shelf(books), {"count": len(books)})


def divide(state: Shelf, arguments: Arguments) -> Result[Shelf]:
    return Result(state, 1 // arguments["by"])


def count(state: Shelf, arguments: Arguments) -> Result[Shelf]:
    return Result(state, len(state.books))


def echo(state: Shelf, arguments: Arguments) -> Result[Shelf]:
    return Result(state, arguments)


BOX = Toolbox[Shelf](
    [
        Tool("add_book", "Add a book.", add, {"title": text("Its title.")}),
        Tool("count", "Count the books.", count),
        Tool(
            "shelve",
            "Say where.",
            echo,
            {"row": integer(), "note": text()},
            unchecked=frozenset({"note"}),
            misfit=lambda arguments: f"no row is called {arguments['row']!r}",
        ),
        Tool("divide", "Divide one by it.", divide, {"by": integer()}),
        Tool(
            "echo",
            "Say it again.",
            echo,
            {
                "day": date(),
                "size": number(),
                "side": choice("left", "right"),
                "tags": array(text()),
                "again": {"type": "boolean"},
            },
            optional=frozenset({"tags", "again"}),
        ),
    ]
)
GOOD = {"day": "2024-02-29", "size": 1.5, "side": "left"}


def echoed(**arguments: Any) -> Any:
    reply = BOX.answer(Shelf(), write_call("echo", arguments))
    return reply.value if reply.ok else reply.observation


@pytest.mark.parametrize("app", ["academia", "movie", "weather", "todo", "sheet"])
def test_prompts_are_laid_out_as_agentboard_lays_them_out(app):
    folder = "tool-operation" if app in ("todo", "sheet") else "tool-query"
    raw = json.loads(testdata(f"{folder}/prompts-raw/{app}_raw.json").read_text("utf-8"))
    prompt = json.loads(testdata(f"{folder}/icl/agentboard_{app}_prompt.json").read_text("utf-8"))
    tools = [
        Tool[Shelf](
            each["name"],
            each["description"],
            echo,
            each["parameters"].get("properties", {}),
            returns=each.get("returns"),
        )
        for each in raw["tool_set_message"]
    ]
    first, _, told = rendering.agentboard(tools).partition("\n")
    assert first == rendering.INTRODUCTION
    assert prompt["instruction"].partition("\n")[2].startswith(told + "\n\n\n")


def test_functions_are_described_in_openais_form():
    described = rendering.openai_functions(BOX)
    assert [each["function"]["name"] for each in described] == BOX.names
    parameters = described[4]["function"]["parameters"]
    assert parameters["required"] == ["day", "size", "side"]
    assert parameters["properties"]["side"] == {"type": "string", "enum": ["left", "right"]}
    json.dumps(described)


@pytest.mark.parametrize(
    "form",
    [
        'add_book with Action Input: {"title": "Emma"}',
        'Action: add_book with Action Input: {"title": "Emma"}',
        'Action: add_book with Action input: {"title": "Emma"}',
        'Thought: with care.\nAction: add_book with Action Input: {"title": "Emma"}',
        "add_book with Action Input: {'title': 'Emma'}",
        "```\nadd_book with Action Input: {'title': 'Emma',}\n```",
        'add_book with Action Input: {\n "title": "Emma"\n}',
        'add_book with Action Input: {"title": "Emma"}\nObservation: {}\n'
        'Action: divide with Action Input: {"by": 1}',
    ],
)
def test_a_call_is_read_from_any_usual_form(form):
    call = read_call(form)
    assert (call.tool, call.arguments) == ("add_book", {"title": "Emma"})


def test_what_is_no_call_is_answered_in_agentboards_words():
    assert BOX.answer(Shelf(), "look around").observation.startswith(FORMAT_ERROR + "\n")
    for broken in ("", "{", "{'a': 1", "title=1", "{'title': __import__('os')}"):
        reply = BOX.answer(Shelf(), f"add_book with Action Input: {broken}")
        assert reply.observation.startswith(PARAMETERS_ERROR + "\n")
        assert not reply.ok


@pytest.mark.parametrize(
    ("given", "kind"),
    [
        ("[1]", "list indices must be integers or slices, not str"),
        ("'Emma'", "string indices must be integers"),
        ("3", "'int' object is not subscriptable"),
        ("None", "'NoneType' object is not subscriptable"),
    ],
)
def test_an_input_that_is_no_object_is_in_the_way_where_something_is_looked_up(given, kind):
    reply = BOX.answer(Shelf(), f"add_book with Action Input: {given}")
    assert reply.observation.startswith(f"ERROR | TypeError({kind})\n")
    assert BOX.answer(Shelf(), f"count with Action Input: {given}").observation == "0"
    unknown = BOX.answer(Shelf(), f"sum with Action Input: {given}").observation
    assert unknown.startswith("ERROR | Invalid action: sum.")


def test_what_a_tool_has_no_parameter_for_is_left_out():
    assert BOX.answer(Shelf(), 'count with Action Input: {"of": "books"}').observation == "0"
    reply = BOX.answer(Shelf(), 'add_book with Action Input: {"by": "Austen", "title": "Emma"}')
    assert reply.state == Shelf(("Emma",))
    assert reply.call == Call("add_book", {"title": "Emma"})


def test_a_tool_may_say_itself_what_does_not_fit_or_take_anything():
    reply = BOX.answer(Shelf(), 'shelve with Action Input: {"row": "top", "note": null}')
    assert reply.observation.startswith("no row is called 'top'\nrow is 'top', not integer")
    reply = BOX.answer(Shelf(), 'shelve with Action Input: {"row": 1, "note": {"a": [null]}}')
    assert reply.value == {"row": 1, "note": {"a": [None]}}


def test_what_upstream_does_not_convert_is_refused_where_only_its_errors_are_told():
    add_book = Tool(
        "add_book",
        "Add a book.",
        add,
        {"title": text()},
        unconverted=frozenset({"title"}),
        misfit=lambda arguments: f"no title is {arguments['title']!r}",
    )
    text_of = write_call("add_book", {"title": 1984})
    assert Toolbox([add_book]).answer(Shelf(), text_of).state == Shelf(("1984",))
    plain = Toolbox([add_book], explain=False).answer(Shelf(), text_of)
    assert (plain.ok, plain.observation) == (False, "no title is 1984")


def test_a_tool_may_say_what_is_looked_up_and_in_which_order():
    either = Tool(
        "either",
        "Do it one way or the other.",
        echo,
        {"left": text(), "right": text(), "how": text()},
        optional=frozenset({"left", "right"}),
        looked_up=lambda arguments: ("left",) if "left" in arguments else ("how", "right"),
    )
    first, second = (
        Toolbox([either]).answer(Shelf(), write_call("either", {})).observation.split("\n")
    )
    assert first == "ERROR | KeyError('how')"
    assert second.startswith("right is missing (string); how is missing (string). Usage: ")
    refused = Toolbox([either]).answer(Shelf(), write_call("either", {"left": "x"}))
    assert refused.observation.startswith(PARAMETERS_ERROR + "\nhow is missing (string). Usage: ")


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ('add_book with Action Input: {"title": "Emma"}', True),
        ('Action: add_book with Action Input: {"title": "Emma"}\n', True),
        ('Thought: with care.\nAction: add_book with\nAction Input:\n {"title": "Emma"}', True),
        ('add_book with Action Input: {\n"title": "Emma"}', False),
        ('add_book with Action Input: {"title": "Emma"}\nObservation: {}', False),
        ('add_book with action input: {"title": "Emma"}', False),
        ('add_book with Action  Input: {"title": "Emma"}', False),
        ('```\nadd_book with Action Input: {"title": "Emma"}\n```', False),
    ],
)
def test_upstream_reads_a_call_whose_input_ends_the_text_and_is_on_one_line(text, read):
    plain = Toolbox(list(BOX), explain=False)
    reply = plain.answer(Shelf(), text)
    assert (reply.state == Shelf(("Emma",))) == read
    assert read or reply.observation == FORMAT_ERROR


def test_every_problem_of_a_call_is_listed_with_the_signature():
    reply = BOX.answer(
        Shelf(), 'echo with Action Input: {"day": "2023-02-29", "side": "up", "colour": 1}'
    )
    first, second = reply.observation.split("\n")
    assert first == "ERROR | KeyError('size')"
    assert second == (
        "size is missing (number); there is no parameter 'colour'; "
        "day is '2023-02-29', not a date YYYY-MM-DD; side is 'up', not \"left\" or \"right\". "
        "Usage: echo(day: date YYYY-MM-DD, size: number, "
        'side: "left" or "right", tags?: array[string], again?: boolean)'
    )


def test_without_explanations_the_answers_are_agentboards_alone():
    plain = Toolbox(list(BOX), explain=False)
    assert plain.answer(Shelf(), "echo with Action Input: {}").observation == (
        "ERROR | KeyError('day')"
    )
    assert plain.answer(Shelf(), "ad_book with Action Input: {}").observation == (
        "ERROR | Invalid action: ad_book."
    )


def test_an_unknown_tool_gets_near_names():
    reply = BOX.answer(Shelf(), "Add_Bok with Action Input: {}")
    assert reply.observation == "ERROR | Invalid action: Add_Bok.\nDid you mean add_book?"


def test_nothing_changes_on_failure():
    shelf = BOX.answer(Shelf(), write_call("add_book", {"title": "Emma"})).state
    assert shelf == Shelf(("Emma",))
    twice = BOX.answer(shelf, write_call("add_book", {"title": "Emma"}))
    assert (twice.observation, twice.state, twice.ok) == ("Emma is there already.", shelf, False)
    assert not twice.internal_error


def test_a_handler_that_breaks_is_answered_and_reported():
    reply = BOX.answer(Shelf(), write_call("divide", {"by": 0}))
    assert reply.observation.startswith("ERROR | ZeroDivisionError(")
    assert reply.internal_error
    assert reply.state == Shelf()


def test_only_the_type_is_converted():
    assert echoed(**GOOD | {"size": "2.5"})["size"] == 2.5
    assert echoed(**GOOD | {"size": "12"})["size"] == 12
    assert echoed(**GOOD | {"tags": "one"})["tags"] == ["one"]
    assert echoed(**GOOD | {"tags": [1, True]})["tags"] == ["1", "True"]
    assert echoed(**GOOD | {"again": "true"})["again"] is True
    assert "size is 'much', not number" in echoed(**GOOD | {"size": "much"})
    assert "size is '1e5', not number" in echoed(**GOOD | {"size": "1e5"})
    assert "day is 7, not" not in echoed(**GOOD | {"day": 7})
    assert "day is '7', not a date" in echoed(**GOOD | {"day": 7})
    assert "again is 'on', not boolean" in echoed(**GOOD | {"again": "on"})


@pytest.mark.parametrize(
    "text",
    [
        " " * 200_000 + "with",
        "\n" * 200_000,
        "with " * 40_000,
        "Action: " * 25_000,
        "with Action Input:" * 10_000,
        "add_book with Action Input: " + "{'a':" * 40_000,
        "add_book with Action Input: " + "'" * 200_000,
        "add_book with Action Input: " + "\\" * 200_000,
        "`" * 200_000 + " with Action Input: {}",
        "add_book with Action Input: {" + ", ".join(f"'p{n}': 1" for n in range(1_000)) + "}",
    ],
)
def test_long_hostile_text_is_answered_at_once(text):
    begin = time.process_time()
    for box in (BOX, Toolbox[Shelf](list(BOX), explain=False)):
        reply = box.answer(Shelf(), text)
        assert not reply.ok
        assert reply.state == Shelf()
    assert time.process_time() - begin < 1.0


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**15), 10**15) | st.text()
    | st.floats(-1e15, 1e15, allow_nan=False),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)  # fmt: skip


@given(JSON_VALUES)
def test_json_is_read_as_json_reads_it(value):
    assert read_literal(json.dumps(value)) == value
    assert read_literal(json.dumps(value, ensure_ascii=False, indent=1)) == value


@given(JSON_VALUES)
def test_python_literals_are_read_as_python_reads_them(value):
    shown = repr(value)
    assert read_literal(shown) == ast.literal_eval(shown) == value


@given(st.text(alphabet="{}[]()'\"\\,:.-+0123456789eEinfNatrue \n_ux\ud800é", max_size=40))
def test_any_text_is_read_or_refused(noise):
    try:
        value = read_literal(noise)
    except NotLiteral:
        return
    json.dumps(value, allow_nan=False).encode()


@pytest.mark.parametrize(
    "hostile",
    [
        "[" * 2_000,
        "[" * 2_000 + "]" * 2_000,
        '{"a":' * 40 + "1" + "}" * 40,
        "9" * 5_000,
        "1e999",
        "-1e16",
        "NaN",
        "[Infinity]",
        '{"a": 1, "a": 2}',
        "{'a': 1, 'a': 2}",
        '"\\ud800"',
        "'\\ud800'",
        "{1: 2}",
        "{1, 2}",
        "b'bytes'",
        "1j",
        "f'{1}'",
        "'a' 'b'",
        "().__class__",
        "1 + 1",
        "x",
        "'" + "a" * MAX_CHARACTERS + "'",
    ],
)
def test_what_is_no_plain_data_is_refused(hostile):
    with pytest.raises(NotLiteral):
        read_literal(hostile)


def test_json_words_may_stand_in_python_literals():
    assert read_literal("{'on': true, 'off': None, 'pair': (1, 2), 'one': (1)}") == {
        "on": True,
        "off": None,
        "pair": [1, 2],
        "one": 1,
    }
