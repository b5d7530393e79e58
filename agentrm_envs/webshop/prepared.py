"""A catalogue on disk: made once of upstream's files, then mapped into memory.

A folder holds the products (one JSON object each, one after the other), where each begins,
their ids in order, what each costs, the index, and the goals that people wrote.
"""

from __future__ import annotations

import json
import random
import re
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from agentrm_envs.webshop import goals
from agentrm_envs.webshop.bm25 import Builder, Index, mapped
from agentrm_envs.webshop.catalogue import Catalogue
from agentrm_envs.webshop.product import Goal, Product

ASIN = "S10"
_AFTER = re.compile(r"[,\]\s]")
"""What may follow an element of a JSON array."""
_FORMAT = 2


class DiskShelf:
    """The products of a prepared folder, read one at a time."""

    def __init__(self, folder: Path) -> None:
        self._text = np.memmap(folder / "products.json", np.uint8, mode="r").view(np.ndarray)
        self._starts = mapped(folder / "product_starts.npy")
        self._asins = mapped(folder / "asins.npy")
        self._order = mapped(folder / "asin_order.npy")
        self.prices = mapped(folder / "prices.npy")

    def __len__(self) -> int:
        return len(self._starts) - 1

    def __getitem__(self, number: int) -> Product:
        text = self._text[self._starts[number] : self._starts[number + 1]].tobytes()
        return _read(json.loads(text))

    def asin(self, number: int) -> str:
        return str(self._asins[number].decode())

    def find(self, asin: str) -> int | None:
        if not asin.isascii() or len(asin) > 10:
            return None
        wanted = np.array(asin.encode(), ASIN)
        at = int(np.searchsorted(self._asins, wanted, sorter=self._order))
        number = int(self._order[at]) if at < len(self._order) else -1
        return number if number >= 0 and self._asins[number] == wanted else None


@dataclass(frozen=True, slots=True)
class Source:
    """What a catalogue is made of."""

    products: Iterable[Product]
    instructions: Mapping[str, Any]
    """What people wrote, by product: upstream's `items_human_ins.json`."""
    seed: int = 0
    """For the prices of products that name a range, and for price limits."""


def prepare(source: Source, folder: Path) -> None:
    """Make the folder; it appears under its name only when it is whole."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    draft = Path(tempfile.mkdtemp(prefix=".part-", dir=folder.parent))
    try:
        _write(source, draft)
        if folder.exists():
            shutil.rmtree(folder)
        draft.rename(folder)
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def open_catalogue(folder: Path) -> Catalogue:
    shelf = DiskShelf(folder)

    def price(product: Product) -> float:
        number = shelf.find(product.asin)
        assert number is not None  # it comes from this shelf
        return float(shelf.prices[number])

    return Catalogue(shelf, Index.load(folder), price=price)


def is_prepared(folder: Path) -> bool:
    stamp = folder / "format.json"
    return stamp.is_file() and json.loads(stamp.read_text(encoding="utf-8")) == _FORMAT


def human_goals(folder: Path) -> list[dict[str, Any]]:
    """The rows of a task table for what people wrote, in upstream's order."""
    rows: list[dict[str, Any]] = json.loads((folder / "goals.json").read_text(encoding="utf-8"))
    return rows


def _write(source: Source, folder: Path) -> None:
    rng = random.Random(source.seed)
    builder = Builder()
    asins: list[str] = []
    prices: list[float] = []
    starts = [0]
    wished: list[Product] = []
    with (folder / "products.json").open("wb") as file:
        for product in source.products:
            starts.append(starts[-1] + file.write(json.dumps(asdict(product)).encode()))
            builder.add(product.contents)
            asins.append(product.asin)
            prices.append(next(iter(goals.fixed_prices([product], rng).values())))
            if product.asin in source.instructions:
                wished.append(product)
    costs = dict(zip(asins, prices, strict=True)) if wished else {}
    written = goals.shuffled(goals.human(wished, source.instructions, costs, rng))
    (folder / "goals.json").write_text(json.dumps([row(goal) for goal in written]))
    names = np.array([asin.encode() for asin in asins], ASIN)
    order = np.argsort(names, kind="stable")
    for name, array in {
        "product_starts": np.array(starts, np.int64),
        "asins": names,
        "asin_order": order,
        "prices": np.array(prices, np.float64),
    }.items():
        np.save(folder / f"{name}.npy", array, allow_pickle=False)
    builder.index(asins).save(folder)
    (folder / "format.json").write_text(json.dumps(_FORMAT), encoding="utf-8")


def row(goal: Goal) -> dict[str, Any]:
    """The goal as a row of a task table."""
    options = goal.options
    return {
        "asin": goal.asin,
        "instruction": goal.instruction,
        "attributes": list(goal.attributes),
        "options": dict(options) if isinstance(options, Mapping) else list(options),
        "price_upper": goal.price_upper,
    }


def _read(row: dict[str, Any]) -> Product:
    return Product(
        **{
            **row,
            "bullets": tuple(row["bullets"]),
            "prices": tuple(row["prices"]),
            "options": {name: tuple(values) for name, values in row["options"].items()},
            "attributes": tuple(row["attributes"]),
            "nouns": tuple(row["nouns"]),
        }
    )


def json_rows(file: Path, chunk: int = 1 << 23) -> Iterator[tuple[Any, int]]:
    """The elements of a JSON array, each with the characters read so far.

    A file of any size takes the memory of one chunk of characters. Raises ValueError where
    the file is no JSON array.
    """
    decoder = json.JSONDecoder()
    with file.open(encoding="utf-8") as stream:
        text, seen = stream.read(chunk).lstrip(), 0
        while not text and (more := stream.read(chunk)):
            text = more.lstrip()
        if not text.startswith("["):
            raise ValueError("it does not begin with [")
        at = 1
        while True:
            while at < len(text) and text[at] in ", \t\r\n":
                at += 1
            if text[at : at + 1] == "]":
                return
            found = _decoded(decoder, text, at)
            if found is None or not _AFTER.match(text, found[1]):  # the chunk cuts it off
                more = stream.read(chunk)
                if more:
                    text, at, seen = text[at:] + more, 0, seen + at
                    continue
                raise ValueError("it ends within the array")
            element, at = found
            yield element, seen + at


def _decoded(decoder: json.JSONDecoder, text: str, at: int) -> tuple[Any, int] | None:
    """The element that begins there and where it ends, or None where it is not whole."""
    try:
        return decoder.raw_decode(text, at)
    except ValueError:
        return None
