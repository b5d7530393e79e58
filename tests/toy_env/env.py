"""Spell a word, a letter a step; the score is the share spelled before the first error."""

from __future__ import annotations

from typing import Any

from agentrm_envs import Outcome, TextEnv


class ToyEnv(TextEnv):
    """The world is what has been typed; an action types its first letter.

    The score is the share of the word spelled before the first error; the episode ends when
    the word is spelled. The words are the project's own.
    """

    def _start(self, task: Any) -> tuple[str, str]:
        self._word, self._typed = str(task["word"]), ""
        return f"Spell {self._word!r}.", "Type a letter."

    def _act(self, action: str) -> Outcome:
        self._typed += action[:1]
        right = max(n for n in range(len(self._word) + 1) if self._typed[:n] == self._word[:n])
        spelled = self._typed == self._word
        return Outcome(f"You typed {self._typed}.", right / len(self._word), spelled, spelled)

    def _save(self) -> Any:
        return self._word, self._typed

    def _load(self, state: Any) -> None:
        self._word, self._typed = state

    def valid_actions(self) -> list[str]:
        return ["a", "b"]
