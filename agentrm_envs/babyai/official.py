"""AgentBoard's 112 tasks, read from its label file."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from typing import Any

from agentrm_envs.assets import official_file, text_of
from agentrm_envs.babyai.levels import LEVELS, OFFICIAL_SEEDS, short_name
from agentrm_envs.errors import BadData


def load(split: str) -> Mapping[str, Any]:
    """The tasks of `$AGENTRM_DATA/babyai/test.jsonl` by id, level/seed; there is no train split.

    The file names levels only; AgentBoard plays each with the seeds 1234 to 1237 in order.
    """
    if split != "test":
        return {}
    file = official_file("babyai", "test.jsonl")
    return tasks(text_of(file), str(file))


def tasks(text: str, source: str) -> dict[str, Any]:
    """The tasks that label rows describe; `source` is named in errors."""
    table: dict[str, Any] = {}
    played: Counter[str] = Counter()
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
            level = _level(row["additional_info"]["subtask"])
            seed = OFFICIAL_SEEDS[played[level]]
            stages = _stages(row)
        except (ValueError, KeyError, IndexError, TypeError, AttributeError) as error:
            raise BadData(f"{source}, line {number}: not a BabyAI label ({error!r})") from error
        played[level] += 1
        table[f"{level}/{seed}"] = {"level": level, "seed": seed, "subgoals": stages}
    return table


def _level(upstream_id: str) -> str:
    level = short_name(upstream_id)
    if level not in LEVELS:
        raise ValueError(f"unknown level {upstream_id}")
    return level


def _stages(row: Mapping[str, Any]) -> list[list[str]]:
    """The subgoals in order; rows with `subgoals_1` give a second pattern for each."""
    paths = [row[key] for key in row if "subgoals" in key]
    stages = [list(patterns) for patterns in zip(*paths, strict=True)]
    if not stages or not all(isinstance(pattern, str) for stage in stages for pattern in stage):
        raise ValueError("subgoals must be one or more strings")
    return stages
