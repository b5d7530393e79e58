"""A Z-machine in this process: fernz, which is pure Python, behind four calls."""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path
from typing import Any

from fernz import FernzEnv, Story

MAX_INSTRUCTIONS = 2_000_000
"""What one command may cost; a story that needs more hangs, and is taken to have halted."""
HALTED = "The story has come to a halt."
_SPACES = re.compile(r"\s+")


class FernzMachine:
    """Plays one story file; the same commands give the same text."""

    def __init__(self, story: Path, seed: int = 1) -> None:
        self._env = FernzEnv(_story(story), seed=seed)
        self._halted = False

    @property
    def halted(self) -> bool:
        """Whether the story has ended, by its own will or by a fault."""
        return self._halted

    def start(self) -> str:
        """Begin the story and return its opening."""
        self._halted = False
        observation, _ = self._env.reset(max_steps=MAX_INSTRUCTIONS)
        return tidy(observation.text)

    def act(self, command: str) -> str:
        """Type a command (printable ASCII) and return what the story says."""
        if self._halted:
            return HALTED
        try:
            observation, _, done, _ = self._env.step(command, max_steps=MAX_INSTRUCTIONS)
        except (RuntimeError, NotImplementedError):
            # fernz raises these for a story's faults, also where the instructions run out.
            self._halted = True
            return HALTED
        self._halted = done
        return tidy(observation.text)

    def save(self) -> Any:
        """The machine's state as a value, of use to every machine of the same story."""
        return (self._halted, self._env.get_state() if self._env.initialized else None)

    def load(self, state: Any) -> None:
        self._halted, saved = state
        if saved is not None:
            self._env.set_state(saved)

    def world(self, state: Any) -> bytes:
        """What tells two states apart: the memory, without the random numbers."""
        return bytes(state[1].ram) if state[1] is not None else b""


def tidy(text: str) -> str:
    """The text in one line, as AgentBoard shows it, without the prompt."""
    return _SPACES.sub(" ", text).strip().removesuffix(">").rstrip()


@lru_cache(maxsize=64)
def _story(path: Path) -> Story:
    return Story.from_file(path)
