"""AgentBoard's twenty adventures, for those who have their story files.

They are read from `$AGENTRM_DATA/jericho/`, under the names that jericho's suite gives them:
`zork1.z5`, `snacktime.z8` and so on. Goals and subgoals (`official.json`) are our own words and
choice, as AgentBoard's label file is not published with its code: the sentences are those that
the stories tell along jericho's walkthroughs. Scores are therefore not AgentBoard's.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

from agentrm_envs import assets
from agentrm_envs.errors import BadData, MissingData
from agentrm_envs.jericho.machine import tidy

_BLANKS = re.compile(r" {2,}")
_SCORE = re.compile(r"\[Your score .*?\]")


def load(split: str) -> Mapping[str, Any]:
    """The tasks whose story files are there, by name; there is no train split.

    Raises MissingData where none is there, and BadData where one is another release than that
    whose sentences the subgoals are.
    """
    if split != "test":
        return {}
    folder = assets.folder("jericho")
    table = {
        name: _task(folder / row["file"], row)
        for name, row in _listing().items()
        if (folder / row["file"]).is_file()
    }
    if not table:
        raise MissingData(
            f"jericho: no story file is in {folder}; put some of these there: "
            + ", ".join(row["file"] for row in _listing().values())
        )
    return table


def require_file(name: str) -> None:
    """Raise MissingData where a story's file is not there; of other names nothing is said."""
    row = _listing().get(name)
    if row and not (file := assets.folder("jericho") / row["file"]).is_file():
        raise MissingData(
            f"jericho: {file} is missing; put your file of the story {name} there, the release "
            f"with the sha256 {row['sha256']} (none may be passed on with this package)"
        )


def clean_up(text: str) -> str:
    """An observation as AgentBoard's environment makes it of what a story prints.

    The outer blanks and the prompt stay, and where a score notice stood, two blanks
    (`agentboard/environment/jericho_env.py`, `clean_up_text`).
    """
    return _SCORE.sub("", _BLANKS.sub(" ", text.replace("\n", " ")))


def clean_up_without_prompt(text: str) -> str:
    """The same of what fernz prints: the prompt, where jericho shows it or not, goes."""
    return clean_up(tidy(text))


@cache
def _listing() -> Mapping[str, Mapping[str, Any]]:
    text = (resources.files(__package__) / "official.json").read_text("utf-8")
    listing: Mapping[str, Mapping[str, Any]] = json.loads(text)
    return listing


def _task(file: Path, row: Mapping[str, Any]) -> dict[str, Any]:
    digest = hashlib.sha256(file.read_bytes()).hexdigest()
    if digest != row["sha256"]:
        raise BadData(
            f"{file} has the sha256 {digest}, not {row['sha256']}: another release of the story, "
            "which may tell other sentences; remove it or find the release that jericho knows"
        )
    return {
        "story": str(file.resolve()),
        "goal": row["goal"],
        "subgoals": row["subgoals"],
        "walkthrough": row["walkthrough"],
        "seed": row["seed"],
    }
