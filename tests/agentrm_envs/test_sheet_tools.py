"""What the sheet's tools answer: AgentBoard's words and shapes, and patterns that cannot hang."""

from __future__ import annotations

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentrm_envs.tool_operation.sheet.patterns import BadPattern, pattern
from agentrm_envs.tool_operation.sheet.tools import TOOLBOX
from agentrm_envs.tool_operation.sheet.workbook import Workbook
from agentrm_envs.tools.call import PARAMETERS_ERROR
from tests.agentrm_envs.sheets import AS_UPSTREAM, START, Play

BEYOND = (
    "APIError({{'code': 400, 'message': \"Range ('Sheet1'!{}) exceeds grid limits. "
    "Max rows: 1000, max columns: 26\", 'status': 'INVALID_ARGUMENT'}})"
)
FAILURES = [
    ("open_sheet", {"name": "Sheet2"}, "WorksheetNotFound('Sheet2')"),
    (
        "freeze_data",
        {"dimension": "row", "num": 1},
        "'Error: the dimension should be one of the rows/columns'",
    ),
    (
        "delete_batch_data",
        {"dimension": "rows", "index_list": [1]},
        "'Wrong dimension, please choose from row/col'",
    ),
    (
        "delete_batch_data",
        {"dimension": "row", "index_list": [2, 3, 4, 5]},
        "'Warning: You cannot delete whole sheet at once, please try other functions'",
    ),
    (
        "delete_batch_data",
        {"dimension": "col", "index_list": [1, 2, 3, 4]},
        "'Warning: You cannot delete whole sheet at once, please try other functions'",
    ),
    (
        "update_range",
        {"start_position": "A1", "end_position": "D5", "values_list": [[1]]},
        "'Warning: You cannot update whole sheet at once, please try other functions'",
    ),
    (
        "sort_sheet_by_col",
        {"col_num": 1, "order": "desc"},
        "ValueError(\"Either 'asc' or 'des' should be specified as sort order.\")",
    ),
    (
        "update_cell_by_formula",
        {"start_position": "A1", "end_position": "B1", "result_position": "C1", "operator": "ADD"},
        "'the operator should be one of the "
        '["SUM", "AVERAGE", "COUNT", "MAX", "MIN", "MINUS", "PRODUCT"]\'',
    ),
    (
        "update_cell_by_formula",
        {"position_list": ["a1"], "result_position": "C1", "operator": "SUM"},
        "'In the sheet formula, you should use A1 notation to display all positions in the sheet "
        "and you can use get_A1_annotation(row, col) to get its A1 address.'",
    ),
    (
        "get_value_by_formula",
        {"start_position": "1", "end_position": "B1", "operator": "SUM"},
        "'In the sheet formula, you should use A1 notation to display the start and end cell "
        "address in the sheet and you can use get_A1_annotation(row, col) to get its A1 address.'",
    ),
    *(
        ("del_sheet", {"name": name}, f"AttributeError(\"'{kind}' object has no attribute 'id'\")")
        for name, kind in (("Sheet1", "str"), ("Other", "str"), ("Sheet9", "str"), (3, "int"))
    ),
    ("get_cell_value", {"position": "row 2"}, "IncorrectCellLabel('row 2')"),
    ("get_A1_annotation", {"row": 0, "col": 1}, "IncorrectCellLabel('(0, 1)')"),
    (
        "filter_cells",
        {"query": "left", "in_row": 1, "in_column": 2},
        "TypeError(\"Either 'in_row' or 'in_column' should be specified.\")",
    ),
    ("filter_cells", {"query": "left", "in_column": 9}, "IndexError('list index out of range')"),
    ("filter_cells", {"query": "left", "in_row": -5}, "IndexError('list index out of range')"),
    ("filter_cells", {"query": "right", "in_row": -1}, "[]"),
    ("filter_cells", {"query": "left", "in_row": -1}, "IncorrectCellLabel('(-1, 2)')"),
    ("filter_cells", {"query": "left", "in_column": -2}, "IncorrectCellLabel('(2, -2)')"),
    (
        "merge_cells",
        {"start_position": "A1", "end_position": "row 2"},
        "IncorrectCellLabel('row 2')",
    ),
    (
        "get_range_values",
        {"start_position": "A1", "end_position": "2nd"},
        "APIError({'code': 400, 'message': \"Unable to parse range: 'Sheet1'!A1:2nd\", "
        "'status': 'INVALID_ARGUMENT'})",
    ),
    *(
        (
            f"insert_{dimension}",
            {"values_list": values, f"{dimension[:3]}_idx": 1},
            f"APIError({{'code': 400, 'message': 'Invalid requests[0].insertDimension: "
            f"no {told} to insert.', 'status': 'INVALID_ARGUMENT'}})",
        )
        for dimension, told in (("rows", "ROWS"), ("cols", "COLUMNS"))
        for values in ([], "")
    ),
    (
        "get_range_values",
        {"start_position": "D5", "end_position": "D5"},
        "IndexError('list index out of range')",
    ),
    *(
        (tool, {"position": "Sheet1!A1", **content}, BEYOND.format("SHEET1"))
        for tool, content in (("get_cell_value", {}), ("update_cell", {"value": 1}))
    ),
    ("get_note", {"position": "A2 "}, "IncorrectCellLabel('A2 ')"),
    ("get_note", {"position": "A2:AB2"}, BEYOND.format("A2:AB2")),
    (
        "insert_rows",
        {"values_list": [1, 2], "row_idx": 1},
        "TypeError(\"'int' object is not iterable\")",
    ),
    (
        "update_range",
        {"start_position": "A1", "end_position": "A2", "values_list": None},
        "TypeError(\"'NoneType' object is not iterable\")",
    ),
    (
        "update_cell",
        {"position": "A1", "value": None},
        "TypeError(\"float() argument must be a string or a number, not 'NoneType'\")",
    ),
    (
        "update_cell",
        {"position": "AB7", "value": "x"},
        BEYOND.format("AB7"),
    ),
]


