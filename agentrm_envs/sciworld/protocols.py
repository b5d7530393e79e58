"""The two ways in which ScienceWorld is played and scored: ETO's and AgentBoard's."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from agentrm_envs.sciworld.agentboard import ELECTRICAL

Protocol = Literal["eto", "agentboard"]
PROTOCOLS: tuple[Protocol, ...] = ("eto", "agentboard")
Containers = Literal["open", "closed"]
CONTAINERS: tuple[Containers, ...] = ("open", "closed")

USUAL_CONTAINERS: dict[Protocol, Containers] = {"eto": "closed", "agentboard": "open"}
_NO_WIRING = ",noElectricalAction"
_SIMPLIFICATIONS: dict[tuple[Protocol, Containers], str] = {
    # What the simulator takes "easy" to mean: teleport, open doors, pots that water themselves,
    # and where the task is not about electricity, no electrical connections. Containers are
    # not opened, whatever its documentation says.
    ("eto", "closed"): "easy",
    ("eto", "open"): "teleportAction,selfWateringFlowerPots,openContainers,openDoors" + _NO_WIRING,
    ("agentboard", "open"): "selfWateringFlowerPots,openContainers,openDoors" + _NO_WIRING,
    ("agentboard", "closed"): "selfWateringFlowerPots,openDoors" + _NO_WIRING,
}
USUAL_STEPS: dict[Protocol, int] = {
    # The most that a kind of task has: at this number, each kind has its own.
    "eto": 120,
    "agentboard": 30,
}
TICKS: dict[Protocol, float] = {
    # The `envStepLimit` of eval_agent/main.py. It is compared with the simulator's count of
    # ticks and not of actions: `wait` takes 11 of them, `wait1` 2, a look none.
    "eto": 200,
    # Has a limit, too, and plays on beyond it.
    "agentboard": math.inf,
}
"""How often the world may move on before a task ends; the action that exceeds it still counts."""
CHECK = "check valid actions"
CHECKED = "Choose an action from these valid actions: "


def simplifications(protocol: Protocol, containers: Containers, kind: str) -> str:
    """What the simulator is told to make easier in a task of that kind."""
    told = _SIMPLIFICATIONS[protocol, containers]
    # "easy" leaves it out there by itself; AgentBoard's protocol has no such tasks.
    wants_connections = protocol == "eto" and kind.startswith(ELECTRICAL)
    return told.removesuffix(_NO_WIRING) if wants_connections else told


@dataclass(slots=True)
class Best:
    """ETO's score: the highest that the simulator has given so far, none of it negative."""

    score: float = 0.0

    def watch(self, observation: str, raw_score: float) -> None:
        self.score = max(self.score, raw_score)

    def save(self) -> Any:
        return self.score

    def load(self, saved: Any) -> None:
        self.score = saved


@dataclass(slots=True)
class Labels:
    """AgentBoard's score: the share of labelled subgoals that an observation has matched."""

    patterns: Sequence[str]
    """Regular expressions, each searched for in every observation."""
    matched: frozenset[int] = frozenset()

    @property
    def score(self) -> float:
        return len(self.matched) / len(self.patterns)

    def watch(self, observation: str, raw_score: float) -> None:
        found = {i for i, each in enumerate(self.patterns) if re.search(each, observation)}
        self.matched |= found

    def save(self) -> Any:
        return self.matched

    def load(self, saved: Any) -> None:
        self.matched = saved
