"""The possible commands of a state by their text, put together from parts that are kept.

What a receptacle offers depends on few things, and going elsewhere on one; so steps reuse
most of their texts instead of writing them again.
"""

from __future__ import annotations

from collections.abc import Iterable

from agentrm_envs.alfworld.engine import Command, Engine, State
from agentrm_envs.alfworld.wording import Wording

MAX_PARTS = 2_000
"""Parts kept for a household; when there are more, they are made anew."""

Part = dict[str, Command]


class Menu:
    """The commands of one household in one wording."""

    def __init__(self, engine: Engine, wording: Wording) -> None:
        self.engine = engine
        self.wording = wording
        helps = wording.grammar == "move"
        self._anywhere = [
            self._part(engine.elsewhere(at, helps=helps)) for at in range(len(engine.locations))
        ]
        self._parts: dict[tuple[int, int, int, int], Part] = {}
        self._last: tuple[State, Part] | None = None

    def commands(self, state: State) -> Part:
        """Every possible command by its text, the first of equal ones; not to be changed."""
        if self._last is None or self._last[0] is not state:
            self._last = state, self._made(state)
        return self._last[1]

    def _made(self, state: State) -> Part:
        found = dict(self._anywhere[state.at])
        for place in self.engine.places_at[state.at]:
            for text, command in self._at_place(state, place).items():
                found.setdefault(text, command)
        if state.held:
            for text, command in self._part(self.engine.in_hand(state)).items():
                found.setdefault(text, command)
        return found

    def _at_place(self, state: State, place: int) -> Part:
        key = place, state.opened >> place & 1, state.inside[place], state.held
        part = self._parts.get(key)
        if part is None:
            if len(self._parts) >= MAX_PARTS:
                self._parts.clear()
            part = self._parts[key] = self._part(self.engine.at_place(state, place))
        return part

    def _part(self, commands: Iterable[Command]) -> Part:
        part: Part = {}
        for command in commands:
            part.setdefault(self.wording.command(command), command)
        return part
