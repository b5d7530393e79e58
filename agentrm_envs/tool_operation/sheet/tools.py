"""The tools of the sheet application, with AgentBoard's names, arguments and defaults.

Those are of AgentBoard's prompt (agentboard/prompts/Raw/sheet_raw.json); the words are our own.
"""

from __future__ import annotations

import re

from agentrm_envs.tool_operation.sheet import handlers, misfits
from agentrm_envs.tool_operation.sheet.workbook import Workbook
from agentrm_envs.tools.specification import (
    Schema,
    Tool,
    anything,
    array,
    fields,
    integer,
    text,
)
from agentrm_envs.tools.toolbox import Toolbox

_CORNER = text("The cell at its top left, as in B2.")
_OPPOSITE = text("The cell at its bottom right.")
_CELL = text("Which cell, as in B2.")
_FIRST = text("Where a range starts, at its top left. Default: 'B1'.")
_LAST = text("Where it ends, at its bottom right. Default: 'D2'.")
_LISTED = array(text(), "The cells one by one, as in B2, if they are not a range.")
_OPERATOR = text("'SUM', 'AVERAGE', 'COUNT', 'MAX', 'MIN', 'MINUS' (of two cells) or 'PRODUCT'.")
_TABLE_OF_VALUES = frozenset({"values_list"})
_RANGE = frozenset({"start_position", "end_position", "position_list"})
_LABELS = _RANGE | {"result_position"}
_EITHER = frozenset({"position_list"})


def _result(description: str, kind: Schema | None = None) -> Schema:
    told = f"{description}, or what went wrong."
    return fields(result={**(kind or {"type": "object"}), "description": told})


_TABLE = {"type": "array", "items": {"type": "array", "items": {}}}
_DONE = _result("That it is done")
_CHANGED = _result("The table as it is then")