@pytest.mark.parametrize(("tool", "arguments", "answer"), FAILURES)
def test_failures_are_answered_in_upstreams_words_and_change_nothing(tool, arguments, answer):
    assert Play()(tool, **arguments) == answer


FORMULA_A1 = (
    "'In the sheet formula, you should use A1 notation to display all positions in the sheet and "
    "you can use get_A1_annotation(row, col) to get its A1 address.'"
)
FORMULA_OPERATOR = (
    "'the operator should be one of the "
    '["SUM", "AVERAGE", "COUNT", "MAX", "MIN", "MINUS", "PRODUCT"]\''
)
NO_DIFFERENCE = "TypeError(\"unsupported operand type(s) for -: 'str' and 'int'\")"
NO_SEARCH = "AttributeError(\"'{}' object has no attribute 'search'\")"
RANGE = {"start_position": "B2", "end_position": "B3"}
MISFITS = [
    *(
        ("open_sheet", {"name": name}, f"WorksheetNotFound({name!r})")
        for name in (5, None, ["Sheet1"])
    ),
    *(
        (
            "freeze_data",
            {"dimension": dimension, "num": 1},
            "'Error: the dimension should be one of the rows/columns'",
        )
        for dimension in (["rows"], None)
    ),
    *(
        (
            "sort_sheet_by_col",
            {"col_num": 1, "order": order},
            "ValueError(\"Either 'asc' or 'des' should be specified as sort order.\")",
        )
        for order in (None, ["asc"])
    ),
    ("insert_cols", {"values_list": [["t"]], "col_idx": "2"}, NO_DIFFERENCE),
    ("insert_rows", {"values_list": [["t"]], "row_idx": "2"}, NO_DIFFERENCE),
    ("delete_batch_data", {"dimension": "row", "index_list": ["2"]}, NO_DIFFERENCE),
    ("delete_batch_data", {"dimension": "row", "index_list": "23"}, NO_DIFFERENCE),
    (
        "delete_batch_data",
        {"dimension": "rows", "index_list": ["2"]},
        "'Wrong dimension, please choose from row/col'",
    ),
    (
        "delete_batch_data",
        {"dimension": "row", "index_list": 2},
        "TypeError(\"'int' object is not iterable\")",
    ),
    (
        "delete_batch_data",
        {"dimension": "row", "index_list": ["two"]},
        "ValueError(\"invalid literal for int() with base 10: 'two'\")",
    ),
    *(
        (
            "update_note",
            {"position": "A1", "content": content},
            f"TypeError(\"Only string allowed as content for a note: 'A1 - {content}'\")",
        )
        for content in (5, None, True)
    ),
    (
        "update_cell_by_formula",
        {"position_list": "B2", "operator": "SUM", "result_position": "E1"},
        FORMULA_A1,
    ),
    ("get_value_by_formula", {"position_list": "B2", "operator": "SUM"}, FORMULA_A1),
    ("get_value_by_formula", {"position_list": "B2", "operator": "ADD"}, FORMULA_OPERATOR),
    (
        "get_value_by_formula",
        {"position_list": ["B2", 3], "operator": "SUM"},
        "TypeError('expected string or bytes-like object')",
    ),
    *(
        ("get_value_by_formula", {**RANGE, "operator": operator}, FORMULA_OPERATOR)
        for operator in (None, ["SUM"], 3)
    ),
    ("update_cell_by_formula", {}, "ERROR | KeyError('start_position')"),
    (
        "update_cell_by_formula",
        {"end_position": "B3", "operator": "SUM"},
        "ERROR | KeyError('start_position')",
    ),
    ("update_cell_by_formula", RANGE, "ERROR | KeyError('result_position')"),
    ("update_cell_by_formula", {"position_list": ["B2", "B3"]}, "ERROR | KeyError('operator')"),
    ("get_value_by_formula", {}, "ERROR | KeyError('start_position')"),
    ("get_value_by_formula", {"position_list": ["B2"]}, "ERROR | KeyError('operator')"),
    ("filter_cells", {}, NO_SEARCH.format("NoneType")),
    ("filter_cells", {"in_row": 1}, NO_SEARCH.format("NoneType")),
    ("filter_cells", {"query": None, "in_row": None}, NO_SEARCH.format("NoneType")),
    ("filter_cells", {"query": 85}, NO_SEARCH.format("int")),
    ("filter_cells", {"query": ["left"]}, NO_SEARCH.format("list")),
    (
        "filter_cells",
        {"query": 85, "in_row": "two"},
        "ValueError(\"invalid literal for int() with base 10: 'two'\")",
    ),
    (
        "filter_cells",
        {"in_row": 1, "in_column": 1},
        "TypeError(\"Either 'in_row' or 'in_column' should be specified.\")",
    ),
]


