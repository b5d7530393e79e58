"""An evaluation as a table for people and as JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from importlib.metadata import version

from rewards.benchmark.estimates import Estimate
from rewards.benchmark.evaluate import MEASURES, Quality
from rewards.benchmark.limits import Evaluation

SHOWN_DRAWS = 5
"""The N of best-of-N in the table: the paper's."""


@dataclass(frozen=True, slots=True)
class Report:
    """Reward models evaluated on the same states."""

    sources: dict[str, str]
    """sha256 by path of what they were evaluated on."""
    settings: Evaluation
    qualities: dict[str, dict[str, Quality]]
    """By reward model, then by environment, with the overall mean last."""
    notes: dict[str, dict[str, float]] = field(default_factory=dict)
    """What reward models tell of their own working, for those that do."""


def report_json(report: Report) -> str:
    """The report as a JSON document; what could not be measured is null."""
    written = {
        "schema_version": 1,
        **asdict(report),
        "measures": dict(MEASURES),
        "versions": {"agentrm": version("agentrm")},
    }
    return json.dumps(written, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def report_text(report: Report) -> str:
    """A table for each reward model: measures down, environments across."""
    tables = []
    for name, qualities in report.qualities.items():
        notes = [f"{what}: {number:.3g}" for what, number in report.notes.get(name, {}).items()]
        tables.append("\n".join([table(name, qualities), *notes]))
    return "\n\n".join([*tables, _legend()])


def table(name: str, qualities: Mapping[str, Quality]) -> str:
    columns = list(qualities.values())
    rows = [[name, *qualities]]
    rows.append(["states (tasks)", *(f"{each.states} ({each.tasks})" for each in columns)])
    for measure in MEASURES:
        cells = [shown(each.measures[measure]) for each in columns]
        rows.append([measure.replace("_", " "), *cells])
    last = SHOWN_DRAWS - 1
    for label, curves, index in (
        ("score of a random pick", [each.best_of_n for each in columns], 0),
        (f"score of best of {SHOWN_DRAWS}", [each.best_of_n for each in columns], last),
        ("  with the oracle", [each.oracle for each in columns], last),
        ("  regret", [each.regret for each in columns], last),
    ):
        rows.append([label, *(shown(curve[index] if curve else None) for curve in curves)])
    return aligned(rows)


def shown(estimate: Estimate | None) -> str:
    """A number with its standard error, where there is one."""
    if estimate is None:
        return "-"
    if estimate.stderr is None:
        return f"{estimate.mean:.3f}"
    return f"{estimate.mean:.3f} ± {estimate.stderr:.3f}"


def aligned(rows: list[list[str]]) -> str:
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    lines = [
        "  ".join(cell.ljust(width) if i == 0 else cell.rjust(width) for i, (cell, width) in pairs)
        for pairs in ([*enumerate(zip(row, widths, strict=True))] for row in rows)
    ]
    return "\n".join([lines[0], "-" * len(lines[0]), *lines[1:]])


def _legend() -> str:
    notes = [f"{name.replace('_', ' ')}: {text}" for name, text in MEASURES.items()]
    return "\n".join(
        [
            *notes,
            "± is the standard error, clustered by task; overall is the mean of the environments.",
        ]
    )