TOOLBOX: Toolbox[Workbook] = Toolbox(
    (
        Tool(
            "open_sheet",
            "Go to another sheet.",
            handlers.open_sheet,
            {"name": text("What it is called.")},
            misfit=misfits.no_sheet,
            unconverted=frozenset({"name"}),
            returns=_result("The sheet"),
        ),
        Tool(
            "del_sheet",
            "Remove a whole sheet.",
            handlers.del_sheet,
            {"name": text("What it is called.")},
            unchecked=frozenset({"name"}),
            returns=_DONE,
        ),
        Tool(
            "freeze_data",
            "Freeze the first rows or columns; frozen rows keep their place when you sort.",
            handlers.freeze_data,
            {
                "dimension": text("Either 'rows' or 'columns'."),
                "num": integer("How many, from the first; 0 to freeze none."),
            },
            misfit=misfits.no_freeze,
            returns=_DONE,
        ),
        Tool(
            "get_A1_annotation",
            "Tell what a cell is called: row 2 and col 3 give C2.",
            handlers.get_a1_annotation,
            {"row": integer("Its row, from 1."), "col": integer("Its column, from 1.")},
            misfit=misfits.no_number,
            returns=_result("The cell's name", text()),
        ),
        Tool(
            "insert_cols",
            "Put in new columns; those from there on move right.",
            handlers.insert_cols,
            {
                "values_list": array(
                    array(text()), "For each new column, a list of its values from the top."
                ),
                "col_idx": integer("Where the first of them goes, from 1. Default: 1."),
            },
            misfit=misfits.no_place,
            unconverted=frozenset({"col_idx"}),
            unchecked=_TABLE_OF_VALUES,
            returns=_CHANGED,
        ),
        Tool(
            "insert_rows",
            "Put in new rows; those from there on move down.",
            handlers.insert_rows,
            {
                "values_list": array(
                    array(text()), "For each new row, a list of its values from the left."
                ),
                "row_idx": integer("Where the first of them goes, from 1. Default: 1."),
            },
            misfit=misfits.no_place,
            unconverted=frozenset({"row_idx"}),
            unchecked=_TABLE_OF_VALUES,
            returns=_CHANGED,
        ),
        Tool(
            "delete_batch_data",
            "Take out some rows, or some columns.",
            handlers.delete_batch_data,
            {
                "dimension": text("Either 'row' or 'col'."),
                "index_list": array(integer(), "Their numbers before any is taken out, from 1."),
            },
            misfit=misfits.no_indices,
            unconverted=frozenset({"index_list"}),
            returns=_CHANGED,
        ),
        Tool(
            "update_cell",
            "Write into one cell.",
            handlers.update_cell,
            {
                "position": _CELL,
                "value": anything("A number, a text, or a formula as in =SUM(B2:B4)."),
            },
            returns=_CHANGED,
        ),
        Tool(
            "update_cell_by_formula",
            "Compute with listed cells or a range, and write the formula into a cell.",
            handlers.update_cell_by_formula,
            {
                "start_position": _FIRST,
                "end_position": _LAST,
                "position_list": _LISTED,
                "result_position": text("Which cell to write into. Default: 'G2'."),
                "operator": _OPERATOR,
            },
            optional=_RANGE,
            misfit=misfits.no_formula,
            unconverted=_LABELS,
            defaulted=_EITHER,
            looked_up=misfits.looked_up_to_update,
            no_object=misfits.nothing_within,
            returns=_CHANGED,
        ),
        Tool(
            "update_range",
            "Write into every cell of a range.",
            handlers.update_range,
            {
                "start_position": _CORNER,
                "end_position": _OPPOSITE,
                "values_list": array(array(anything()), "For each row, a list of its values."),
            },
            unchecked=_TABLE_OF_VALUES,
            returns=_CHANGED,
        ),
        Tool(
            "sort_sheet_by_col",
            "Put all rows that are not frozen in the order of a column.",
            handlers.sort_sheet_by_col,
            {
                "col_num": integer("The column's number, from 1."),
                "order": text("'asc' to rise, 'des' to fall."),
            },
            misfit=misfits.no_order,
            returns=_CHANGED,
        ),
        Tool(
            "merge_cells",
            "Make one cell of a range.",
            handlers.merge_cells,
            {"start_position": _CORNER, "end_position": _OPPOSITE},
            returns=_CHANGED,
        ),
        Tool(
            "update_note",
            "Write the note of a cell.",
            handlers.update_note,
            {"position": _CELL, "content": text("What it shall say.")},
            misfit=misfits.no_note,
            unconverted=frozenset({"content"}),
            returns=_result("What the note says then", text()),
        ),
        Tool(
            "get_all_values",
            "Show the whole table.",
            handlers.get_all_values,
            returns=_result("A list of values for each row", _TABLE),
        ),
        Tool(
            "get_range_values",
            "Show the part of the table in a range.",
            handlers.get_range_values,
            {"start_position": _CORNER, "end_position": _OPPOSITE},
            returns=_result("A list of values for each row of it", _TABLE),
        ),
        Tool(
            "get_cell_value",
            "Show what is in one cell.",
            handlers.get_cell_value,
            {"position": _CELL},
            returns=fields(result=anything("What is in it, or what went wrong.")),
        ),
        Tool(
            "get_value_by_formula",
            "Compute with listed cells or a range, and write nothing.",
            handlers.get_value_by_formula,
            {
                "start_position": _FIRST,
                "end_position": _LAST,
                "position_list": _LISTED,
                "operator": _OPERATOR,
            },
            optional=_RANGE,
            misfit=misfits.no_value,
            unconverted=_LABELS,
            defaulted=_EITHER,
            looked_up=misfits.looked_up_to_compute,
            no_object=misfits.nothing_within,
            returns=_result("What it comes to", text()),
        ),
        Tool(
            "filter_cells",
            "Find where something stands, in the table or in one row or column of it.",
            handlers.filter_cells,
            {
                "query": {
                    "type": ["string", "re.RegexObject"],
                    "description": "All that the cell holds, or a pattern: re.compile('...').",
                },
                "in_row": {
                    "type": ["integer", "None"],
                    "description": "The one row to look in. Default: all.",
                },
                "in_column": {
                    "type": ["integer", "None"],
                    "description": "The one column to look in. Default: all.",
                },
            },
            optional=frozenset({"in_row", "in_column"}),
            misfit=misfits.no_query,
            unconverted=frozenset({"query"}),
            looked_up=lambda arguments: (),
            no_object=misfits.nothing_to_get,
            returns=_result("The names of the cells", array(text())),
        ),
        Tool(
            "get_note",
            "Show a cell's note; it is empty where there is none.",
            handlers.get_note,
            {"position": _CELL},
            returns=_result("What the note says", text()),
        ),
        Tool(
            "finish",
            "Hand in the table and end the task.",
            handlers.finish,
            returns=_result("The table that is handed in", _TABLE),
        ),
    ),
    lists_names_when_unknown=True,
    finishing=re.compile("finish", re.IGNORECASE),
)
