"""What an experiment came to: numbers with their errors, as JSON, CSV, text and a plot."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from leaderboard.entry import plain
from leaderboard.experiments.plot import drawn
from leaderboard.experiments.point import Point
from leaderboard.table import aligned
from rewards.whole_file import write


@dataclass(frozen=True, slots=True)
class Result:
    """All numbers of an experiment."""

    title: str
    columns: str
    """What the columns are, as `N`; where all are numbers, the plot's axis is logarithmic."""
    points: tuple[Point, ...]
    notes: tuple[str, ...] = ()
    """What a reader has to know, a sentence each."""

    @property
    def blocks(self) -> dict[str, list[Point]]:
        """The points by block, in order."""
        found: dict[str, list[Point]] = {}
        for point in self.points:
            found.setdefault(point.block, []).append(point)
        return found


def write_result(result: Result, about: dict[str, Any], out: Path) -> str:
    """Write `result.json`, `.csv`, `.txt` and `.svg` to the folder; returns the text."""
    words = text(result)
    rounded = [plain(point) for point in result.points]
    document = {
        "schema_version": 1,
        **about,
        **{key: value for key, value in asdict(result).items() if key != "points"},
        "points": rounded,
    }
    written = json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False) + "\n"
    write(out / "result.csv", _csv(rounded).encode())
    write(out / "result.txt", f"{words}\n".encode())
    write(out / "result.svg", drawn(result.title, result.columns, result.blocks))
    write(out / "result.json", written.encode())
    return words


def text(result: Result) -> str:
    """A table for each block, then the notes."""
    tables = [aligned(_table(block, points)) for block, points in result.blocks.items()]
    notes = [*result.notes, "[ ] is the 95 % interval, clustered by task."]
    return "\n\n".join([result.title, *tables, "\n".join(notes)])


def _table(block: str, points: Sequence[Point]) -> list[list[str]]:
    """The block's numbers, the longer side of the table downwards."""
    cells = {(point.row, point.column): _cell(point) for point in points}
    down, across = ([*dict.fromkeys(names)] for names in zip(*cells, strict=True))
    if len(across) > len(down):
        down, across = across, down
        cells = {(column, row): cell for (row, column), cell in cells.items()}
    tasks = max(point.tasks for point in points)
    head = f"{block} ({tasks} task{'s' * (tasks != 1)})"
    rows = [[name, *(cells.get((name, other), "-") for other in across)] for name in down]
    return [[head, *across], *rows]


def _cell(point: Point) -> str:
    if point.low is None or point.high is None:
        return f"{point.mean:.3f}"
    return f"{point.mean:.3f} [{point.low:.3f}, {point.high:.3f}]"


def _csv(rows: Sequence[dict[str, Any]]) -> str:
    file = io.StringIO()
    names = [field.name for field in fields(Point)]
    writer = csv.DictWriter(file, names, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return file.getvalue()
