"""The last stage of a run, bound late: turning the run directory into a leaderboard.

The leaderboard stands on the harness, so the harness may not import it. Like a plug-in it is
found among the installed entry points when the episodes are done.
"""

from __future__ import annotations

import json
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from typing import Any

STAGES = "agentrm.final_stages"
"""Group of `(run_directory: Path, out: Path) -> None`, which write what a run comes to."""
RENDERERS = "agentrm.renderers"
"""Group of `(written: dict) -> str`, which show people what the stage of that name wrote."""
STAGE = "leaderboard"


def available() -> bool:
    """Whether the stage is installed; without it a run ends with its summary."""
    return bool(_points(STAGES)) and bool(_points(RENDERERS))


def default_path(directory: Path) -> Path:
    return directory / f"{STAGE}.json"


def write(directory: Path, out: Path) -> dict[str, Any]:
    """Build the run's leaderboard and return what was written."""
    [stage] = _points(STAGES)
    stage.load()(directory, out)
    written: dict[str, Any] = json.loads(out.read_text(encoding="utf-8"))
    return written


def render(written: dict[str, Any]) -> str:
    [renderer] = _points(RENDERERS)
    return str(renderer.load()(written))


def _points(group: str) -> list[EntryPoint]:
    return list(entry_points(group=group, name=STAGE))
