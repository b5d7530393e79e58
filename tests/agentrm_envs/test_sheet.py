"""The spreadsheet engine: formats, order, insertion, deletion, merges and formulas."""

from __future__ import annotations

import random

import pytest

from agentrm_envs.tool_operation.sheet.cells import plain, shown, typed
from agentrm_envs.tool_operation.sheet.places import Area, Place, area, letters, place
from agentrm_envs.tool_operation.sheet.tools import TOOLBOX
from tests.agentrm_envs.sheets import START, Play


@pytest.mark.parametrize(
    ("value", "number_format", "text"),
    [
        (8.0, "General", "8"),
        (0.1 + 0.2, "General", "0.3"),
        (-0.0, "General", "0"),
        (1234567.5, "General", "1234567.5"),
        (1 / 3, "General", "0.3333333333"),
        (2.5, "0.00", "2.50"),
        (2.675, "0.00", "2.68"),
        (0.5, "0", "1"),
        (-0.001, "0.00", "0.00"),
        (-12.0, "0.0", "-12.0"),
        (1234.5, "#,##0.00", "1,234.50"),
        (1234567.0, "#,##0", "1,234,567"),
        (0.25, "0%", "25%"),
        (0.125, "0.0%", "12.5%"),
        (-3.5, '"$"#,##0.00', "-$3.50"),
        (3.0, "@", "3"),
        (3.5, "yyyy-mm-dd", "3.5"),
        ("text", "0.00", "text"),
        (True, "0.00", "TRUE"),
        (None, "0.00", ""),
    ],
)
def test_values_are_shown_through_their_format(value, number_format, text):
    assert shown(value, number_format) == text


@pytest.mark.parametrize(
    ("written", "value"),
    [
        *(("12", 12.0), (" 1.5 ", 1.5), ("-.5", -0.5), ("1e3", 1000.0), (True, 1.0), ("", None)),
        *((text, text) for text in ("nan", "inf", "1_000", "1,000", "12 kg", "0x10")),
    ],
)
def test_numbers_in_strings_become_numbers_and_nothing_else_does(written, value):
    assert plain(written) == value


def test_typed_texts_are_read_as_a_spreadsheet_reads_them():
    assert typed("25%") == (0.25, "0%")
    assert typed("2.50%") == (0.025, "0.00%")
    assert typed("true") == (True, "General")
    assert typed("'007") == ("007", "General")
    assert typed("007") == (7.0, "General")


def test_labels_and_places_are_each_others_inverse():
    for number in (0, 1, 25, 26, 51, 700, 701, 702):
        assert place(f"{letters(number)}7") == Place(6, number)
    assert [letters(n) for n in (0, 25, 26, 701, 702)] == ["A", "Z", "AA", "ZZ", "AAA"]
    assert area("C3:A1") == area("A1:C3") == Area(0, 0, 2, 2)
    for wrong in ("", "A", "1", "A0", "1A", "A1:", "A1:B2:C3", "A-1", "AAAA1", "A1\n"):
        assert place(wrong) is None
        assert area(wrong) is None


def test_ascending_order_is_numbers_texts_then_blanks():
    play = Play()
    play("update_cell", position="D3", value="many")
    play("freeze_data", dimension="rows", num=1)
    play("sort_sheet_by_col", col_num=4, order="asc")
    assert play.column(3) == ["Stock", "10", "30", "many", ""]


def test_descending_order_keeps_unfrozen_titles_on_top():
    play = Play()
    play("sort_sheet_by_col", col_num=3, order="des")
    assert play.column(0) == ["Fruit", "cherry", "pear", "apple", "Banana"]


def test_texts_are_ordered_without_regard_to_case_and_titles_move_unless_frozen():
    play = Play()
    play("sort_sheet_by_col", col_num=1, order="asc")
    assert play.column(0) == ["apple", "Banana", "cherry", "Fruit", "pear"]


@pytest.mark.parametrize("order", ["asc", "des"])
def test_rows_that_are_equal_stay_in_their_order(order):
    play = Play()
    play("freeze_data", dimension="rows", num=1)
    play("sort_sheet_by_col", col_num=2, order=order)
    shelves = play.column(0)[1:]
    assert [name for name in shelves if name in ("pear", "Banana")] == ["pear", "Banana"]
    assert [name for name in shelves if name in ("apple", "cherry")] == ["apple", "cherry"]


