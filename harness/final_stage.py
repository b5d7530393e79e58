"""The last stage of a run, bound late: turning the run directory into a leaderboard.

The leaderboard stands on the harness, so the harness may not import it. Like a plug-in it is
found among the installed entry points when the episodes are done.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from typing import Any

STAGES = "agentrm.final_stages"
"""Group of `(run_directory: Path, out: Path) -> None`, which write what a run comes to."""
RENDERERS = "agentrm.renderers"
"""Group of `(written: dict) -> str`, which show people what the stage of that name wrote."""
COMPARISONS = "agentrm.comparisons"
"""Group of `(first: Path, second: Path, out: Path) -> str`, which write what two runs come to
together, and say by how much the first is better."""
STAGE = "leaderboard"


def available() -> bool:
    """Whether the stage is installed; without it a run ends with its summary."""
    return all(map(_points, (STAGES, COMPARISONS, RENDERERS)))


def default_path(directory: Path) -> Path:
    return directory / f"{STAGE}.json"


def write(directories: Sequence[Path], out: Path) -> tuple[dict[str, Any], str]:
    """Build the leaderboard of one run or two; what was written, and of two their comparison."""
    group = STAGES if len(directories) == 1 else COMPARISONS
    [stage] = _points(group)
    compared = stage.load()(*directories, out) or ""
    written: dict[str, Any] = json.loads(out.read_text(encoding="utf-8"))
    return written, compared


def render(written: dict[str, Any]) -> str:
    [renderer] = _points(RENDERERS)
    return str(renderer.load()(written))


def _points(group: str) -> list[EntryPoint]:
    return list(entry_points(group=group, name=STAGE))
