"""The last stage of a run, bound late: turning the run directory into a leaderboard.

The leaderboard stands on the harness, so the harness may not import it. Like a plug-in it is
found by name when the episodes are done: this module is the only place that knows the names.
"""

from __future__ import annotations

import importlib
import json
from importlib.util import find_spec
from pathlib import Path
from typing import Any

BUILD = "leaderboard.build:from_run"
"""`(run_directory: Path, out: Path) -> None` writes the run's leaderboard file."""
RENDER = "leaderboard.table:render"
"""`(leaderboard: dict) -> str` shows one to people."""


def available() -> bool:
    """Whether the leaderboard is installed; without it a run ends with its summary."""
    module, _, _ = BUILD.partition(":")
    return find_spec(module) is not None


def write_leaderboard(directory: Path, out: Path) -> dict[str, Any]:
    """Build the run's leaderboard and return what was written."""
    _find(BUILD)(directory, out)
    leaderboard: dict[str, Any] = json.loads(out.read_text(encoding="utf-8"))
    return leaderboard


def render(leaderboard: dict[str, Any]) -> str:
    return str(_find(RENDER)(leaderboard))


def _find(reference: str) -> Any:
    module, _, attribute = reference.partition(":")
    return getattr(importlib.import_module(module), attribute)