def test_notes_move_with_their_row():
    play = Play()
    play("sort_sheet_by_col", col_num=3, order="des")
    assert play("get_note", position="A4") == "Price: 1.40"
    assert play("get_note", position="A3") == ""
    play("delete_batch_data", dimension="row", index_list=[2])
    assert play("get_note", position="A3") == "Price: 1.40"


def test_inserted_rows_take_the_formats_of_the_row_that_moves_down():
    play = Play()
    play("insert_rows", values_list=[["fig", "left", 3, 4]], row_idx=2)
    assert play.texts[1] == ["fig", "left", "3.00", "4"]
    play("insert_rows", values_list=[["kiwi", "left", 1, 2]], row_idx=7)
    assert play.texts[6] == ["kiwi", "left", "1.00", "2"]
    assert play.texts[2][0] == "pear"


def test_inserted_columns_take_formats_from_the_left_only_at_the_end():
    play = Play()
    play("delete_batch_data", dimension="col", index_list=[4])
    play("insert_cols", values_list=[["Rank", 1, 2]], col_idx=4)
    assert play.column(3)[:3] == ["Rank", "1.00", "2.00"]
    play("insert_cols", values_list=[["Code", 5]], col_idx=2)
    assert play.column(1) == ["Code", "5", "", "", ""]


def test_indices_of_deletion_count_in_the_sheet_before_it_and_count_once():
    play = Play()
    play("delete_batch_data", dimension="row", index_list=[2, 4, 2])
    assert play.column(0) == ["Fruit", "apple", "cherry"]


def test_a_merged_area_keeps_its_first_content_and_shows_it_everywhere():
    play = Play()
    play("merge_cells", start_position="A1", end_position="B1")
    assert play.texts[0] == ["Fruit", "Fruit", "Price", "Stock"]
    play("delete_batch_data", dimension="col", index_list=[1])
    assert play.texts[0] == ["", "Price", "Stock"]


@pytest.mark.parametrize(("first", "last"), [("A5", "A6"), ("D4", "D6"), ("D1", "E1")])
def test_no_row_or_column_is_there_for_the_sake_of_a_merged_area_alone(first, last):
    play = Play()
    play("update_cell", position=last, value="total")
    play("merge_cells", start_position=first, end_position=last)
    assert [len(row) for row in play.texts] == [4] * 5


def test_cells_without_a_value_take_the_formats_of_an_inserted_line_too():
    play = Play()
    play("insert_rows", values_list=[["kiwi", "left"]], row_idx=3)
    play("update_cell", position="C3", value=7)
    play("insert_cols", values_list=[["Cost"]], col_idx=3)
    play("update_cell", position="C6", value=8)
    assert (play.texts[2][3], play.texts[5][2]) == ("7.00", "8.00")


def test_merges_move_and_shrink_with_rows_and_columns():
    play = Play()
    play("merge_cells", start_position="B2", end_position="C4")
    play("insert_rows", values_list=[["new"]], row_idx=2)
    play("insert_cols", values_list=[["new"]], col_idx=1)
    play("delete_batch_data", dimension="row", index_list=[4])
    sheet = play.book.sheet("Sheet1")
    assert sheet is not None
    assert [each.label for each in sheet.merges] == ["C3:D4"]


def test_formulas_follow_what_they_refer_to():
    play = Play()
    ask = {"start_position": "C2", "end_position": "C5", "operator": "SUM"}
    play("update_cell_by_formula", **ask, result_position="C6")
    assert play.texts[5][2] == "13.45"
    play("update_cell", position="C2", value="3.50")
    assert play.texts[5][2] == "14.45"
    play("insert_rows", values_list=[["fig", "left", 1, 4]], row_idx=3)
    assert play.texts[6][2] == "15.45"
    play("delete_batch_data", dimension="row", index_list=[2])
    assert play.texts[5][2] == "11.95"


def test_a_formula_moves_with_its_row_when_rows_are_sorted():
    play = Play()
    for row in range(2, 6):
        ask = {"start_position": f"C{row}", "end_position": f"D{row}", "operator": "SUM"}
        play("update_cell_by_formula", **ask, result_position=f"E{row}")
    before = {row[0]: row[4] for row in play.texts[1:]}
    play("freeze_data", dimension="rows", num=1)
    play("sort_sheet_by_col", col_num=5, order="des")
    assert {row[0]: row[4] for row in play.texts[1:]} == before
    assert [float(text) for text in play.column(4)[1:]] == [30.75, 12.5, 9.0, 8.2]


