"""What official data tasks were made of: the checksums of the files, for a run's manifest."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from agentrm_envs.assets import ROOT_VARIABLE, sha256_of
from agentrm_envs.registry import base


def data_sums(name: str, rows: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """The sha256 of the files behind some official tasks of an environment, by their paths.

    These are the files that the tasks' rows name as their `file`, as alfworld's games; else all
    in the environment's folder, since each can change what a task says. Paths are relative to
    that folder: where it lies does not matter. Without a folder there are none.
    """
    folder = Path(os.environ.get(ROOT_VARIABLE, "")) / base(name)
    if not os.environ.get(ROOT_VARIABLE) or not folder.is_dir():
        return {}
    named = {Path(row["file"]) for row in rows if "file" in row}
    files = named or {file for file in folder.rglob("*") if file.is_file()}
    return {file.relative_to(folder).as_posix(): sha256_of(file) for file in sorted(files)}
