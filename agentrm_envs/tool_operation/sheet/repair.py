"""How a sheet is brought to the wanted one from anywhere: by writing what it shall show."""

from __future__ import annotations

from collections.abc import Iterator

from agentrm_envs.tool_operation.problem import Standing
from agentrm_envs.tool_operation.sheet.places import Place
from agentrm_envs.tool_operation.sheet.problem import SheetProblem
from agentrm_envs.tool_operation.sheet.workbook import Sheet, Workbook
from agentrm_envs.tools.call import Call


def repairs(problem: SheetProblem, standing: Standing[Workbook]) -> Iterator[list[Call]]:
    """Plans to be tried: rows too many are deleted, and rows that differ are written."""
    wanted = problem.target.sheet(problem.name)
    if wanted is None:
        return
    opening = [Call("open_sheet", {"name": problem.name})]
    start = [] if standing.state.opened == problem.name else opening
    now = standing.state.sheet(problem.name)
    if now is not None:
        yield [*start, *_rewritten(now, wanted), Call("finish", {})]


def _rewritten(now: Sheet, wanted: Sheet) -> list[Call]:
    texts, target = now.texts(), wanted.texts()
    width = max(map(len, (*texts, *target)), default=0)
    calls: list[Call] = []
    for row in range(max(len(texts), len(target))):
        old, new = _line(texts, row, width), _line(target, row, width)
        if old != new:
            calls.append(
                Call(
                    "update_range",
                    {
                        "start_position": Place(row, 0).label,
                        "end_position": Place(row, width - 1).label,
                        "values_list": [new],
                    },
                )
            )
    return calls


def _line(texts: list[list[str]], row: int, width: int) -> list[str]:
    line = texts[row] if row < len(texts) else []
    return line + [""] * (width - len(line))