@pytest.mark.parametrize(("tool", "arguments", "answer"), MISFITS)
def test_what_upstreams_code_cannot_use_is_answered_in_its_words(tool, arguments, answer):
    assert Play(box=AS_UPSTREAM)(tool, **arguments) == answer


@pytest.mark.parametrize(
    ("tool", "given", "answer"),
    [
        ("filter_cells", '"left"', "AttributeError('str' object has no attribute 'get')"),
        ("filter_cells", "[1]", "AttributeError('list' object has no attribute 'get')"),
        ("update_cell_by_formula", "3", "TypeError(argument of type 'int' is not iterable)"),
        ("get_value_by_formula", "None", "TypeError(argument of type 'NoneType' is not iterable)"),
        ("get_value_by_formula", '"A1"', "TypeError(string indices must be integers)"),
        ("update_cell_by_formula", '{"A1"}', "TypeError('set' object is not subscriptable)"),
        ("open_sheet", '{"Sheet1"}', "TypeError('set' object is not subscriptable)"),
    ],
)
def test_an_input_that_is_no_object_is_answered_by_the_code_that_looks_in_it(tool, given, answer):
    reply = AS_UPSTREAM.answer(START, f"{tool} with Action Input: {given}")
    assert (reply.observation, reply.state) == (f"ERROR | {answer}", START)


def test_arguments_of_another_type_are_converted_where_problems_are_explained():
    rows = Play()
    rows("insert_rows", values_list=[["t"]], row_idx="2")
    assert rows.texts[1][0] == "t"
    rows("delete_batch_data", dimension="row", index_list="2")
    assert rows.texts == Play().texts
    assert rows("update_note", position="A1", content=5) == "Updated! the A1's note is 5"
    assert rows("get_value_by_formula", position_list="D2", operator="SUM") == "10"
    first, second = rows("filter_cells").split("\n")
    assert first == NO_SEARCH.format("NoneType")
    assert second.startswith("query is missing")
    first, second = rows("get_value_by_formula", end_position="B3").split("\n")
    assert first == "ERROR | KeyError('start_position')"
    assert second.startswith("start_position is missing (string); operator is missing (string)")


def test_rows_and_columns_below_one_are_searched_from_the_end():
    play = Play()
    assert play("filter_cells", query="no such text", in_column=-1) == "[]"
    assert play("filter_cells", query="left", in_row="4") == "['B4']"
    assert play("filter_cells", query="left", in_row=0) == "['B2', 'B4']"


def test_nothing_can_be_done_without_an_open_sheet():
    play = Play(Workbook(START.sheets))
    for tool, arguments in (("get_all_values", {}), ("finish", {}), ("del_sheet", {"name": "x"})):
        assert play(tool, **arguments) == "Please open a sheet before operating it"


