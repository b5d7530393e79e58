"""AgentGym's and AgentBoard's tasks, read from their own files in `$AGENTRM_DATA/tool_operation/`.

`todo.jsonl` and `sheet.jsonl` are AgentGym's (agentenv-tool/Toolusage/data), `projects.json` its
to-do account and `sheets.xlsx` the workbook of both. AgentBoard's own `data/tool-operation/
test.jsonl` is part of an archive of 1.4 GB that cannot be fetched alone: put it there by hand as
`agentboard.jsonl`, and it is the test split, on AgentBoard's account `agentboard_projects.json`.

Without it, the test split is AgentGym's 20 sheet tasks, which are AgentBoard's, and its first 20
todo tasks, which in all likelihood are AgentBoard's too; the other 135 are the train split. All
of them run: no answer depends on a service that is gone. The expert follows the recorded path of a
sheet, and makes the changes that the recorded end state of an account asks for.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from agentrm_envs.assets import folder, official_file, text_of
from agentrm_envs.errors import BadData
from agentrm_envs.tool_operation.official_programs import sheet_program, todo_program
from agentrm_envs.tool_operation.sheet import xlsx
from agentrm_envs.tool_operation.sheet.workbook import Sheet, Workbook

NAME = "tool_operation"
TEST_TODO = 20
"""The first rows of AgentGym's todo file: as many as AgentBoard has."""
MAX_FILE = 20_000_000
_SHEET = re.compile(r'"(Sheet\d{1,2})"')


def load(split: str) -> Mapping[str, Any]:
    """The tasks of one split by id. Raises MissingData where a file is not there."""
    if split == "test" and (folder(NAME) / "agentboard.jsonl").is_file():
        return _agentboards()
    todo = {
        f"todo/{number:03}": task
        for number, task in enumerate(_todo_tasks("todo.jsonl", "projects.json"))
        if (number < TEST_TODO) == (split == "test")
    }
    return todo if split == "train" else {**todo, **_sheet_tasks("sheet.jsonl")}


def _agentboards() -> dict[str, Any]:
    todo = _todo_tasks("agentboard.jsonl", "agentboard_projects.json")
    table = {f"todo/agentboard-{number:02}": task for number, task in enumerate(todo)}
    return {**table, **_sheet_tasks("agentboard.jsonl", prefix="agentboard-")}


def _todo_tasks(name: str, projects_name: str) -> list[dict[str, Any]]:
    try:
        projects = json.loads(_text(projects_name))
    except ValueError as error:
        raise BadData(f"{folder(NAME) / projects_name} is not JSON ({error})") from error
    return [_todo(row, projects, where) for where, row in _rows(name, "todo")]


def _todo(row: Mapping[str, Any], projects: Any, where: str) -> dict[str, Any]:
    try:
        more = row["additional_info"]
        task = {
            "application": "todo",
            "goal": row["goal"],
            "projects": projects,
            "current_date": more["init_config"]["current_date"],
            "current_location": more["init_config"]["current_location"],
            "subgoals": row["subgoals"],
        }
        # AgentGym compares the end state always, AgentBoard where `goal_type` is 1.
        if isinstance(more["answer"], dict):
            task["status"] = more["answer"]
        task["program"] = todo_program(task)
    except (IndexError, KeyError, TypeError) as error:
        raise BadData(f"{where}: not a todo task ({error!r})") from error
    return task


def _sheet_tasks(name: str, prefix: str = "") -> dict[str, Any]:
    rows = list(_rows(name, "sheet"))
    names = [_sheet_name(row, where) for where, row in rows]
    book = xlsx.load(official_file(NAME, "sheets.xlsx"), dict.fromkeys(names))
    return {
        f"sheet/{prefix}{number:02}": _sheet(row, book, sheet, where)
        for number, ((where, row), sheet) in enumerate(zip(rows, names, strict=True))
    }


def _sheet(row: Mapping[str, Any], book: Workbook, name: str, where: str) -> dict[str, Any]:
    try:
        table = json.loads(row["additional_info"]["answer"])
        goal = row["goal"]
    except (KeyError, TypeError, ValueError) as error:
        raise BadData(f"{where}: not a sheet task ({error!r})") from error
    workbook = Workbook((_named(book, name),), name)
    return {
        "application": "sheet",
        "goal": goal,
        "workbook": workbook,
        "table": table,
        "program": sheet_program(row.get("subgoals"), workbook),
    }


def _named(book: Workbook, name: str) -> Sheet:
    sheet = book.sheet(name)
    assert sheet is not None
    return sheet


def _sheet_name(row: Mapping[str, Any], where: str) -> str:
    """The sheet that the goal names first, as AgentBoard finds it."""
    found = _SHEET.search(str(row.get("goal")))
    if found is None:
        raise BadData(f'{where}: its goal names no sheet, as in "Sheet7"')
    return found[1]


def _rows(name: str, tool: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """The rows for that tool, each with the place where it is."""
    for number, line in enumerate(_text(name).splitlines(), 1):
        where = f"{name}, line {number}"
        try:
            row = json.loads(line)
            if row["additional_info"]["tool"] == tool:
                yield where, row
        except (KeyError, TypeError, ValueError) as error:
            raise BadData(f"{where}: not a row of a task ({error!r})") from error


def _text(name: str) -> str:
    file: Path = official_file(NAME, name)
    if file.stat().st_size > MAX_FILE:
        raise BadData(f"{file}: more than {MAX_FILE} bytes")
    return text_of(file)
