"""Draws sheet tasks: a table, something to be done with it, and the calls that do it."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from typing import Any, TypeAlias

from agentrm_envs.tool_operation.sheet import calculations, changes, selections
from agentrm_envs.tool_operation.sheet.drafting import Draft, Rows, Scene, drawn
from agentrm_envs.tool_operation.sheet.places import letters
from agentrm_envs.tool_operation.sheet.themes import THEMES, Measure, Theme

Maker: TypeAlias = Callable[[Scene], Draft | None]
MAKERS: tuple[Maker, ...] = (*changes.MAKERS, *calculations.MAKERS, *selections.MAKERS)
LOWEST, HIGHEST = 5, 8
"""Rows below the titles."""


def drafts(rng: random.Random) -> Iterator[dict[str, Any]]:
    """Tasks without end, every kind as often; some are to be rejected by who asks."""
    while True:
        for maker in MAKERS:
            yield _drawn(rng, maker)


def _drawn(rng: random.Random, maker: Maker) -> dict[str, Any]:
    """A task of that kind, on the first table that is good for one."""
    while True:
        scene = drawn_scene(rng)
        draft = maker(scene)
        if draft is not None:
            return _task(scene, draft, maker.__name__)


def drawn_scene(rng: random.Random) -> Scene:
    theme = rng.choice(THEMES)
    return Scene(rng, theme, f"Sheet{rng.randint(1, 99)}", _rows(rng, theme))


def _rows(rng: random.Random, theme: Theme) -> Rows:
    height = rng.randint(LOWEST, HIGHEST)
    names = rng.sample(theme.names, height)
    groups = [rng.choice(theme.groups) for _ in names]
    columns = [_column(rng, measure, height) for measure in theme.measures]
    titles = [theme.key, theme.group, *(measure.title for measure in theme.measures)]
    return [titles, *map(list, zip(names, groups, *columns, strict=True))]


def _column(rng: random.Random, measure: Measure, height: int) -> list[str]:
    """So many different numbers."""
    numbers: list[str] = []
    while len(numbers) < height:
        number = drawn(rng, measure)
        if number not in numbers:
            numbers.append(number)
    return numbers


def _task(scene: Scene, draft: Draft, kind: str) -> dict[str, Any]:
    titles = draft.rows[0]
    formats = {
        letters(titles.index(measure.title)): measure.number_format
        for measure in scene.measures
        if measure.number_format != "0"
    }
    sheet: dict[str, Any] = {"name": scene.sheet, "rows": draft.rows}
    if formats:
        sheet["formats"] = formats
    if draft.notes:
        sheet["notes"] = dict(draft.notes)
    calls = [[call.tool, dict(call.arguments)] for call in draft.calls]
    return {
        "application": "sheet",
        "kind": kind,
        "goal": draft.goal,
        "sheets": [sheet],
        "program": [*calls, ["finish", {}]],
    }
