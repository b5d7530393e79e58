"""AgentBoard's progress: how many of a task's labelled subgoals observations have shown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

Stage = Sequence[str]
"""One subgoal: patterns of which any will do."""


@dataclass(slots=True)
class Subgoals:
    """The stages of a task and which are still open."""

    stages: Sequence[Stage]
    open: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        self.open = tuple(range(len(self.stages)))

    @property
    def score(self) -> float:
        return (len(self.stages) - len(self.open)) / len(self.stages)

    def watch(self, observation: str) -> None:
        """Close the first open stage that the observation shows; the others wait their turn."""
        for stage in self.open:
            if any(matches(observation, pattern) for pattern in self.stages[stage]):
                self.open = tuple(other for other in self.open if other != stage)
                return

    def save(self) -> tuple[int, ...]:
        return self.open

    def load(self, saved: tuple[int, ...]) -> None:
        self.open = saved


def matches(observation: str, pattern: str) -> bool:
    """Whether some sentence holds every part of the pattern; `**` (or `*`) parts them."""
    wildcard = "**" if "**" in pattern else "*"
    parts = [part.strip(".") for part in pattern.strip().split(wildcard)]
    return any(all(part in sentence for part in parts) for sentence in observation.split("."))
