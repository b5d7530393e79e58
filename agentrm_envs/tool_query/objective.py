"""What a task wants, and how much of it has been reached, as AgentBoard counts it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from agentrm_envs.tool_query.answers import alike
from agentrm_envs.tool_query.application import Application

Matched = frozenset[int]
"""The numbers of the subgoals that have been reached."""


@dataclass(frozen=True, slots=True)
class Objective:
    """The results that a solution calls up, in order, and the answer that they lead to."""

    subgoals: tuple[Any, ...]
    """Cleaned results; one more subgoal is the right answer, where `answer_counts`."""
    answer: Any
    answer_counts: bool = True
    """False for official tasks: their list of subgoals has the answer, and a result that is
    alike reaches it, as in AgentBoard."""

    @property
    def size(self) -> int:
        return len(self.subgoals) + self.answer_counts

    def score(self, matched: Matched) -> float:
        """AgentBoard's progress rate: the share of the subgoals reached so far."""
        return len(matched) / self.size

    def after_result(
        self, app: Application[Any], matched: Matched, value: Any, pieces: frozenset[Any]
    ) -> Matched:
        """What has been reached once a tool has returned `value`.

        A result reaches one subgoal that is alike, and all that it covers with more, also
        together with earlier results, of which `pieces` are all the pieces.
        """
        result = app.cleaned(value)
        hits = [
            n
            for n in self._missing(matched)
            if app.covers(self.subgoals[n], result) or self._is_whole(app, n, pieces)
        ]
        same = [n for n in hits if alike(self.subgoals[n], result)]
        return matched | (set(hits) - set(same[1:]))

    def after_answer(
        self, matched: Matched, given: Any, right: bool, match: Callable[[Any, Any], bool]
    ) -> Matched:
        """The same for the answer that `finish` was called with."""
        if self.answer_counts:
            return matched | {len(self.subgoals)} if right else matched
        hits = [n for n in self._missing(matched) if match(self.subgoals[n], given)]
        return matched | set(hits[:1])

    def _is_whole(self, app: Application[Any], number: int, pieces: frozenset[Any]) -> bool:
        wanted = app.pieces(self.subgoals[number])
        return bool(wanted) and wanted <= pieces

    def _missing(self, matched: Matched) -> Sequence[int]:
        return [number for number in range(len(self.subgoals)) if number not in matched]
