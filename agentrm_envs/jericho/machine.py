"""A Z-machine in this process: fernz, which is pure Python, behind four calls."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any

from fernz import FernzEnv, Story

MAX_INSTRUCTIONS = 2_000_000
"""What one command may cost; a story that needs more hangs, and is taken to have halted."""
GLOBALS = 240
DIRECTIONS = ("north", "south", "east", "west", "up", "down")
HALTED = "The story has come to a halt."
_JOINTS = frozenset(["with", "in", "on", "to", "from", "about"])
_WORD = re.compile(r"[a-z0-9'\-]+")
_SPACES = re.compile(r"\s+")
_PROMPT = re.compile(r"(?:\A|\n)(?:\[[^\]\n]*\])? *> *\Z")
"""A last line that is a prompt; one story's tells the room: `[The Court Yard]>`."""
_PIECE = re.compile(r"<<|<([^>]*)>|[^<]+")
"""A piece of fernz's stream: a `<` of the text, a command to the screen, or text."""


def tidy(text: str) -> str:
    """The text in one line, as AgentBoard shows it, but without the prompt at its end."""
    return _SPACES.sub(" ", _PROMPT.sub("", text)).strip()


class FernzMachine:
    """Plays one story file; the same commands give the same text.

    `clean` makes an observation of what the story prints.
    """

    def __init__(self, story: Path, seed: int = 1, clean: Callable[[str], str] = tidy) -> None:
        self._env = FernzEnv(_story(story), seed=seed)
        self._clean = clean
        self._halted = False
        self._upper = False

    @property
    def halted(self) -> bool:
        """Whether the story has ended, by its own will or by a fault."""
        return self._halted

    def start(self) -> str:
        """Begin the story and return its opening."""
        self._halted = self._upper = False
        observation, _ = self._env.reset(max_steps=MAX_INSTRUCTIONS)
        return self._told(observation.stream)

    def act(self, command: str) -> str:
        """Type a command (printable; outside ASCII it is a `?`) and return what the story says."""
        if self._halted:
            return HALTED
        typed = command.encode("ascii", "replace").decode()
        try:
            observation, _, done, _ = self._env.step(typed, max_steps=MAX_INSTRUCTIONS)
        except (RuntimeError, NotImplementedError):
            # fernz raises these for a story's faults, also where the instructions run out.
            self._halted = True
            return HALTED
        self._halted = done
        return self._told(observation.stream)

    def save(self) -> Any:
        """The machine's state as a value, of use to every machine of the same story."""
        return (self._halted, self._env.get_state() if self._env.initialized else None)

    def load(self, state: Any) -> None:
        self._halted, saved = state
        if saved is not None:
            self._env.set_state(saved)
            self._upper = saved.output.window == 1

    def world(self) -> bytes:
        """The objects and the variables: all that tells two states of these stories apart."""
        start, end = self._tables()
        return self._memory()[start : end + 2 * GLOBALS]

    def changing(self, commands: list[str]) -> list[str]:
        """The directions and commands that change objects now: where they are, or what.

        Only those are tried whose nouns a look or the inventory tells.
        """
        if self._halted:
            return []
        before, objects = self.save(), self._objects()
        seen = set(_WORD.findall(self.act("look").lower() + self.act("inventory").lower()))
        found = []
        for command in (*DIRECTIONS, *commands):
            if not _names_only(seen, command):
                continue
            self.load(before)
            self.act(command)
            if self._halted or self._objects() != objects:
                found.append(command)
        self.load(before)
        return found

    def _told(self, stream: str) -> str:
        """The text of the lower window: the upper one is the status line."""
        text, self._upper = lower_window(stream, upper=self._upper)
        return self._clean(text)

    def _objects(self) -> bytes:
        start, end = self._tables()
        return self._memory()[start:end]

    def _memory(self) -> bytes:
        return bytes(self._env.get_state().ram) if self._env.initialized else b""

    def _tables(self) -> tuple[int, int]:
        """Where the object table and, behind it in Inform's stories, the variables begin."""
        header = self._env.story.header
        return header.object_table, header.globals_table


def _names_only(seen: set[str], command: str) -> bool:
    """Whether everything that a command names is among the words seen."""
    verb, *rest = command.split()
    nouns = [word for word in rest if word not in _JOINTS] or [verb]
    # In the dark nothing is told, but one may feel one's way.
    return seen.issuperset(nouns) or (verb in DIRECTIONS and "darkness" in seen)


def lower_window(stream: str, *, upper: bool = False) -> tuple[str, bool]:
    """What fernz's stream writes into the lower window, and whether it ends in the upper one.

    `upper` says whether it begins there.
    """
    written = []
    for piece in _PIECE.finditer(stream):
        order = piece.group(1)
        if order in ("top", "bottom"):
            upper = order == "top"
        elif order is None and not upper:
            written.append(piece.group().replace("<<", "<"))
    return "".join(written), upper


@lru_cache(maxsize=64)
def _story(path: Path) -> Story:
    return Story.from_file(path)
