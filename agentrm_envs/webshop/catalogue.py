"""All that a shop sells: products by their number and by search."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Protocol

from agentrm_envs.webshop import bm25
from agentrm_envs.webshop.bm25 import Index
from agentrm_envs.webshop.product import Product

HITS = 50
"""Products that a search finds at most, as upstream."""


class Shelf(Protocol):
    """Where a catalogue's products are: in memory, on disk, or made when they are asked for."""

    def __len__(self) -> int: ...

    def __getitem__(self, number: int) -> Product: ...

    def asin(self, number: int) -> str:
        """The id of a product, without looking at the rest of it."""

    def find(self, asin: str) -> int | None:
        """The number of the product with this id, if there is one."""


class Catalogue:
    """Products, an index over them, and the prices that the reward compares."""

    def __init__(
        self,
        shelf: Shelf,
        index: Index,
        *,
        price: Callable[[Product], float],
        hits: int = HITS,
    ) -> None:
        self.shelf = shelf
        self.hits = hits
        self._index = index
        self._price = price
        self._found = lru_cache(maxsize=4_096)(self._search)
        self._known = lru_cache(maxsize=4_096)(self._product)

    def __contains__(self, asin: str) -> bool:
        return self.shelf.find(asin) is not None

    def product(self, asin: str) -> Product:
        """The product of that id; raises KeyError where there is none."""
        return self._known(asin)

    def price(self, asin: str) -> float:
        """Dollars: what the product costs a customer, where its tag names a range too."""
        return self._price(self.product(asin))

    def search(self, keywords: str) -> tuple[str, ...]:
        """The ids of at most `hits` products, the best match first."""
        return self._found(keywords)

    def products(self) -> Iterable[Product]:
        return (self.shelf[number] for number in range(len(self.shelf)))

    def _search(self, keywords: str) -> tuple[str, ...]:
        numbers = self._index.search(keywords, self.hits)
        return tuple(self.shelf.asin(number) for number in numbers)

    def _product(self, asin: str) -> Product:
        number = self.shelf.find(asin)
        if number is None:
            raise KeyError(asin)
        return self.shelf[number]


class Listed:
    """A shelf of products in memory."""

    def __init__(self, products: Sequence[Product]) -> None:
        self._products = products
        self._numbers = {product.asin: number for number, product in enumerate(products)}

    def __len__(self) -> int:
        return len(self._products)

    def __getitem__(self, number: int) -> Product:
        return self._products[number]

    def asin(self, number: int) -> str:
        return self._products[number].asin

    def find(self, asin: str) -> int | None:
        return self._numbers.get(asin)


def listed(products: Sequence[Product], prices: Mapping[str, float]) -> Catalogue:
    """A catalogue of products in memory, with prices by id."""
    index = bm25.build([p.asin for p in products], (p.contents for p in products))
    return Catalogue(Listed(products), index, price=lambda product: prices[product.asin])
