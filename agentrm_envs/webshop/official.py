"""Upstream's products and goals, read from its own files.

They lie in `$AGENTRM_DATA/webshop/`, gzipped (`.gz`) or not:

- `items_shuffle_1000.json`, `items_ins_v2_1000.json`: the small shop of 1,000 products. Its
  tasks are the synthetic goals: `synthetic/0` to `synthetic/6909`.
- `items_shuffle.json`, `items_ins_v2.json`, `items_human_ins.json`: the full shop of 1.18
  million products, which takes minutes to index once. Its tasks are what people wrote:
  `human/0` to `human/12086`. Where they are there, they are what `load` lists.
- `title_nouns.json`: an object of product id -> nouns of its title, as spaCy finds them.
- `lists/`: which tasks are in which split, see `SPLIT_FILES`.
"""

from __future__ import annotations

import gzip
import json
import random
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from tqdm import tqdm

from agentrm_envs.assets import folder, official_file
from agentrm_envs.errors import BadData
from agentrm_envs.webshop import goals, prepared, upstream
from agentrm_envs.webshop.catalogue import Catalogue, listed
from agentrm_envs.webshop.prepared import Source, row
from agentrm_envs.webshop.product import Goal, Product
from agentrm_envs.webshop.stored import cache_folder

NAME = "webshop"
SEED = 0
"""For what upstream draws without a seed: prices out of ranges, and price limits."""
SPLIT_FILES = {
    "human": {"test": "lists/eto_test_indices.json", "train": "lists/eto_train_indices.json"},
    "synthetic": {
        "test": "lists/agenteval_webshop_test.json",
        "train": "lists/agentgym_rl_train_webshop_train.json",
    },
}
"""ETO's, which AgentRM uses, for the full shop, and AgentGym's for the small one."""
SPLIT_AT = {
    "human": {"test": slice(0, 500), "train": slice(1_500, None)},
    "synthetic": {"test": slice(0, 500), "train": slice(500, None)},
}
"""Without such files: the splits of WebShop's own baseline, and of verl-agent."""


def load(split: str) -> Mapping[str, Any]:
    """The tasks of one split by id; 21 of ETO's 200 test tasks are also in its train split."""
    kind = "human" if _found("items_shuffle.json") else "synthetic"
    every = table(kind)
    return {id: every[id] for id in _ids(kind, split, len(every))}


@cache
def table(kind: str) -> dict[str, Any]:
    """All tasks of a kind, `human` or `synthetic`, by id and in upstream's order."""
    if kind == "human":
        rows = prepared.human_goals(_full())
    else:
        rows = [row(goal) for goal in _small_goals()]
    shop = "full" if kind == "human" else "small"
    return {f"{kind}/{number}": {**each, "catalogue": shop} for number, each in enumerate(rows)}


@cache
def catalogue(shop: str) -> Catalogue:
    """The `small` or the `full` shop."""
    if shop == "full":
        return prepared.open_catalogue(_full())
    products = _small_products()
    return listed(products, _small_prices(products))


def _ids(kind: str, split: str, count: int) -> list[str]:
    name = SPLIT_FILES[kind][split]
    if _found(name) is None:
        return [f"{kind}/{number}" for number in range(count)[SPLIT_AT[kind][split]]]
    numbers = [_number(each) for each in _json(name)]
    for number in numbers:
        if not 0 <= number < count:
            raise BadData(f"{name} names goal {number}, but there are {count}")
    return [f"{kind}/{number}" for number in dict.fromkeys(numbers)]


def _number(entry: Any) -> int:
    """A goal's number: bare as in ETO's lists, or AgentGym's `{"item_id": "webshop_17"}`."""
    try:
        if isinstance(entry, dict):
            return int(entry["item_id"].rpartition("_")[2])
        return int(entry)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise BadData(f"{entry!r} names no goal; 17 and webshop_17 do") from error


@cache
def _small_products() -> list[Product]:
    rows = _json("items_shuffle_1000.json")
    known = _json("items_ins_v2_1000.json")
    return list(upstream.products(rows, known, _nouns(), "items_shuffle_1000.json"))


@cache
def _small_random() -> tuple[dict[str, float], list[Goal]]:
    """Prices and goals, drawn one after the other as upstream does."""
    rng = random.Random(SEED)
    products = _small_products()
    prices = goals.fixed_prices(products, rng)
    made = goals.synthetic(products, _json("items_ins_v2_1000.json"), prices, rng)
    return prices, goals.shuffled(made)


def _small_prices(products: list[Product]) -> dict[str, float]:
    return _small_random()[0]


def _small_goals() -> list[Goal]:
    return _small_random()[1]


@cache
def _full() -> Path:
    """The prepared folder of the full shop, made now where it is not there."""
    products = official_file(NAME, "items_shuffle.json")
    stamp = products.stat()
    kept = cache_folder() / NAME / f"full-{stamp.st_size}-{stamp.st_mtime_ns}"
    if not prepared.is_prepared(kept):
        source = Source(_full_products(products), _json("items_human_ins.json"), SEED)
        prepared.prepare(source, kept)
    return kept


def _full_products(file: Path) -> Iterator[Product]:
    return upstream.products(
        _watched(file), _json("items_ins_v2.json"), _nouns(), "items_shuffle.json"
    )


def _watched(file: Path) -> Iterator[Any]:
    """The rows of the product file, with a progress bar."""
    with tqdm(total=file.stat().st_size, unit="B", unit_scale=True, desc="webshop: index") as bar:
        try:
            for element, read in prepared.json_rows(file):
                bar.update(read - bar.n)
                yield element
        except ValueError as error:
            raise BadData(f"{file} is no JSON array of products ({error})") from error


def _nouns() -> Mapping[str, Any]:
    nouns: dict[str, Any] = _json("title_nouns.json") if _found("title_nouns.json") else {}
    return nouns


def _found(path: str) -> Path | None:
    """The file, or its gzipped form."""
    root = folder(NAME)
    return next((file for file in (root / path, root / f"{path}.gz") if file.is_file()), None)


def _json(path: str) -> Any:
    file = _found(path) or official_file(NAME, path)
    try:
        data = file.read_bytes()
        return json.loads(gzip.decompress(data) if file.suffix == ".gz" else data)
    except (OSError, EOFError, ValueError) as error:
        raise BadData(f"{file} is no JSON ({error}); fetch it again") from error
