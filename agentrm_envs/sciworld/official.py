"""ETO's lists of tasks."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from agentrm_envs.assets import official_file, text_of
from agentrm_envs.errors import BadData
from agentrm_envs.sciworld.kinds import exists, in_rounds, kind_name


def load(split: str) -> Mapping[str, Any]:
    """ETO's tasks by id, kind/variation, from `$AGENTRM_DATA/sciworld/{split}_indices.json`."""
    file = official_file("sciworld", f"{split}_indices.json")
    return indices(text_of(file), str(file))


def indices(text: str, source: str) -> dict[str, Any]:
    """The tasks that pairs of kind and variation name, in rounds; errors name `source`."""
    by_kind: defaultdict[str, list[tuple[str, Any]]] = defaultdict(list)
    try:
        for upstream, variation in json.loads(text):
            id, task = task_of(upstream, variation)
            by_kind[task["kind"]].append((id, task))
    except (ValueError, TypeError, AttributeError) as error:
        raise BadData(f"{source}: not a list of ScienceWorld's tasks ({error!r})") from error
    return dict(in_rounds(by_kind))


def task_of(upstream: str, variation: int) -> tuple[str, dict[str, Any]]:
    """The id and the row of what an upstream list names."""
    kind = kind_name(upstream)
    if not exists(kind, str(variation)):
        raise ValueError(f"scienceworld has no task {upstream} {variation}")
    return f"{kind}/{variation}", {"kind": kind, "variation": variation}
