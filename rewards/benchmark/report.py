"""An evaluation as a table for people and as JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from importlib.metadata import version

from rewards.benchmark.best_of_n import FEW, BestOf
from rewards.benchmark.estimates import Estimate
from rewards.benchmark.limits import Evaluation
from rewards.benchmark.matrix import Matrix
from rewards.benchmark.quality import MEASURES, OVERALL, PAPER_N, Quality
from rewards.benchmark.robustness import CHANGES, Changes

SHOWN_DRAWS = (PAPER_N, 16, 32)
"""The N of best-of-N in the table; JSON and plots have more."""


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
    changes: dict[str, dict[str, Changes]] = field(default_factory=dict)
    """By reward model and perturbation."""
    matrix: Matrix | None = None
    models: dict[str, str] = field(default_factory=dict)
    """sha256 by reward model, for those that have files."""


def report_json(report: Report) -> str:
    """The report as a JSON document; what could not be measured is null."""
    written = {
        "schema_version": 2,
        **asdict(report),
        "measures": {**MEASURES, **CHANGES},
        "versions": {"agentrm": version("agentrm")},
    }
    return json.dumps(written, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def report_text(report: Report) -> str:
    """A table for each reward model, with what perturbations change, and the matrix."""
    tables = []
    for name, qualities in report.qualities.items():
        notes = [f"{what}: {number:.3g}" for what, number in report.notes.get(name, {}).items()]
        tables.append("\n".join([table(name, qualities), *notes]))
        if report.changes.get(name):
            tables.append(changes_table(f"{name}, perturbed", report.changes[name]))
    if report.matrix:
        tables.append(matrix_table(report.matrix))
    measures = {**MEASURES, **(CHANGES if report.settings.perturb else {})}
    return "\n\n".join([*tables, _legend(measures)])


def table(name: str, qualities: Mapping[str, Quality]) -> str:
    """A reward model's quality: measures down, environments across."""
    columns = list(qualities.values())
    rows = [[name, *qualities]]
    rows.append(["states (tasks)", *(f"{each.states} ({each.tasks})" for each in columns)])
    rows += [
        _row(measure.replace("_", " "), [each.measures[measure] for each in columns])
        for measure in MEASURES
    ]
    return aligned([*rows, *_draws(columns)])


def _draws(columns: Sequence[Quality]) -> Iterator[list[str]]:
    picks = [{pick.n: pick for pick in each.best_of_n} for each in columns]
    for n in (n for n in SHOWN_DRAWS if any(n in each for each in picks)):
        found: list[BestOf | None] = [each.get(n) for each in picks]
        yield _row(f"score of best of {n}", [each.picked if each else None for each in found])
        yield _row("  with a random pick", [each.random if each else None for each in found])
        yield _row("  with the oracle", [each.oracle if each else None for each in found])


def changes_table(name: str, changes: Mapping[str, Changes]) -> str:
    """What perturbations change over all environments: perturbations down, measures across."""
    rows = [_row(each, list(found[OVERALL].values())) for each, found in changes.items()]
    return aligned([[name, *(change.replace("_", " ") for change in CHANGES)], *rows])


def matrix_table(matrix: Matrix) -> str:
    rows = [_row(name, row) for name, row in matrix.rows.items()]
    return aligned([[matrix.measure.replace("_", " "), *matrix.environments], *rows])


def _row(label: str, estimates: Sequence[Estimate | None]) -> list[str]:
    return [label, *map(shown, estimates)]


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


def _legend(measures: Mapping[str, str]) -> str:
    return "\n".join(
        [
            *(f"{name.replace('_', ' ')}: {text}" for name, text in measures.items()),
            f"best of more than {FEW}: of the tasks that have as many finished trajectories",
            "± is the standard error, clustered by task; overall is the mean of the environments.",
        ]
    )
