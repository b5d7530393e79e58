"""The plots of an evaluation, as SVG files beside the CSV files that they show."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from rewards.benchmark.calibration import CalibrationPoint, calibration
from rewards.benchmark.curves import DrawsPoint, StepPoint, best_of_draws, by_step, to_csv
from rewards.benchmark.evaluate import Evaluated
from rewards.benchmark.matrix import Matrix, cells
from rewards.figure import panels
from rewards.whole_file import write

CELL = (1.1, 0.4)
"""Width and height of a matrix's cell, in inches."""


def write_plots(folder: Path, found: Mapping[str, Evaluated]) -> None:
    """For each reward model three plots as SVG, each with its numbers as CSV."""
    for name, evaluated in found.items():
        for (stem, table), picture in _drawings(name, evaluated).items():
            _write(folder / f"{_file_name(name)}.{stem}", picture, table)


def write_matrix(folder: Path, matrix: Matrix) -> None:
    """A plot of the matrix as SVG, with its numbers as CSV."""
    _write(folder / f"matrix.{matrix.measure}", matrix_svg(matrix), to_csv(cells(matrix)))


def _write(stem: Path, picture: bytes, table: str) -> None:
    stem.parent.mkdir(parents=True, exist_ok=True)
    write(stem.with_name(f"{stem.name}.svg"), picture)
    write(stem.with_name(f"{stem.name}.csv"), table.encode())


def _drawings(name: str, evaluated: Evaluated) -> dict[tuple[str, str], bytes]:
    calibrated = calibration(evaluated.predictions)
    stepwise = by_step(evaluated.predictions)
    draws = best_of_draws(evaluated.qualities)
    return {
        ("calibration", to_csv(calibrated)): calibration_svg(calibrated, name),
        ("by_step", to_csv(stepwise)): by_step_svg(stepwise, name),
        ("best_of_n", to_csv(draws)): best_of_n_svg(draws, name),
    }


def _file_name(reward_model: str) -> str:
    """`explicit:models/rm` as a part of a file's name."""
    return re.sub(r"[^\w.-]+", "_", reward_model)


def calibration_svg(points: Sequence[CalibrationPoint], title: str) -> bytes:
    """Mean value against prediction; on the dashed line the two are equal."""

    def draw(axes: Any, env: str) -> None:
        some = [point for point in points if point.env == env]
        axes.plot([0, 1], [0, 1], "--", color="0.7")
        errors = [p.value.stderr or 0.0 for p in some]
        axes.errorbar(
            [p.predicted.mean for p in some], [p.value.mean for p in some], yerr=errors, marker="o"
        )
        axes.set(xlabel="predicted value", ylabel="mean return")

    return panels(sorted({point.env for point in points}), draw, title)


def by_step_svg(points: Sequence[StepPoint], title: str) -> bytes:
    """Prediction and value against step, for trajectories that end well and that do not."""

    def draw(axes: Any, env: str) -> None:
        for well, color, name in ((True, "C2", "full score"), (False, "C3", "less")):
            some = [point for point in points if (point.env, point.full_score) == (env, well)]
            steps = [point.step for point in some]
            predicted = [p.predicted.mean for p in some]
            values = [p.value.mean for p in some]
            axes.plot(steps, predicted, color=color, label=f"{name}: predicted")
            axes.plot(steps, values, ":", color=color, label=f"{name}: value")
        axes.set(xlabel="step", ylabel="value")
        axes.legend(loc="upper right", fontsize="x-small")

    return panels(sorted({point.env for point in points}), draw, title)


def best_of_n_svg(points: Sequence[DrawsPoint], title: str) -> bytes:
    """Score against N: the random pick, the reward model's, the oracle's."""

    def draw(axes: Any, env: str) -> None:
        some = [point for point in points if point.env == env]
        n = [point.n for point in some]
        axes.plot(n, [p.oracle.mean for p in some], "--", color="0.5", label="oracle")
        errors = [p.picked.stderr or 0.0 for p in some]
        picked = [p.picked.mean for p in some]
        axes.errorbar(n, picked, yerr=errors, marker="o", label="reward model")
        axes.plot(n, [p.random.mean for p in some], ":", color="0.5", label="random")
        axes.set(xlabel="N", ylabel="score")
        axes.legend(loc="upper right", fontsize="x-small")

    return panels(list(dict.fromkeys(point.env for point in points)), draw, title)


def matrix_svg(matrix: Matrix) -> bytes:
    """The numbers in their places, shaded by size."""
    rows, columns = list(matrix.rows), matrix.environments

    def draw(axes: Any, measure: str) -> None:
        means = [[each.mean if each else float("nan") for each in matrix.rows[r]] for r in rows]
        axes.pcolormesh(means, cmap="Blues", alpha=0.5)
        for cell in cells(matrix):
            place = (columns.index(cell.env) + 0.5, rows.index(cell.reward_model) + 0.5)
            axes.text(*place, f"{cell.value.mean:.2f}", ha="center", va="center")
        axes.set_xticks([i + 0.5 for i in range(len(columns))], columns, rotation=30, ha="right")
        axes.set_yticks([i + 0.5 for i in range(len(rows))], rows)
        axes.invert_yaxis()

    size = (CELL[0] * (len(columns) + 2), CELL[1] * (len(rows) + 2))
    return panels([matrix.measure.replace("_", " ")], draw, "", size)