@pytest.mark.parametrize("name", ["Finish", "FINISH", "finish_all"])
def test_an_unknown_tool_that_is_called_finish_ends_the_task_as_upstream(name):
    text = f"{name} with Action Input: {{}}"
    reply = AS_UPSTREAM.answer(START, text)
    assert reply.observation.startswith(f"ERROR | Invalid action: {name}. Please choose another")
    assert (reply.finished, reply.ok, reply.state) == (True, False, START)
    assert not TOOLBOX.answer(START, text).finished
    assert not AS_UPSTREAM.answer(START, f"{name} with Action Input: {{").finished
    assert not AS_UPSTREAM.answer(START, "Finsh with Action Input: {'a': 'finish'}").finished


def test_results_have_agentboards_shapes():
    play = Play()
    assert play("open_sheet", name="Other") == "<Worksheet 'Other' id:1>"
    assert play("get_all_values") == "[['x']]"
    assert play("open_sheet", name="Sheet1") == "<Worksheet 'Sheet1' id:0>"
    assert (
        play("freeze_data", dimension="rows", num="1") == "You have successfully freeze the rows 1"
    )
    assert play("get_A1_annotation", row=3, col=2) == "B3"
    assert play("get_cell_value", position="C2") == "2.50"
    assert play("get_cell_value", position="D5") == "None"
    assert play("get_note", position="A3") == "Price: 1.40"
    note = "Updated! the B2's note is look"
    assert play("update_note", position="B2", content="look") == note
    assert play("filter_cells", query="left") == "['B2', 'B4']"
    assert play("filter_cells", query="Left") == "[]"
    assert play("filter_cells", query="re.compile('^(pear|cherry)$')") == "['A2', 'A5']"
    assert play("filter_cells", query="re.compile(r'\\d{2}')", in_column=4) == "['D2', 'D4']"
    assert play("filter_cells", query=7, in_row=3) == "['D3']"
    values = play("get_range_values", start_position="C1", end_position="D2")
    assert values == "[['Price', 'Stock'], ['2.50', '10']]"


def test_every_change_answers_with_the_whole_table():
    play = Play()
    for tool, arguments in (
        ("update_cell", {"position": "B2", "value": 3}),
        ("insert_rows", {"values_list": [["fig"]], "row_idx": 2}),
        ("insert_cols", {"values_list": [["t"]], "col_idx": 2}),
        ("delete_batch_data", {"dimension": "row", "index_list": [3]}),
        ("merge_cells", {"start_position": "A1", "end_position": "B1"}),
        ("sort_sheet_by_col", {"col_num": 1, "order": "des"}),
        ("update_range", {"start_position": "A2", "end_position": "B2", "values_list": [[1, 2]]}),
    ):
        assert play(tool, **arguments) == str(play.texts)


@pytest.mark.parametrize(
    ("tool", "arguments", "answer"),
    [
        (
            "sort_sheet_by_col",
            {"col_num": "C", "order": "asc"},
            "ValueError(\"invalid literal for int() with base 10: 'C'\")",
        ),
        (
            "delete_batch_data",
            {"dimension": "row", "index_list": [2, None]},
            'TypeError("int() argument must be a string, a bytes-like object or a number, not '
            "'NoneType'\")",
        ),
    ],
)
def test_what_is_no_number_is_answered_as_upstreams_int_does(tool, arguments, answer):
    first, second = Play()(tool, **arguments).split("\n")
    assert first == answer
    assert "not integer. Usage: " in second


def test_a_text_where_a_line_should_be_is_taken_letter_by_letter():
    play = Play()
    play("insert_rows", values_list=["ab", ["c"]], row_idx=1)
    assert [line[:2] for line in play.texts[:2]] == [["a", "b"], ["c", ""]]


@pytest.mark.parametrize("position", ["B2:B4", "B2 ", "B2 (left)", "b2\n"])
def test_what_follows_a_cells_label_is_not_read(position):
    play = Play()
    assert play("get_cell_value", position=position) == "left"
    play("update_cell", position=position, value="top")
    assert play.column(1) == ["Shelf", "top", "right", "left", "right"]


@pytest.mark.parametrize("position", ["A2:B3", "B3:A2"])
def test_the_note_of_a_range_is_that_of_its_first_cell(position):
    play = Play()
    note = f"Updated! the {position}'s note is look"
    assert play("update_note", position=position, content="look") == note
    assert play("get_note", position=position) == play("get_note", position="A2") == "look"
    assert play("get_note", position="A3") == ""


