"""The tools of the sheet application, with AgentBoard's names, arguments and words.

The words are those of AgentBoard's prompt (agentboard/prompts/Raw/sheet_raw.json).
"""

from __future__ import annotations

from agentrm_envs.tool_operation.sheet import handlers
from agentrm_envs.tool_operation.sheet.workbook import Workbook
from agentrm_envs.tools.specification import Schema, Tool, anything, array, fields, integer, text
from agentrm_envs.tools.toolbox import Toolbox

_UPDATED = "The updated worksheet data or an error message."
_START = text("The starting position of the range. Default: 'B1'.")
_END = text("The ending position of the range. Default: 'D2'.")
_POSITIONS = array(text(), "A list of cell positions in A1 notation.")
_OPERATOR = text(
    "The operator to be applied on selected cells. Choose one from "
    "['SUM', 'AVERAGE', 'COUNT', 'MAX', 'MIN', 'MINUS', 'PRODUCT']."
)
_EITHER = "Note: Either specify position_list or start_position and end_position."
_RANGE = frozenset({"start_position", "end_position", "position_list"})


def _result(description: str, kind: Schema | None = None) -> Schema:
    return fields(result={**(kind or {"type": "object"}), "description": description})


_TABLE = {"type": "array", "items": {"type": "array", "items": {}}}
_WHETHER = _result("Whether the operation was successful.")
_DATA = _result(_UPDATED)

