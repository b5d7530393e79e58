"""What a folder of a resumable stage holds, so that only the same is gone on with."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rewards.errors import BadSetting
from rewards.whole_file import write


def claim(note: Path, settings: Mapping[str, Any], what: str) -> None:
    """Write the settings to `note`; raises BadSetting where it has others already."""
    written = json.dumps(settings, indent=2) + "\n"
    if note.exists():
        held, wanted = json.loads(note.read_text(encoding="utf-8")), json.loads(written)
        differing = [
            name for name in sorted({*held, *wanted}) if held.get(name) != wanted.get(name)
        ]
        if differing:
            raise BadSetting(
                f"{note.parent} holds {what} of other settings: {', '.join(differing)} differ "
                f"from {note.name}; choose another --out"
            )
    write(note, written.encode())
