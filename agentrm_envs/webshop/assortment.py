"""The built-in shop: products that are made when somebody looks at them, and their index."""

from __future__ import annotations

import hashlib
from functools import cache, lru_cache
from importlib import resources

from agentrm_envs.webshop import blurbs, designs
from agentrm_envs.webshop.bm25 import Builder, Index
from agentrm_envs.webshop.catalogue import Catalogue
from agentrm_envs.webshop.product import Product
from agentrm_envs.webshop.stored import kept_index

_LETTERS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_LENGTH = 6
_CODES = 36**_LENGTH
_FACTOR, _OFFSET = 1_234_567_891, 987_654_321
"""They scatter the ids, so that ties in a search are broken as if at random."""
_SOURCES = (
    *("analyzer.py", "assortment.py", "blurbs.py", "bm25.py", "designs.py", "porter.py"),
    *("product.py", "wares.py", "wares.json", "word_break.json"),
)
"""All that the index depends on."""


@cache
def assortment() -> Catalogue:
    """The built-in shop. Its index is made once and then kept in the user's cache."""
    return Catalogue(Shelf(), kept_index(_version(), build), price=price)


class Shelf:
    """The products of all families."""

    def __init__(self) -> None:
        self._product = lru_cache(maxsize=4_096)(make)

    def __len__(self) -> int:
        return designs.FAMILIES * designs.MEMBERS

    def __getitem__(self, number: int) -> Product:
        return self._product(number)

    def asin(self, number: int) -> str:
        return asin_of(number)

    def find(self, asin: str) -> int | None:
        number = number_of(asin)
        return number if number is not None and number < len(self) else None


def make(number: int) -> Product:
    return blurbs.product(designs.design(number), asin_of(number))


def price(product: Product) -> float:
    """Dollars: of a range the middle."""
    return sum(product.prices) / len(product.prices)


def build() -> Index:
    """The index of all products; takes a second or two."""
    builder = Builder()
    asins = []
    for number in range(designs.FAMILIES * designs.MEMBERS):
        product = make(number)
        asins.append(product.asin)
        builder.add(product.contents)
    return builder.index(asins)


def asin_of(number: int) -> str:
    code = (number * _FACTOR + _OFFSET) % _CODES
    digits = []
    for _ in range(_LENGTH):
        code, digit = divmod(code, len(_LETTERS))
        digits.append(_LETTERS[digit])
    return "B" + "".join(digits)


def number_of(asin: str) -> int | None:
    """The number that an id was made of, or None where it is no id."""
    digits = asin[1:]
    if asin[:1] != "B" or len(digits) != _LENGTH or not set(digits) <= set(_LETTERS):
        return None
    code = sum(_LETTERS.index(digit) * 36**place for place, digit in enumerate(digits))
    number: int = (code - _OFFSET) * pow(_FACTOR, -1, _CODES) % _CODES
    return number


def _version() -> str:
    digest = hashlib.sha256()
    folder = resources.files(__package__)
    for name in _SOURCES:
        digest.update((folder / name).read_bytes())
    return digest.hexdigest()
