"""Invented names and sentences: no person, film or paper here exists, except by chance."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Mapping
from functools import cache
from importlib import resources
from typing import Any

LANGUAGES = ("US", "CN", "DE", "NL")
"""The countries whose language an overview is told in, in TMDB's order."""


@cache
def words() -> Mapping[str, list[Any]]:
    """The lists that names are drawn from."""
    text = (resources.files(__package__) / "words.json").read_text("utf-8")
    found: dict[str, list[Any]] = json.loads(text)
    return found


class Inventor:
    """Draws names that it has not drawn before."""

    def __init__(self, rng: random.Random) -> None:
        self.rng = rng
        self._used: set[str] = set()

    def person(self) -> str:
        return self._new(
            lambda: f"{self._one('given')} {self._one('family_heads')}{self._one('family_tails')}"
        )

    def title(self) -> str:
        """A film's title."""
        return self._new(self._title)

    def character(self) -> str:
        return f"{self._one('given')} {self._one('title_places')}"

    def overviews(self) -> dict[str, str]:
        """One sentence in four languages, each about the same."""
        hero, quest, moment = (self._one(table) for table in ("heroes", "quests", "moments"))
        told: dict[str, str] = {}
        for number, country in enumerate(LANGUAGES):
            if country == "CN":
                told[country] = f"{hero[number]}{moment[number]}{quest[number]}。"
            elif country == "DE":
                verb, *rest = quest[number].split(" ", 1)
                told[country] = f"{hero[number]} {verb} {moment[number]} {' '.join(rest)}."
            else:
                told[country] = f"{hero[number]} {quest[number]} {moment[number]}."
        return told

    def unique(self, draw: Callable[[], str]) -> str:
        """Something drawn that was not drawn before."""
        return self._new(draw)

    def _title(self) -> str:
        form = self.rng.randrange(4)
        first, thing, place = (
            self._one("title_openings"),
            self._one("title_things"),
            self._one("title_places"),
        )
        if form == 0:
            return f"The {first} {thing}"
        if form == 1:
            return f"{first} {thing}"
        return f"The {thing} of {place}" if form == 2 else f"{place}: {first} {thing}"

    def _new(self, draw: Callable[[], str]) -> str:
        while (drawn := draw()) in self._used:
            pass
        self._used.add(drawn)
        return drawn

    def _one(self, table: str) -> Any:
        return self.rng.choice(words()[table])