TOOLBOX: Toolbox[Workbook] = Toolbox(
    (
        Tool(
            "open_sheet",
            "Open a sheet by name",
            handlers.open_sheet,
            {"name": text("The name of the sheet to open.")},
            returns=_result("The opened worksheet object or an error message."),
        ),
        Tool(
            "del_sheet",
            "Deletes the specified sheet.",
            handlers.del_sheet,
            {"name": text("The name of the sheet to be deleted.")},
            returns=_WHETHER,
        ),
        Tool(
            "freeze_data",
            "Freeze rows and/or columns on the worksheet",
            handlers.freeze_data,
            {
                "dimension": text("The dimension to freeze, either 'rows' or 'columns'"),
                "num": integer("Number of rows/cols to freeze."),
            },
            returns=_WHETHER,
        ),
        Tool(
            "get_A1_annotation",
            "Translate the cell position (row,col) into A1 annotation",
            handlers.get_a1_annotation,
            {"row": integer("Row index."), "col": integer("Column index.")},
            returns=_result("The A1 notation of the cell or an error message.", text()),
        ),
        Tool(
            "insert_cols",
            "Insert columns into sheet at specified column index",
            handlers.insert_cols,
            {
                "values_list": array(
                    array(text()),
                    "A list of lists, each list containing one column's values, which can be "
                    "expressions",
                ),
                "col_idx": integer("Start column to update. Defaults to 1."),
            },
            returns=_DATA,
        ),
        Tool(
            "insert_rows",
            "Insert rows into sheet at specified row index",
            handlers.insert_rows,
            {
                "values_list": array(
                    array(text()),
                    "A list of lists, each list containing one row's values, which can be "
                    "expressions",
                ),
                "row_idx": integer("Start row to update. Defaults to 1."),
            },
            returns=_DATA,
        ),
        Tool(
            "delete_batch_data",
            "Delete a batch of data in the sheet",
            handlers.delete_batch_data,
            {
                "dimension": text("The dimension to delete, either 'row' or 'col'."),
                "index_list": array(integer(), "List of the indexes of rows/cols for deletion."),
            },
            returns=_DATA,
        ),
        Tool(
            "update_cell",
            "Update the value of the cell",
            handlers.update_cell,
            {
                "position": text("A1 notation of the cell position."),
                "value": anything("The value to set."),
            },
            returns=_DATA,
        ),
        Tool(
            "update_cell_by_formula",
            "Update the value of the target cell by applying formulas on some specified cells. "
            + _EITHER,
            handlers.update_cell_by_formula,
            {
                "start_position": _START,
                "end_position": _END,
                "position_list": _POSITIONS,
                "result_position": text(
                    "The position of the cell where the result of the formula will be stored in. "
                    "Default: 'G2'."
                ),
                "operator": _OPERATOR,
            },
            optional=_RANGE,
            returns=_DATA,
        ),
        Tool(
            "update_range",
            "Update a range of the cells from a list",
            handlers.update_range,
            {
                "start_position": text("A1 notation of the start cell."),
                "end_position": text("A1 notation of the end cell."),
                "values_list": array(
                    array(anything()), "List of values to be inserted, which can be expressions"
                ),
            },
            returns=_DATA,
        ),
        Tool(
            "sort_sheet_by_col",
            "Sorts the current sheet using given sort orders",
            handlers.sort_sheet_by_col,
            {
                "col_num": integer("The index of the sort column."),
                "order": text("The sort order. Possible values are 'asc' or 'des'."),
            },
            returns=_DATA,
        ),
        Tool(
            "merge_cells",
            "Merge cells in sheet",
            handlers.merge_cells,
            {
                "start_position": text("Starting cell position(top left) in A1 annotation."),
                "end_position": text("Ending cell position(bottom right) in A1 annotation."),
            },
            returns=_DATA,
        ),
        Tool(
            "update_note",
            "Update a note in a certain cell",
            handlers.update_note,
            {
                "position": text("cell position in A1 annotation."),
                "content": text("The text note to insert."),
            },
            returns=_result("The updated note or an error message.", text()),
        ),
        Tool(
            "get_all_values",
            "Display all cell values in current sheet",
            handlers.get_all_values,
            returns=_result("Return all cell values or an error message.", _TABLE),
        ),
        Tool(
            "get_range_values",
            "Returns a list of cell data from a specified range.",
            handlers.get_range_values,
            {
                "start_position": text("Starting cell position in A1 annotation."),
                "end_position": text("Ending cell position in A1 annotation."),
            },
            returns=_result(
                "List of cell data from the specified range or an error message.", _TABLE
            ),
        ),
        Tool(
            "get_cell_value",
            "Get the value of a specific cell",
            handlers.get_cell_value,
            {"position": text("Cell position in A1 annotation.")},
            returns=fields(result=anything("Cell value or an error message.")),
        ),
        Tool(
            "get_value_by_formula",
            f"Calculate a value applying formulas on specified cells. {_EITHER}",
            handlers.get_value_by_formula,
            {
                "start_position": _START,
                "end_position": _END,
                "position_list": _POSITIONS,
                "operator": _OPERATOR,
            },
            optional=_RANGE,
            returns=_result("Calculated result or an error message.", text()),
        ),
        Tool(
            "filter_cells",
            "Find all cells matching the query, return all cells' position.",
            handlers.filter_cells,
            {
                "query": {
                    "type": ["string", "re.RegexObject"],
                    "description": "A string to match or compiled regular expression.",
                },
                "in_row": {
                    "type": ["integer", "None"],
                    "description": "Row number to scope the search. Default is all rows",
                },
                "in_column": {
                    "type": ["integer", "None"],
                    "description": "Column number to scope the search. Default is all columns",
                },
            },
            optional=frozenset({"in_row", "in_column"}),
            returns=_result(
                "List of cell addresses that match the query or an error message.", array(text())
            ),
        ),
        Tool(
            "get_note",
            "Get the note at the certain cell, or return empty string if the cell does not have "
            "a note.",
            handlers.get_note,
            {"position": text("Cell position in A1 annotation.")},
            returns=_result("Note content or an error message.", text()),
        ),
        Tool(
            "finish",
            "Return an answer and finish the task",
            handlers.finish,
            returns=_result("Return all cell values or an error message.", _TABLE),
        ),
    ),
    lists_names_when_unknown=True,
)
