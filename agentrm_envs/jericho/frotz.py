"""The Z-machine of jericho, which is Frotz in C: fast, and to be kept in a worker.

jericho is GPL-2.0-or-later and an extra of its own; nothing imports this file but its engine.
Bad input can hang or crash it, so that `JerichoEnv` runs isolated with official data.
"""

from __future__ import annotations

import hashlib
import re
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jericho
import jericho.util

from agentrm_envs.jericho.machine import DIRECTIONS, HALTED, tidy
from agentrm_envs.jericho.official import clean_up

MAX_ONE = 1_500
MAX_TWO = 500
"""Commands with one object and with two that are tried for the valid actions of a state."""
_WORD = re.compile(r"[a-z0-9][a-z0-9'\-]*")
_COMMON = (
    "a an and are as at be but by can do for from had has have he her here his i if in into "
    "is it its no not of on or out over she so some than that the their them then there they "
    "this to up was were what where which with you your"
)
_FUNCTION_WORDS = frozenset(_COMMON.split())


def words(text: str) -> set[tuple[str, str]]:
    """What may name an object in a text: every word but the commonest.

    It stands in for jericho's own, which needs spaCy and downloads a model. jericho then keeps
    the words that are in the story's dictionary and that the story can examine.
    """
    found = {word for word in _WORD.findall(text.lower()) if len(word) > 1}
    return {(word, "NOUN") for word in found - _FUNCTION_WORDS}


def as_by_fernz(text: str) -> str:
    """What a built-in story prints, cleaned as of fernz: here the prompt comes before it, too.

    jericho takes the prompts away only from stories that it knows.
    """
    return tidy(text.removeprefix(">"))


class FrotzMachine:
    """Plays one story file; the same commands give the same text.

    `clean` makes an observation of what the story prints: AgentBoard's way if not told otherwise.
    """

    def __init__(self, story: Path, seed: int = 1, clean: Callable[[str], str] = clean_up) -> None:
        jericho.util.extract_objs = words
        with warnings.catch_warnings():
            # A story that jericho does not know plays all the same, without valid actions.
            warnings.simplefilter("ignore")
            self._env = jericho.FrotzEnv(str(story), seed=seed or None)
        self._clean = clean
        self._halted = False

    @property
    def halted(self) -> bool:
        """Whether the story has ended, by its own will or by a fault."""
        return self._halted

    def start(self) -> str:
        """Begin the story and return its opening."""
        self._halted = False
        return self._clean(self._env.reset()[0])

    def act(self, command: str) -> str:
        """Type a command (printable) and return what the story says."""
        if self._halted:
            return HALTED
        observation, _, over, _ = self._env.step(command)
        self._halted = bool(over or self._env._emulator_halted())
        return self._clean(observation)

    def save(self) -> Any:
        """The machine's state as a value, of use to every machine of the same story."""
        return (self._halted, self._env.get_state())

    def load(self, state: Any) -> None:
        if self._env._emulator_halted():
            # That the emulator runs is not part of its state.
            self._env.reset()
        self._halted, saved = state
        self._env.set_state(saved)

    def world(self) -> bytes:
        """A digest of memory and stack."""
        memory, stack, *_ = self._env.get_state()
        return hashlib.sha256(memory.tobytes() + stack.tobytes()).digest()

    def changing(self, commands: list[str]) -> list[str]:
        """jericho's valid actions, sorted, the tries limited; `commands` come first."""
        if self._halted or not self._env.is_fully_supported:
            return []
        before = self.save()
        try:
            return self._changing(commands)
        finally:
            # A try that halts the emulator makes jericho begin the story anew.
            self._env.reset()
            self.load(before)

    def _changing(self, commands: list[str]) -> list[str]:
        found = self._env._identify_interactive_objects(use_object_tree=True)
        names = sorted(self._env._score_object_names(found))
        tries = sorted(set(self._env.act_gen.generate_actions(names)))
        one = [each for each in tries if self._holes(each, names) < 2]
        two = [each for each in tries if self._holes(each, names) >= 2]
        tries = [*DIRECTIONS, *commands, *_some(one, MAX_ONE), *_some(two, MAX_TWO)]
        alike = self._env._filter_candidate_actions(
            list(dict.fromkeys(tries)), use_ctypes=True, use_parallel=False
        )
        best = jericho.util.verb_usage_count
        return sorted(max(sorted(same), key=best) for same in alike.values())

    def _holes(self, command: str, names: list[str]) -> int:
        return sum(word in names for word in command.split())


def _some(commands: list[str], limit: int) -> list[str]:
    """At most `limit` of them, from all over the list."""
    stride = -(-len(commands) // limit)
    return commands[:: max(1, stride)]