@pytest.mark.parametrize(
    ("operator", "text"),
    [
        ("SUM", "13.45"),
        ("AVERAGE", "3.36"),
        ("COUNT", "4"),
        ("MAX", "9.00"),
        ("MIN", "0.75"),
        ("PRODUCT", "20.25"),
        ("MINUS", "#N/A"),
    ],
)
def test_operators_pass_over_texts_and_show_their_operands_format(operator, text):
    ask = {"start_position": "C1", "end_position": "C5", "operator": operator}
    if operator != "COUNT":
        ask["start_position"] = "C2"
    assert Play()("get_value_by_formula", **ask) == text


def test_minus_takes_two_cells_and_faults_spread():
    play = Play()
    minus = {"position_list": ["C2", "C3"], "operator": "MINUS"}
    assert play("get_value_by_formula", **minus) == "1.30"
    words = {"position_list": ["A2", "C3"], "operator": "MINUS"}
    assert play("get_value_by_formula", **words) == "#VALUE!"
    play("update_cell", position="E2", value="=AVERAGE(A2:B2)")
    assert play.texts[1][4] == "#DIV/0!"
    faulty = {"start_position": "D2", "end_position": "E2", "operator": "SUM"}
    assert play("get_value_by_formula", **faulty) == "#DIV/0!"
    play("update_cell", position="E3", value="=SUM(E3:E4)")
    assert play.texts[2][4] == "#REF!"
    for text, fault in (("=IF(A1)", "#NAME?"), ("=1+1", "#ERROR!"), ("=SUM(ZZ1)", "#ERROR!")):
        play("update_cell", position="E4", value=text)
        assert play.texts[3][4] == fault


def test_reading_changes_nothing():
    for tool, arguments in (
        ("get_all_values", {}),
        ("get_range_values", {"start_position": "B2", "end_position": "D3"}),
        ("get_cell_value", {"position": "A2"}),
        ("get_value_by_formula", {"position_list": ["C2"], "operator": "MAX"}),
        ("filter_cells", {"query": "left"}),
        ("get_note", {"position": "A3"}),
        ("get_A1_annotation", {"row": 2, "col": 3}),
    ):
        play = Play()
        play(tool, **arguments)
        assert play.book is START


def test_random_edits_never_break_the_rectangle_or_the_old_value():
    """Every call gives a new workbook of equal rows; the one before it stays what it was."""
    rng = random.Random(4)
    for _ in range(60):
        play, seen = Play(), []
        for _ in range(15):
            tool, arguments = _edit(rng)
            seen.append((play.book, play.texts))
            play(tool, **arguments)
            for sheet in play.book.sheets:
                assert len({len(row) for row in sheet.rows}) <= 1
                shown_rows = sheet.texts()
                assert len({len(row) for row in shown_rows}) <= 1
        for book, texts in seen:
            sheet = book.sheet("Sheet1")
            assert sheet is not None
            assert sheet.texts() == texts


def _edit(rng: random.Random) -> tuple[str, dict]:
    row, column = rng.randint(1, 8), rng.randint(1, 6)
    at = f"{letters(column - 1)}{row}"
    other = f"{letters(rng.randint(0, 5))}{rng.randint(1, 8)}"
    return rng.choice(
        (
            ("update_cell", {"position": at, "value": rng.choice(("x", "5", "=SUM(A1:D3)", ""))}),
            ("insert_rows", {"values_list": [["a", "1"], ["b"]], "row_idx": row}),
            ("insert_cols", {"values_list": [["t", "2", "3"]], "col_idx": column}),
            ("delete_batch_data", {"dimension": "row", "index_list": [row]}),
            ("delete_batch_data", {"dimension": "col", "index_list": [column]}),
            ("merge_cells", {"start_position": at, "end_position": other}),
            ("sort_sheet_by_col", {"col_num": column, "order": rng.choice(("asc", "des"))}),
            ("freeze_data", {"dimension": "rows", "num": rng.randint(0, 2)}),
            ("update_note", {"position": at, "content": "see"}),
        )
    )


def test_the_toolbox_has_agentboards_twenty_tools():
    assert len(TOOLBOX.names) == 20
