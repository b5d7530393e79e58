"""Whether one run is better than another on the tasks that both were scored on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from statistics import fmean
from typing import Any

from leaderboard.errors import NotComparable
from leaderboard.evidence import Evidence, scores_by_task
from leaderboard.printable import printable
from leaderboard.statistics import Comparison, compare
from leaderboard.table import aligned

OVERALL = "overall"
PERMUTATIONS = 20_000

ByTask = Mapping[str, Mapping[str, float]]
"""Scores by environment and task id."""


@dataclass(frozen=True, slots=True)
class Row:
    """The comparison in one environment, or over all of them."""

    name: str
    first: float
    """Mean over the shared tasks, of the first run."""
    second: float
    found: Comparison


@dataclass(frozen=True, slots=True)
class Table:
    """Two systems compared."""

    first: str
    second: str
    rows: tuple[Row, ...]
    """By environment, then over all: each environment counts the same."""
    left_out: int
    """Tasks that only one of the two was scored on."""

    def __str__(self) -> str:
        head = ["", "A", "B", "A - B", "z", "p", "tasks"]
        rows = [[printable(row.name), *_numbers(row)] for row in self.rows]
        one, other = map(printable, (self.first, self.second))
        return f"A: {one}\nB: {other}\n\n{aligned([head, *rows])}{_note(self)}"

    def plain(self) -> dict[str, Any]:
        """For JSON; z is null where the standard error is 0."""
        rows = {
            row.name: {"A": row.first, "B": row.second, **asdict(row.found), "z": row.found.z}
            for row in self.rows
        }
        return {"A": self.first, "B": self.second, "left_out": self.left_out, "rows": rows}


def paired(
    first: Evidence, second: Evidence, *, permutations: int = PERMUTATIONS, seed: int = 0
) -> Table:
    """Compare by the differences on each task; raises NotComparable where none is shared."""
    if first.entry.data != second.entry.data:
        raise NotComparable(
            f"{first.entry.system!r} played {first.entry.data} tasks and "
            f"{second.entry.system!r} {second.entry.data} ones: they share none"
        )
    one, other = by_task(first), by_task(second)
    shared = {
        name: sorted(one[name].keys() & other[name].keys())
        for name in sorted(one.keys() & other.keys())
    }
    shared = {name: ids for name, ids in shared.items() if ids}
    if not shared:
        raise NotComparable(
            f"{first.entry.system!r} and {second.entry.system!r} were scored on no task in common"
        )
    differences = {
        name: [one[name][id] - other[name][id] for id in ids] for name, ids in shared.items()
    }
    means = {
        name: (fmean(one[name][id] for id in ids), fmean(other[name][id] for id in ids))
        for name, ids in shared.items()
    }
    means[OVERALL] = (fmean(a for a, _ in means.values()), fmean(b for _, b in means.values()))
    groups = {name: {name: differences[name]} for name in shared} | {OVERALL: differences}
    rows = tuple(
        Row(name, *means[name], compare(group, permutations=permutations, seed=seed))
        for name, group in groups.items()
    )
    total = len({(name, id) for scores in (one, other) for name in scores for id in scores[name]})
    left_out = total - sum(map(len, shared.values()))
    return Table(first.entry.system, second.entry.system, rows, left_out)


def by_task(evidence: Evidence) -> ByTask:
    """Each task's mean score by its environment's metric; errors are left out."""
    names = sorted({episode.task.env for episode in evidence.episodes})
    return {
        name: {id: fmean(scores) for id, scores in scores_by_task(name, evidence.episodes).items()}
        for name in names
    }


def _numbers(row: Row) -> list[str]:
    found = row.found
    z = "-" if found.z is None else f"{found.z:+.2f}"
    difference = f"{found.difference:+.3f} ± {found.stderr:.3f}"
    return [
        f"{row.first:.3f}",
        f"{row.second:.3f}",
        difference,
        z,
        f"{found.p:.4f}",
        str(found.tasks),
    ]


def _note(table: Table) -> str:
    if not table.left_out:
        return ""
    return f"\n\n{table.left_out} tasks that only one of them was scored on are left out"
