"""alfworld's own games, read from its release's folders.

They lie in `$AGENTRM_DATA/alfworld/` as alfworld-download unpacks them: `json_2.1.1/train/`
and `json_2.1.1/valid_unseen/` (the test split, 134 games), in each a folder a task, in it a
folder a trial with `game.tw-pddl`. Both grammars are read; the environment's keyword
`grammar` says which one the files are to be of.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from agentrm_envs import assets
from agentrm_envs.errors import MissingData

NAME = "alfworld"
FOLDERS = {"train": "train", "test": "valid_unseen"}
GAME = "game.tw-pddl"
_NOT_PLAYED = ("movable", "Sliced")
_UNSOLVED = re.compile(rb'"solvable":\s*false')
_END = 16_384
"""Bytes, a multiple of the longest walkthrough; whole files would be 700 MB of training games."""


def load(split: str) -> Mapping[str, Mapping[str, str]]:
    """The tasks of one split by id, as `<task>/<trial>`, sorted.

    As upstream, tasks that need something sliced or a movable receptacle are left out, and so
    are games that alfworld's planner did not solve. Raises MissingData where there is no game.
    """
    root = assets.folder(NAME) / "json_2.1.1" / FOLDERS[split]
    games = {
        f"{file.parents[1].name}/{file.parent.name}": {"file": str(file)}
        for file in sorted(root.glob(f"*/*/{GAME}"))
        if not any(word in str(file.relative_to(root)) for word in _NOT_PLAYED)
        and not _is_unsolved(file)
    }
    if not games:
        raise MissingData(_how_to(root))
    return games


def _is_unsolved(file: Path) -> bool:
    """Whether the game says so of itself, beside the walkthrough at its end."""
    with file.open("rb") as stream:
        stream.seek(max(0, file.stat().st_size - _END))
        return _UNSOLVED.search(stream.read()) is not None


def _how_to(root: Path) -> str:
    return (
        f"alfworld has no games in {root}; run `pip install alfworld && alfworld-download` and "
        f"copy or link its json_2.1.1 folder to {root.parent}"
    )
