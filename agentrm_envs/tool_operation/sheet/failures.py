"""What the sheet's tools say when they fail: in AgentBoard's words, or gspread's and Google's.

AgentBoard shows the `repr` of its own texts and of gspread's exceptions. No recordings of
Google's are at hand, so their wording is from gspread's issue tracker and may differ.
"""

from __future__ import annotations

from agentrm_envs.tool_operation.sheet.places import MAX_COLUMNS, MAX_ROWS
from agentrm_envs.tools.specification import ToolFailure

NOT_OPEN = "Please open a sheet before operating it"
WHOLE_DELETED = "Warning: You cannot delete whole sheet at once, please try other functions"
WHOLE_UPDATED = "Warning: You cannot update whole sheet at once, please try other functions"
WRONG_DIMENSION = "Wrong dimension, please choose from row/col"
WRONG_FREEZE = "Error: the dimension should be one of the rows/columns"
WRONG_OPERATOR = (
    'the operator should be one of the ["SUM", "AVERAGE", "COUNT", "MAX", "MIN", "MINUS", '
    '"PRODUCT"]'
)
NOT_A1 = (
    "In the sheet formula, you should use A1 notation to display all positions in the sheet and "
    "you can use get_A1_annotation(row, col) to get its A1 address."
)
NOT_A1_RANGE = NOT_A1.replace("all positions", "the start and end cell address")
WRONG_ORDER = "Either 'asc' or 'des' should be specified as sort order."
ROW_AND_COLUMN = "Either 'in_row' or 'in_column' should be specified."


def told(text: str) -> ToolFailure:
    """One of the texts above, as AgentBoard shows them."""
    return ToolFailure(repr(text))


def raised(error: str, text: str) -> ToolFailure:
    """An exception of that name."""
    return ToolFailure(f"{error}({text!r})")


def refused(message: str) -> ToolFailure:
    """Google's answer to a request that it cannot carry out."""
    record = {"code": 400, "message": message, "status": "INVALID_ARGUMENT"}
    return ToolFailure(f"APIError({record!r})")


def beyond(sheet: str, label: str) -> ToolFailure:
    return refused(
        f"Range ('{sheet}'!{label}) exceeds grid limits. "
        f"Max rows: {MAX_ROWS}, max columns: {MAX_COLUMNS}"
    )
