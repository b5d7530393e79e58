"""Where recorded upstream data lies: outside the project, because its licences vary."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

ROOT = Path(os.environ.get("AGENTRM_TESTDATA", Path(__file__).parents[2] / "shared" / "data"))


def testdata(path: str) -> Path:
    """The file or folder `path` of the recorded data; the test is skipped where it is missing."""
    found = ROOT / path
    if not found.exists():
        pytest.skip(f"recorded upstream data is missing: {found} (set AGENTRM_TESTDATA)")
    return found


testdata.__test__ = False  # type: ignore[attr-defined]
