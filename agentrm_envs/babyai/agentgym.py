"""AgentGym's tasks: a level and a seed in one number, paid for by minigrid and not by labels.

Its lists name 900 of the numbers, 810 to train on and 90 to test; any other can be played, too.

Source: WooooDyy/AgentGym, agentenv-babyai/agentenv_babyai/environment.py (MIT).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from agentrm_envs.babyai.levels import LEVELS

_ID = re.compile(r"babyai_(0|[1-9][0-9]{0,8})")


def numbered(task_id: object) -> dict[str, Any] | None:
    """The task that AgentGym calls `babyai_N`; None for any other id."""
    found = _ID.fullmatch(task_id) if isinstance(task_id, str) else None
    if found is None:
        return None
    number = int(found[1])
    seed, level = divmod(number, len(LEVELS))
    return {"level": LEVELS[level], "seed": seed, "number": number}


@dataclass(slots=True)
class Pay:
    """The most that minigrid has paid for the mission, in [0, 1]."""

    most: float = 0.0

    @property
    def score(self) -> float:
        return self.most

    def watch(self, reward: float) -> None:
        self.most = max(self.most, reward)

    def save(self) -> float:
        return self.most

    def load(self, saved: float) -> None:
        self.most = saved
