"""An experiment's numbers as a picture: a panel for each block, a line for each row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from leaderboard.experiments.point import Point
from rewards.figure import panels


def drawn(title: str, columns: str, blocks: Mapping[str, Sequence[Point]]) -> bytes:
    """The picture as SVG, with 95 % intervals."""

    def draw(axes: Any, block: str) -> None:
        points = blocks[block]
        names = list(dict.fromkeys(point.column for point in points))
        places = _places(names)
        rows = list(dict.fromkeys(point.row for point in points))
        for number, row in enumerate(rows):
            some = [point for point in points if point.row == row]
            shift = 0.0 if _numeric(names) else (number - (len(rows) - 1) / 2) * 0.12
            axes.errorbar(
                [places[point.column] + shift for point in some],
                [point.mean for point in some],
                yerr=[[_below(point) for point in some], [_above(point) for point in some]],
                marker="o",
                markersize=3,
                capsize=2,
                linestyle="-" if _numeric(names) else "none",
                label=row,
            )
        if _numeric(names):
            axes.set_xscale("log", base=2)
            axes.set_xticks(list(places.values()), names)
            axes.minorticks_off()
        else:
            axes.set_xticks(list(places.values()), names, rotation=30, ha="right")
        axes.set(xlabel=columns)
        axes.legend(loc="upper right", fontsize="x-small")

    return panels(list(blocks), draw, title, (4.4, 3.6))


def _numeric(columns: Sequence[str]) -> bool:
    return all(column.isdigit() and int(column) for column in columns)


def _places(columns: Sequence[str]) -> dict[str, float]:
    """Where on the axis each column is."""
    if _numeric(columns):
        return {column: float(column) for column in columns}
    return {column: float(place) for place, column in enumerate(columns)}


def _below(point: Point) -> float:
    return 0.0 if point.low is None else max(point.mean - point.low, 0.0)


def _above(point: Point) -> float:
    return 0.0 if point.high is None else max(point.high - point.mean, 0.0)
