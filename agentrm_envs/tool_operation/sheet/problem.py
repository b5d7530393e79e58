"""A problem of the sheet application: what is asked, and how that is judged."""

from __future__ import annotations

import json
import re
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from agentrm_envs.tool_operation.problem import WELCOME, Standing, read_program
from agentrm_envs.tool_operation.sheet import reading
from agentrm_envs.tool_operation.sheet.cells import Value
from agentrm_envs.tool_operation.sheet.places import Place
from agentrm_envs.tool_operation.sheet.tools import TOOLBOX
from agentrm_envs.tool_operation.sheet.workbook import Workbook
from agentrm_envs.tools.call import FORMAT_ERROR, PARAMETERS_ERROR, Call, write_call
from agentrm_envs.tools.toolbox import Reply, Toolbox

Table = Sequence[Sequence[str]]
_NO_CALL = (FORMAT_ERROR, PARAMETERS_ERROR, "ERROR | Invalid action")
_BARE_PATTERN = re.compile(r"re\.compile\(\s*r?(?:'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\")\s*\)")


class SheetProblem:
    """Changes to be made in a sheet, which is open from the beginning, as in AgentBoard.

    A built-in task has the `program` that solves it; the workbook after it is the wanted one.
    Its score is the gain: the share of cells, notes and merges that are as wanted, over all
    that are in the sheet or are wanted, from 0 where it began to 1.

    An official one has the wanted `table` only. Its score is AgentBoard's overlap, which does
    not begin at 0, and does not miss rows; success is the whole table.
    """

    def __init__(self, task: Mapping[str, Any]) -> None:
        self.goal: str = task["goal"]
        self.start: Workbook = (
            task["workbook"] if "workbook" in task else reading.workbook(task["sheets"])
        )
        self.name = self.start.opened or ""
        self.first_observation = f"{WELCOME}\nYou are now in {self.name}\n{table(self.start)}"
        self.program = read_program(task.get("program", ()))
        self.marks = [write_call(call.tool, call.arguments) for call in self.program]
        self.official_table: Table | None = task.get("table")
        self.target = run(self.start, self.program)
        self.wanted_table: Table = self.official_table or self._texts(self.target)
        self.wanted = items(self.target)
        self.at_start = agreement(items(self.start), self.wanted)

    @property
    def toolbox(self) -> Toolbox[Workbook]:
        return TOOLBOX

    def prepared(self, action: str) -> str:
        """With `re.compile(...)` in quotes: AgentBoard's prompt offers patterns so."""
        if "re.compile" not in action:
            return action
        return _BARE_PATTERN.sub(lambda found: _quoted(action, found), action)

    def judge(self, before: Standing[Workbook], reply: Reply[Workbook]) -> Standing[Workbook]:
        now = overlap(table(reply.state), self.wanted_table)
        best = max(before.overlap or 0.0, now if _counts(reply) else 0.0)
        if self.official_table is not None:
            score, exact = best, self._texts(reply.state) == self.official_table
        else:
            alike = agreement(items(reply.state), self.wanted)
            score, exact = max(before.score, self.gain(alike)), alike == 1.0
        calls = before.results
        if reply.ok and reply.call is not None:
            calls = (*calls, write_call(reply.call.tool, reply.call.arguments))
        return Standing(reply.state, score, exact, reply.finished and exact, calls, best)

    def gain(self, alike: float) -> float:
        """How much of what was to be changed is as wanted, less what was spoilt; in [0, 1]."""
        if self.at_start == 1.0:  # nothing is to be changed
            return alike
        return max(0.0, (alike - self.at_start) / (1.0 - self.at_start))

    def _texts(self, book: Workbook) -> Table:
        sheet = book.sheet(self.name)
        return sheet.texts() if sheet else []

    def valid_calls(self, book: Workbook) -> list[Call]:
        """Reading, sorting, deleting, writing a number, and finishing, in a fixed order."""
        texts = table(book)
        height, width = len(texts), max(map(len, texts), default=0)
        calls = [Call("get_all_values", {}), Call("freeze_data", {"dimension": "rows", "num": 1})]
        for column in range(1, width + 1):
            calls += [
                Call("sort_sheet_by_col", {"col_num": column, "order": order})
                for order in ("asc", "des")
            ]
            calls.append(Call("delete_batch_data", {"dimension": "col", "index_list": [column]}))
        for row in range(2, height + 1):
            calls.append(Call("delete_batch_data", {"dimension": "row", "index_list": [row]}))
            calls.append(Call("update_cell", {"position": f"B{row}", "value": row}))
            calls.append(
                Call(
                    "update_cell_by_formula",
                    {
                        "start_position": f"B{row}",
                        "end_position": f"C{row}",
                        "result_position": f"D{row}",
                        "operator": "SUM",
                    },
                )
            )
        return [*calls, Call("finish", {})]


def run(book: Workbook, program: Iterable[Call]) -> Workbook:
    """The workbook after the calls; raises ValueError where one fails."""
    for call in program:
        reply = TOOLBOX.carry_out(book, call)
        if not reply.ok:
            raise ValueError(f"the program's {call} fails: {reply.observation}")
        book = reply.state
    return book


def table(book: Workbook) -> list[list[str]]:
    """What the open sheet shows; nothing where none is open."""
    sheet = book.sheet(book.opened) if book.opened is not None else None
    return sheet.texts() if sheet else []


def items(book: Workbook) -> dict[Hashable, Item]:
    """All that a workbook is compared in: what its cells show, its notes and its merges.

    Not what is frozen, nor which sheet is open.
    """
    found: dict[Hashable, Item] = {}
    for sheet in book.sheets:
        found[sheet.name, "sheet"] = Item("")
        for row, texts in enumerate(sheet.texts()):
            for column, text in enumerate(texts):
                found[sheet.name, row, column] = Item(text, sheet.value(Place(row, column)))
        for row, cells in enumerate(sheet.rows):
            for column, cell in enumerate(cells):
                if cell.note:
                    found[sheet.name, "note", row, column] = Item(cell.note)
        for merge in sheet.merges:
            found[sheet.name, "merge", merge.label] = Item("")
    return found


@dataclass(frozen=True, slots=True)
class Item:
    """A text, and where it shows a number, the number."""

    text: str
    value: Value = None

    def is_like(self, other: Item) -> bool:
        """Whether they show the same, or the same number in two formats (`1` and `1.00`)."""
        numbers = isinstance(self.value, float) and isinstance(other.value, float)
        return self.text == other.text or (numbers and self.value == other.value)


def agreement(some: Mapping[Hashable, Item], others: Mapping[Hashable, Item]) -> float:
    """The share of items that are in both and alike, over all that are in either."""
    same = sum(1 for key, item in some.items() if key in others and item.is_like(others[key]))
    return same / len({*some, *others})


def overlap(some: Table, others: Table) -> float:
    """AgentBoard's matching degree: the share of equal cells where both tables have cells."""
    height = min(len(some), len(others))
    width = min(len(some[0]), len(others[0])) if height else 0
    same = sum(
        some[row][column] == others[row][column] for row in range(height) for column in range(width)
    )
    return same / (height * width) if height * width else 0.0


def _counts(reply: Reply[Workbook]) -> bool:
    """Whether AgentBoard would look at the sheet: not after a call of nothing that it knows."""
    return reply.call is not None or not reply.observation.startswith(_NO_CALL)


def _quoted(action: str, found: re.Match[str]) -> str:
    """The pattern as a string, unless it is in one."""
    inside = action[found.start() - 1 : found.start()] in ("'", '"')
    return found[0] if inside else json.dumps(found[0])
