"""The files that generators write beside their environment: task tables and prompts."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any


def listing(tasks: Mapping[str, Any], written: Callable[[Any], str] = json.dumps) -> str:
    """The text of a task table: JSON with one task a line, in the order given."""
    lines = ",\n".join(f"{json.dumps(id)}: {written(task)}" for id, task in tasks.items())
    return f"{{\n{lines}\n}}\n"


def write_tables(folder: Path, tables: Mapping[str, str]) -> None:
    """Write `tasks.{split}.json` for the text of each split."""
    write_texts(folder, {f"tasks.{split}.json": text for split, text in tables.items()})


def write_texts(folder: Path, texts: Mapping[str, str]) -> None:
    """Write each text to the file of its name, and say so."""
    for name, text in texts.items():
        path = folder / name
        path.write_text(text, encoding="utf-8")
        print(f"wrote {path}")
