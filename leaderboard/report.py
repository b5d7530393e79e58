"""What a verification found, as words for people."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Difference:
    """Where a record and its replay part."""

    where: str
    """The episode and its step, or the key of the entry."""
    expected: str
    """What the record says."""
    got: str
    """What the replay says."""

    def __str__(self) -> str:
        return f"{self.where}\n      expected {self.expected}\n      got      {self.got}"


@dataclass(frozen=True, slots=True)
class Report:
    """What the replay of one entry found."""

    system: str
    episodes: int
    """How many were replayed."""
    steps: int
    errors: int
    """Episodes that broke off: they have no score, and an entry with one is not verified."""
    differences: tuple[Difference, ...]

    @property
    def verified(self) -> bool:
        return self.episodes > 0 and not self.errors and not self.differences

    def __str__(self) -> str:
        counts = f"{self.episodes} episodes, {self.steps} steps, {self.errors} errors"
        if self.verified:
            return f"verified: {self.system} ({counts}): every answer and score is the same"
        if not self.differences:
            return f"NOT VERIFIED: {self.system} ({counts}): not every episode can be replayed"
        found = "\n".join(f"  - {difference}" for difference in self.differences)
        return f"NOT VERIFIED: {self.system} ({counts}), {len(self.differences)} differ:\n{found}"
