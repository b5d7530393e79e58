"""What the sheet's tools do, each in AgentBoard's words (its sheets_tools.py, over gspread)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TypeAlias, TypeVar

from agentrm_envs.tool_operation.sheet import editing, failures
from agentrm_envs.tool_operation.sheet.cells import (
    GENERAL,
    Cell,
    Formula,
    Value,
    shown,
    typed,
)
from agentrm_envs.tool_operation.sheet.formulas import read_formula
from agentrm_envs.tool_operation.sheet.inputs import (
    SIMPLE,
    area_of,
    first_label_of,
    formula_of,
    label_of,
    lines_of,
    matcher_of,
    noted_area_of,
    opened,
    table_of,
    value_of,
)
from agentrm_envs.tool_operation.sheet.places import (
    MAX_COLUMNS,
    MAX_ROWS,
    Area,
    Place,
    inside,
    letters,
)
from agentrm_envs.tool_operation.sheet.workbook import Sheet, Workbook, trimmed
from agentrm_envs.tools.specification import Arguments, Result

Done: TypeAlias = Result[Workbook]
Item = TypeVar("Item")
MAX_TEXT = 1_000
"""Characters of a cell or a note that are searched."""


def open_sheet(book: Workbook, arguments: Arguments) -> Done:
    name = arguments["name"]
    for number, sheet in enumerate(book.sheets):
        if sheet.name == name:
            return Result(replace(book, opened=name), f"<Worksheet {name!r} id:{number}>")
    raise failures.raised("WorksheetNotFound", name)


def del_sheet(book: Workbook, arguments: Arguments) -> Done:
    """Deletes nothing: AgentBoard hands a name to gspread, which asks for a sheet."""
    opened(book)
    kind = type(arguments["name"]).__name__
    raise failures.raised("AttributeError", f"{kind!r} object has no attribute 'id'")


def freeze_data(book: Workbook, arguments: Arguments) -> Done:
    sheet, number = opened(book), arguments["num"]
    dimension = arguments["dimension"]
    if dimension not in ("rows", "columns"):
        raise failures.told(failures.WRONG_FREEZE)
    if not 0 <= number < (MAX_ROWS if dimension == "rows" else MAX_COLUMNS):
        raise failures.refused(f"Invalid requests[0].updateSheetProperties: {number} {dimension}")
    if dimension == "rows":
        frozen = replace(sheet, frozen_rows=number)
    else:
        frozen = replace(sheet, frozen_columns=number)
    return Result(book.with_sheet(frozen), f"You have successfully freeze the {dimension} {number}")


def get_a1_annotation(book: Workbook, arguments: Arguments) -> Done:
    sheet, row, column = opened(book), arguments["row"], arguments["col"]
    label = _label(row, column)
    if not inside(Area(row - 1, column - 1, row - 1, column - 1)):
        raise failures.beyond(sheet.name, label)
    return Result(book, label)


def insert_cols(book: Workbook, arguments: Arguments) -> Done:
    sheet, before = opened(book), arguments["col_idx"] - 1
    values = lines_of(arguments["values_list"], "COLUMNS")
    width = max(map(len, sheet.texts()), default=0)
    if not 0 <= before <= MAX_COLUMNS - len(values) - max(0, sheet.width - before):
        raise failures.beyond(sheet.name, f"{letters(max(before, 0))}1")
    if max(map(len, values)) > MAX_ROWS:
        raise failures.beyond(sheet.name, f"A{max(map(len, values))}")
    like = before - 1 if before == width else before
    return _changed(book, editing.inserted_columns(sheet, values, before, like=like))


def insert_rows(book: Workbook, arguments: Arguments) -> Done:
    sheet, before = opened(book), arguments["row_idx"] - 1
    values = lines_of(arguments["values_list"], "ROWS")
    if not 0 <= before <= MAX_ROWS - len(values) - max(0, len(sheet.rows) - before):
        raise failures.beyond(sheet.name, f"A{before + 1}")
    if max(map(len, values)) > MAX_COLUMNS:
        raise failures.beyond(sheet.name, f"{letters(max(map(len, values)) - 1)}{before + 1}")
    like = before - 1 if before == len(sheet.texts()) else before
    return _changed(book, editing.inserted_rows(sheet, values, before, like=like))


def delete_batch_data(book: Workbook, arguments: Arguments) -> Done:
    sheet, indices = opened(book), arguments["index_list"]
    dimension, texts = arguments["dimension"], sheet.texts()
    if dimension not in ("row", "col"):
        raise failures.told(failures.WRONG_DIMENSION)
    by_row = dimension == "row"
    width = max(map(len, texts), default=0)
    whole = len(indices) >= len(texts) - 1 if by_row else len(indices) == width
    if whole:
        raise failures.told(failures.WHOLE_DELETED)
    most = MAX_ROWS if by_row else MAX_COLUMNS
    for index in sorted(indices):
        if not 1 <= index <= most:
            raise failures.refused(
                f"Invalid requests[0].deleteDimension: Cannot delete a {dimension} that doesn't "
                f"exist. Tried to delete index {index} but there are {most}."
            )
    delete = editing.without_rows if by_row else editing.without_columns
    return _changed(book, delete(sheet, [index - 1 for index in indices]))


def update_cell(book: Workbook, arguments: Arguments) -> Done:
    sheet = opened(book)
    at = first_label_of(sheet, arguments["position"])
    cell = sheet.cell(at)
    value = arguments["value"]
    content: Value | Formula
    number_format = GENERAL
    if isinstance(value, str) and value.startswith("="):
        content = read_formula(value)
    elif isinstance(value, str):
        content, number_format = typed(value)
    else:
        content = value_of(value)
    if cell.number_format != GENERAL:
        number_format = cell.number_format
    changed = Cell(content, number_format, cell.note)
    return _changed(book, editing.with_cells(sheet, {at: changed}))


def update_cell_by_formula(book: Workbook, arguments: Arguments) -> Done:
    sheet = opened(book)
    formula = formula_of(arguments, failures.NOT_A1)
    if not SIMPLE.fullmatch(arguments["result_position"]):
        raise failures.told(failures.NOT_A1)
    at = label_of(sheet, arguments["result_position"])
    return _changed(book, editing.written(sheet, {at: formula}))


def get_value_by_formula(book: Workbook, arguments: Arguments) -> Done:
    sheet = opened(book)
    formula = formula_of(arguments, failures.NOT_A1_RANGE)
    return Result(book, shown(sheet.result(formula), sheet.operands_format(formula)))


def update_range(book: Workbook, arguments: Arguments) -> Done:
    sheet = opened(book)
    label = f"{arguments['start_position']}:{arguments['end_position']}"
    texts = sheet.texts()
    last = Place(len(texts) - 1, max(map(len, texts), default=0) - 1)
    if texts and label == f"A1:{last.label}":
        raise failures.told(failures.WHOLE_UPDATED)
    target = area_of(sheet, label)
    values = table_of(arguments["values_list"])
    contents: dict[Place, Value | Formula] = {}
    for row, line in enumerate(values, target.top):
        for column, value in enumerate(line, target.left):
            if row > target.bottom or column > target.right:
                line_name = (
                    f"row [{row + 1}]" if row > target.bottom else (f"column [{letters(column)}]")
                )
                raise failures.refused(
                    f"Requested writing within range ['{sheet.name}'!{label}], "
                    f"but tried writing to {line_name}"
                )
            contents[Place(row, column)] = value
    return _changed(book, editing.written(sheet, contents))


def sort_sheet_by_col(book: Workbook, arguments: Arguments) -> Done:
    sheet, column, order = opened(book), arguments["col_num"], arguments["order"]
    if order not in ("asc", "des"):
        raise failures.raised("ValueError", failures.WRONG_ORDER)
    if not 1 <= column <= MAX_COLUMNS:
        raise failures.refused(f"Invalid requests[0].sortRange: dimensionIndex {column - 1}")
    if any(each.bottom > each.top and each.bottom >= sheet.frozen_rows for each in sheet.merges):
        raise failures.refused(
            "Invalid requests[0].sortRange: You can't sort a range with vertical merges."
        )
    return _changed(book, editing.sorted_by(sheet, column - 1, descending=order == "des"))


def merge_cells(book: Workbook, arguments: Arguments) -> Done:
    sheet = opened(book)
    corners = (arguments["start_position"], arguments["end_position"])
    for corner in corners:
        label_of(sheet, corner)
    target = area_of(sheet, ":".join(corners))
    for other in sheet.merges:
        if other.overlaps(target) and set(other.places()) - set(target.places()):
            raise failures.refused(
                "Invalid requests[0].mergeCells: You must select all cells in a merged range to "
                "merge or unmerge them."
            )
    return _changed(book, editing.merged(sheet, target) if target.size > 1 else sheet)


def update_note(book: Workbook, arguments: Arguments) -> Done:
    sheet, label, note = opened(book), arguments["position"], arguments["content"]
    after = editing.noted(sheet, noted_area_of(sheet, label), note)
    return Result(book.with_sheet(after), f"Updated! the {label}'s note is {note}")


def get_all_values(book: Workbook, arguments: Arguments) -> Done:
    return Result(book, opened(book).texts())


def get_range_values(book: Workbook, arguments: Arguments) -> Done:
    sheet = opened(book)
    target = area_of(sheet, f"{arguments['start_position']}:{arguments['end_position']}")
    unmerged, texts = (
        [row[target.left : target.right + 1] for row in table[target.top : target.bottom + 1]]
        for table in (sheet.unmerged_texts(), sheet.texts())
    )
    kept = trimmed(unmerged)
    if not kept:  # gspread looks at the first row to fill merged cells in
        raise failures.raised("IndexError", "list index out of range")
    return Result(book, [row[: len(kept[0])] for row in texts[: len(kept)]])


def get_cell_value(book: Workbook, arguments: Arguments) -> Done:
    sheet = opened(book)
    return Result(book, sheet.text(first_label_of(sheet, arguments["position"])) or None)


def filter_cells(book: Workbook, arguments: Arguments) -> Done:
    sheet = opened(book)
    row, column = arguments.get("in_row"), arguments.get("in_column")
    if row and column:
        raise failures.raised("TypeError", failures.ROW_AND_COLUMN)
    matches = matcher_of(arguments["query"])
    cells = _listed(sheet.unmerged_texts(), row, column)
    return Result(book, [_label(*at) for *at, text in cells if matches(text[:MAX_TEXT])])


def _listed(
    table: Sequence[Sequence[str]], row: int | None, column: int | None
) -> list[tuple[int, int, str]]:
    """The texts of a row, of a column or of all, each after its row and column from 1.

    As in gspread, numbers below 1 count from the end, where nothing that is found has a label.
    """
    if column:
        return [(n, column, _numbered(texts, column)) for n, texts in enumerate(table, 1)]
    if row:
        return [(row, n, text) for n, text in enumerate(_numbered(table, row), 1)]
    return [(n, m, text) for n, texts in enumerate(table, 1) for m, text in enumerate(texts, 1)]


def _numbered(items: Sequence[Item], number: int) -> Item:
    try:
        return items[number - 1]
    except IndexError as error:
        raise failures.raised("IndexError", "list index out of range") from error


def get_note(book: Workbook, arguments: Arguments) -> Done:
    sheet = opened(book)
    area = noted_area_of(sheet, arguments["position"])
    return Result(book, sheet.cell(Place(area.top, area.left)).note)


def finish(book: Workbook, arguments: Arguments) -> Done:
    return Result(book, opened(book).texts(), finished=True)


def _label(row: int, column: int) -> str:
    """A cell's label by its row and column, from 1."""
    if row < 1 or column < 1:
        raise failures.raised("IncorrectCellLabel", f"({row}, {column})")
    return Place(row - 1, column - 1).label


def _changed(book: Workbook, sheet: Sheet) -> Done:
    return Result(book.with_sheet(sheet), sheet.texts())
