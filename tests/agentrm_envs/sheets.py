"""A small sheet for tests, and calls of the sheet's tools on it."""

from __future__ import annotations

from typing import Any

from agentrm_envs.tool_operation.env import explaining
from agentrm_envs.tool_operation.sheet import reading
from agentrm_envs.tool_operation.sheet.tools import TOOLBOX
from agentrm_envs.tool_operation.sheet.workbook import Workbook
from agentrm_envs.tools.call import Call
from agentrm_envs.tools.toolbox import Toolbox

FRUIT = {
    "name": "Sheet1",
    "rows": [
        ["Fruit", "Shelf", "Price", "Stock"],
        ["pear", "left", "2.50", "10"],
        ["apple", "right", "1.20", "7"],
        ["Banana", "left", "0.75", "30"],
        ["cherry", "right", "9.00", ""],
    ],
    "formats": {"C": "0.00"},
    "notes": {"A3": "Price: 1.40"},
}
AS_UPSTREAM = explaining(TOOLBOX, False)
START = reading.workbook([FRUIT, {"name": "Other", "rows": [["x"]]}])


class Play:
    """A workbook that is changed call by call."""

    def __init__(self, book: Workbook = START, box: Toolbox[Workbook] = TOOLBOX) -> None:
        self.book, self.box = book, box

    def __call__(self, tool: str, **arguments: Any) -> str:
        """What the tool answers."""
        reply = self.box.carry_out(self.book, Call(tool, arguments))
        assert not reply.internal_error, reply.observation
        if not reply.ok:
            assert reply.state is self.book, "a failure changes nothing"
        self.book = reply.state
        return reply.observation

    @property
    def texts(self) -> list[list[str]]:
        sheet = self.book.sheet(self.book.opened or "")
        assert sheet is not None
        return sheet.texts()

    def column(self, number: int) -> list[str]:
        return [row[number] for row in self.texts]