@pytest.mark.parametrize(
    ("tool", "arguments", "height", "width"),
    [
        ("insert_rows", {"values_list": [[]], "row_idx": 2}, 6, 4),
        ("insert_cols", {"values_list": [[], []], "col_idx": 2}, 5, 6),
        ("update_range", {"start_position": "A1", "end_position": "B2", "values_list": []}, 5, 4),
        ("update_range", {"start_position": "A1", "end_position": "B2", "values_list": [[]]}, 5, 4),
    ],
)
def test_lines_may_be_empty(tool, arguments, height, width):
    play = Play()
    assert play(tool, **arguments) == str(play.texts)
    assert [len(row) for row in play.texts] == [width] * height
    assert [text for row in play.texts for text in row if text] == [
        text for row in Play().texts for text in row if text
    ]


def test_a_range_shows_no_row_or_column_for_the_sake_of_merged_cells():
    play = Play()
    play("merge_cells", start_position="C4", end_position="D5")
    corners = {"start_position": "B4", "end_position": "D5"}
    assert play("get_range_values", **corners) == "[['left', '0.75'], ['right', '0.75']]"


def test_none_for_a_list_of_cells_is_upstreams_own_range():
    play, none = Play(box=AS_UPSTREAM), {"operator": "SUM", "position_list": None}
    play("update_cell", position="B1", value=10)
    assert play("get_value_by_formula", **none, start_position="D2") == "22.5"
    play("update_cell_by_formula", **none, result_position="F1")
    assert play.texts[0][5] == "22.5"
    assert play("update_cell_by_formula", **none, result_position="f1") == FORMULA_A1
    told = play("update_cell_by_formula", **none, result_position=1)
    assert told == "TypeError('expected string or bytes-like object')"
    first, second = Play()("get_value_by_formula", **none).split("\n")
    assert first == PARAMETERS_ERROR
    assert second.startswith("position_list is None, not array[string]")


def test_data_that_leave_their_range_are_refused():
    play = Play()
    answer = play("update_range", start_position="C2", end_position="C3", values_list=[[1, 2]])
    assert "tried writing to column [D]" in answer
    answer = play("update_range", start_position="C2", end_position="C3", values_list=[[1]] * 3)
    assert "tried writing to row [4]" in answer
    assert play.book is START


def test_unknown_tools_are_answered_with_the_list_of_tools():
    answer = TOOLBOX.answer(START, "delete_batch with Action Input: {}").observation
    assert answer.startswith(
        "ERROR | Invalid action: delete_batch. Please choose another valid action from "
        "['open_sheet', 'del_sheet', 'freeze_data', "
    )


# --- patterns ---------------------------------------------------------------------------------

PIECES = st.sampled_from(
    [
        *("a", "b", ".", "[ab]", "[^a]", "[0-9]", r"\d", r"\w", r"\s", r"\b", "^", "$", "|", r"\."),
        *("(a|b)", "(?:ab)", "(a)", "a*", "b+", "(ab)?", "a{2}", ".{1,2}", "a*?", "[b-]", "[]a]"),
    ]
)


@given(st.lists(PIECES, max_size=6), st.text(alphabet="ab1 .]-\n", max_size=8))
def test_patterns_find_what_pythons_find(pieces, text):
    source = "".join(pieces)
    found = re.search(source, text)
    if "$" not in source or not text.endswith("\n"):  # Python's `$` also stands before it
        assert pattern(source)(text) == (found is not None)


@pytest.mark.parametrize(
    "source",
    [
        *("(a+)+$", "(a|a)*c", "(a*)*b", "(.*)*x", "((((a{50}){50}){50}){50}){50}"),
        *("(a?){50}a{50}b", "(" * 18 + "a" + ")*" * 18 + "b", "a*" * 60 + "b"),
    ],
)
def test_no_pattern_takes_long(source):
    began = time.process_time()
    pattern(source)("a" * 1000)
    assert time.process_time() - began < 1.0


@pytest.mark.parametrize(
    "source",
    [
        *("(", ")", "a)", "[a", "*a", "a**", r"(a)\1", "(?=a)", "(?P<n>a)", r"\q", "[b-a]"),
        *("a{99}", "(" * 30 + ")" * 30, "a" * 201, "a\\"),
    ],
)
def test_bad_and_unsupported_patterns_are_refused(source):
    with pytest.raises(BadPattern):
        pattern(source)
    answer = Play()("filter_cells", query=f"re.compile({source!r})")
    assert answer.startswith("error(")
