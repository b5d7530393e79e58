"""What a verification found, as words for people."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from leaderboard.printable import printable


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
        where, expected, got = map(printable, (self.where, self.expected, self.got))
        return f"{where}\n      expected {expected}\n      got      {got}"


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

    def with_(self, differences: Sequence[Difference]) -> Report:
        """The report with more that was found."""
        return replace(self, differences=(*self.differences, *differences))

    def __str__(self) -> str:
        counts = f"{self.episodes} episodes, {self.steps} steps, {self.errors} errors"
        system = f"{printable(self.system)} ({counts})"
        if self.verified:
            return f"verified: {system}: every answer and score is the same"
        if not self.differences:
            return f"NOT VERIFIED: {system}: not every episode can be replayed"
        found = "\n".join(f"  - {difference}" for difference in self.differences)
        return f"NOT VERIFIED: {system}, {len(self.differences)} differ:\n{found}"
