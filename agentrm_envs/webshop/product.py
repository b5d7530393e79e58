"""A product of the shop, as its pages show it and as the reward reads it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

NO_PRICE = 100.0
"""Dollars that a product without a price costs, as upstream."""


@dataclass(frozen=True, slots=True)
class Product:
    asin: str
    title: str
    description: str
    bullets: tuple[str, ...]
    prices: tuple[float, ...]
    """Dollars: one, or the lowest and the highest."""
    options: Mapping[str, tuple[str, ...]]
    """Lower-case names and values, in the order in which they are shown."""
    attributes: tuple[str, ...]
    """What the reward looks for first; shown only where the shop shows attributes."""
    category: str
    query: str
    """What a customer would search for, in lower case: the kind of product."""
    path: str
    """The place in the shop's tree of categories, with ` \u203a ` between the levels."""
    nouns: tuple[str, ...] = ()
    """The nouns of the title in lower case, with repeats: what decides the kind's score."""

    @property
    def price_tag(self) -> str:
        return " to ".join(f"${price}" for price in self.prices)

    @property
    def contents(self) -> str:
        """What the search engine reads of it."""
        options = ", and ".join(f"{k}: {', '.join(values)}" for k, values in self.options.items())
        first = self.bullets[0] if self.bullets else ""
        return f"{self.title} {self.description} {first} {options}".lower()


@dataclass(frozen=True, slots=True)
class Goal:
    """What to buy, and the instruction that says so."""

    asin: str
    instruction: str
    attributes: tuple[str, ...]
    options: Mapping[str, str] | tuple[str, ...]
    """Values by option name, or, in the instructions that people wrote, bare values."""
    price_upper: float
    """Dollars."""
    category: str = ""
    query: str = ""
    title: str = ""
    path: str = ""
    nouns: tuple[str, ...] = ()

    def about(self, product: Product) -> Goal:
        """The same goal, met by a product of the same kind as this one."""
        return replace(
            self,
            category=product.category,
            query=product.query,
            title=product.title,
            path=product.path,
            nouns=product.nouns,
        )
