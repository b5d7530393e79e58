"""A customer's visit to the shop: where they are, and where a click or a search leads."""

from __future__ import annotations

import json
import random
import re
from dataclasses import dataclass, replace
from typing import Literal

from agentrm_envs.webshop import pages
from agentrm_envs.webshop.catalogue import Catalogue
from agentrm_envs.webshop.pages import Page
from agentrm_envs.webshop.product import Product

PER_PAGE = 10
_ACTION = re.compile(r"(.+)\[(.+)\]")
_DEBUG = ("<r>", "<c>", "<q>")
"""Upstream's words for testing; `<a>` always fails there."""


@dataclass(frozen=True, slots=True)
class Place:
    """All that a page depends on, as a value."""

    page: Literal["index", "results", "item", "part", "done"] = "index"
    keywords: str = ""
    number: int = 1
    """Of the page of results, from 1."""
    asin: str = ""
    part: str = ""
    options: tuple[tuple[str, str], ...] = ()
    """The chosen options in the order in which their names were first clicked."""
    seen: tuple[str, ...] = ()
    """Products that were opened since the last visit to the search page."""


@dataclass(frozen=True, slots=True)
class Shop:
    """The rules of the shop. `quirks` are upstream's, see `WebShopEnv`."""

    catalogue: Catalogue
    quirks: bool = False
    attributes: bool = False
    """Whether product pages have a button that shows the attributes."""
    per_page: int = PER_PAGE

    def moved(self, place: Place, action: str) -> Place:
        """Where an action leads; the same place where it means nothing there."""
        found = _ACTION.match(action)
        if found is None:
            return place
        verb, argument = found.group(1), found.group(2).lower()
        if verb == "search":
            return self._searched(place, argument)
        if verb == "click" and argument != "search" and argument in self._clickables(place):
            return self._clicked(place, argument)
        return place

    def page(self, place: Place, instruction: str) -> Page:
        """What the customer sees there; the last page is up to the environment."""
        if place.page == "index":
            return pages.index_page(instruction)
        if place.page == "results":
            found = self.found(place.keywords)
            first = (place.number - 1) * self.per_page
            shown = [self.catalogue.product(asin) for asin in found[first : first + self.per_page]]
            return pages.results_page(
                instruction, shown, number=place.number, total=len(found), seen=place.seen
            )
        if place.page == "done":
            return pages.done_page(place.asin, dict(place.options), None)
        product = self.catalogue.product(place.asin)
        if place.page == "part":
            return pages.part_page(instruction, product, place.part)
        clicked = self._shown_as_clicked(place, product)
        return pages.item_page(instruction, product, clicked=clicked, attributes=self.attributes)

    def found(self, keywords: str) -> tuple[str, ...]:
        """The ids of the products that a search lists, on all its pages."""
        first, _, rest = keywords.partition(" ")
        if self.quirks and first in _DEBUG:
            return self._debugged(first, rest.strip())
        return self.catalogue.search(keywords)

    def _searched(self, place: Place, keywords: str) -> Place:
        if self.quirks and keywords.split(" ")[0] == "<a>":
            return place  # upstream fails: nothing comes of the action
        if self.quirks and keywords == "<c>":
            return place
        return Place("results", keywords, seen=place.seen)

    def _debugged(self, keyword: str, rest: str) -> tuple[str, ...]:
        """Upstream's words for testing: products at random, or all of a category or kind."""
        products = self.catalogue.products()
        if keyword == "<r>":
            ids = [product.asin for product in products]
            return tuple(random.Random(rest).sample(ids, min(len(ids), self.catalogue.hits)))
        if keyword == "<c>":
            return tuple(p.asin for p in products if p.category == rest.partition(" ")[0])
        return tuple(p.asin for p in products if p.query == rest)

    def _clickables(self, place: Place) -> list[str]:
        return pages.clickables(self.page(place, "x"))

    def _clicked(self, place: Place, name: str) -> Place:
        if name == pages.BUY.lower():
            return replace(place, page="done")
        if name == pages.BACK.lower():
            return Place()
        if place.page == "results":
            return self._clicked_results(place, name)
        if name == pages.PREVIOUS.lower():
            if place.page == "part":
                return replace(place, page="item", part="")
            return Place("results", place.keywords, place.number, seen=place.seen)
        part = next((part for part in pages.PARTS if part.lower() == name), None)
        if part is not None:
            return replace(place, page="part", part=part)
        return replace(place, options=self._chosen(place, name))

    def _clicked_results(self, place: Place, name: str) -> Place:
        if name == pages.NEXT.lower():
            return replace(place, number=place.number + 1)
        if name == pages.PREVIOUS.lower():
            return replace(place, number=place.number - 1)
        asin = name.upper()
        seen = place.seen if asin in place.seen else (*place.seen, asin)
        return replace(place, page="item", asin=asin, options=(), seen=seen)

    def _chosen(self, place: Place, value: str) -> tuple[tuple[str, str], ...]:
        """The options after a click on a value.

        Where several options have the value, upstream takes the last; ours takes the first
        that does not have it yet, so that all can be chosen.
        """
        options = dict(place.options)
        product = self.catalogue.product(place.asin)
        names = [name for name, values in product.options.items() if value in values]
        free = [name for name in names if options.get(name) != value]
        options[(names if self.quirks or not free else free)[-1 if self.quirks else 0]] = value
        return tuple(options.items())

    def _shown_as_clicked(self, place: Place, product: Product) -> list[tuple[str, str]]:
        """What is shown as chosen; upstream looks for it, in quotes, in the page's address."""
        if not self.quirks:
            return list(place.options)
        keywords = "+".join(place.keywords.split(" "))
        address = f"{place.asin}/{keywords}/{place.number}/{json.dumps(dict(place.options))}"
        return [
            (name, value)
            for name, values in product.options.items()
            for value in values
            if f'"{value}"' in address
        ]
