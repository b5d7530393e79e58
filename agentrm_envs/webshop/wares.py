"""What the built-in shop's departments sell: kinds of products, and words to describe them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from importlib import resources


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of product, as in "a desk lamp"."""

    name: str
    plural: str
    department: str
    path: str
    low: float
    high: float
    """Dollars between which its products cost."""
    options: tuple[str, ...]
    """The names of what a customer chooses among, as they are shown."""
    values: tuple[tuple[str, ...], ...]
    """For each option all values that there are; a product has some of them."""
    materials: tuple[str, ...]
    adjectives: tuple[str, ...]
    """Attributes that go before the name, or after "that is"."""
    features: tuple[str, ...]
    """Attributes that go after "with"."""


_SIZES = frozenset(
    {"shoe", "volume", "ounce", "inch", "foot", "length", "liter", "piece", "tier", "charge"}
    | {"volt", "thickness", "players"}
)
"""Values that are shown as sizes."""


@cache
def kinds() -> tuple[Kind, ...]:
    """Every kind of product, always in the same order."""
    text = (resources.files(__package__) / "wares.json").read_text(encoding="utf-8")
    departments = json.loads(text)
    values = {name: _parts(listed) for name, listed in departments.pop("").items()}
    return tuple(
        _kind(department, rows, row, values)
        for department, rows in departments.items()
        for row in _parts(rows["kinds"])
    )


def _kind(
    department: str, rows: dict[str, str], row: str, values: dict[str, tuple[str, ...]]
) -> Kind:
    name, plural, group, prices, options = row.split("/")
    low, _, high = prices.partition("-")
    lists = options.split("+")
    return Kind(
        name=name,
        plural=plural,
        department=department,
        path=f"{rows['root']} \u203a {group} \u203a {plural.title()}",
        low=float(low),
        high=float(high),
        options=tuple("size" if each in _SIZES else each for each in lists),
        values=tuple(values[each] for each in lists),
        materials=_parts(rows["materials"]),
        adjectives=_parts(rows["adjectives"]),
        features=_parts(rows["features"]),
    )


def _parts(text: str) -> tuple[str, ...]:
    return tuple(text.split("|"))
