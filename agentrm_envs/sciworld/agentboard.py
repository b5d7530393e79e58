"""AgentBoard's tasks: its labelled test set, and the built-in ones as they are played there."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from agentrm_envs.assets import official_file, text_of
from agentrm_envs.errors import BadData, MissingData
from agentrm_envs.sciworld.official import task_of
from agentrm_envs.task_lists import task_table

PREFIX = "agentboard/"
"""Of task ids: what the agent is told is another, since nobody teleports there."""

ELECTRICAL = ("power-component", "test-conductivity")
"""How the names of kinds begin that AgentBoard cannot play: scienceworld refuses to load them with
`noElectricalAction`, and where the simulator is asked itself, no action connects anything."""


def load(split: str, data: str) -> Mapping[str, Any]:
    """The tasks of a split by id, agentboard/kind/variation.

    Official ones are the 90 of `$AGENTRM_DATA/sciworld/test.jsonl`; there is no train split.
    """
    if data == "builtin":
        table = task_table("sciworld", split)
        return {PREFIX + id: task for id, task in table.items() if not id.startswith(ELECTRICAL)}
    if split != "test":
        raise MissingData(f"sciworld has no official tasks of AgentBoard's in its {split} split")
    return _labelled(official_file("sciworld", "test.jsonl"))


def labels(text: str, source: str) -> dict[str, Any]:
    """The tasks that label rows describe; `source` is named in errors."""
    table: dict[str, Any] = {}
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
            info = row["additional_info"]
            id, task = task_of(info["env_name"], info["var"])
            patterns = [str(each) for each in row["subgoals"]]
            if not patterns:
                raise ValueError("subgoals are missing")
            for each in patterns:
                re.compile(each)
        except (ValueError, KeyError, TypeError, AttributeError, re.error) as error:
            raise BadData(f"{source}, line {number}: not a SciWorld label ({error!r})") from error
        table[PREFIX + id] = {**task, "goal": row["goal"], "subgoals": patterns}
    return table


@cache
def _labelled(file: Path) -> Mapping[str, Any]:
    return labels(text_of(file), str(file))
