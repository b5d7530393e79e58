"""The upstream lists of tasks: ETO's indices, and AgentBoard's labelled test set."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from agentrm_envs.assets import official_file
from agentrm_envs.errors import BadData, MissingData
from agentrm_envs.sciworld.kinds import exists, in_rounds, kind_name
from agentrm_envs.sciworld.protocols import PREFIX


def load(split: str) -> Mapping[str, Any]:
    """ETO's tasks by id, kind/variation, from `$AGENTRM_DATA/sciworld/{split}_indices.json`."""
    file = official_file("sciworld", f"{split}_indices.json")
    return indices(file.read_text(encoding="utf-8"), str(file))


def labelled(split: str, name: str = "sciworld") -> Mapping[str, Any]:
    """AgentBoard's 90 tasks by id, agentboard/kind/variation; there is no train split.

    They are read from `$AGENTRM_DATA/sciworld/test.jsonl`.
    """
    if split != "test":
        raise MissingData(f"{name} has no official tasks of AgentBoard's in its {split} split")
    return _labelled(official_file("sciworld", "test.jsonl"))


def indices(text: str, source: str) -> dict[str, Any]:
    """The tasks that pairs of kind and variation name, in rounds; errors name `source`."""
    by_kind: defaultdict[str, list[tuple[str, Any]]] = defaultdict(list)
    try:
        for upstream, variation in json.loads(text):
            id, task = _task(upstream, variation)
            by_kind[task["kind"]].append((id, task))
    except (ValueError, TypeError, AttributeError) as error:
        raise BadData(f"{source}: not a list of ScienceWorld's tasks ({error!r})") from error
    return dict(in_rounds(by_kind))


def labels(text: str, source: str) -> dict[str, Any]:
    """The tasks that label rows describe; `source` is named in errors."""
    table: dict[str, Any] = {}
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
            info = row["additional_info"]
            id, task = _task(info["env_name"], info["var"])
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
    return labels(file.read_text(encoding="utf-8"), str(file))


def _task(upstream: str, variation: int) -> tuple[str, dict[str, Any]]:
    kind = kind_name(upstream)
    if not exists(kind, str(variation)):
        raise ValueError(f"scienceworld has no task {upstream} {variation}")
    return f"{kind}/{variation}", {"kind": kind, "variation": variation}
