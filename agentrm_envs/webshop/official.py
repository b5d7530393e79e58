"""Upstream's products and goals, read from its own files.

They lie in `$AGENTRM_DATA/webshop/`, gzipped (`.gz`) or not:

- `items_shuffle_1000.json`, `items_ins_v2_1000.json`: the small shop of 1,000 products. Its
  tasks are the synthetic goals: `synthetic/0` to `synthetic/6909`. With `items_human_ins.json`
  beside them there is also `human/0` and so on, which none lists.
- `items_shuffle.json`, `items_ins_v2.json`, `items_human_ins.json`: the full shop of 1.18
  million products, which takes minutes to index once. Its tasks are what people wrote:
  `human/0` to `human/12086`. Where they are there, they are what `load` lists.
- `title_nouns.json`: an object of product id -> nouns of its title, as spaCy finds them.
- `agentboard/test.jsonl`: AgentBoard's goals, `agentboard/0` to `agentboard/250`, for the full
  shop, or where that is missing for the small one. None is listed; `reset` takes their ids.
- `lists/`: which tasks are in which split, see `SPLIT_FILES`.
"""

from __future__ import annotations

import gzip
import json
import random
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from tqdm import tqdm

from agentrm_envs.assets import folder, official_file
from agentrm_envs.errors import BadData, MissingData
from agentrm_envs.webshop import goals, prepared, upstream
from agentrm_envs.webshop.catalogue import Catalogue, listed
from agentrm_envs.webshop.prepared import Source, row
from agentrm_envs.webshop.product import Goal, Product
from agentrm_envs.webshop.stored import cache_folder

NAME = "webshop"
KINDS = ("human", "synthetic", "agentboard")
SEED = 0
"""For what upstream draws without one: prices out of ranges, and limits of what people wrote."""
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
    """The tasks of one split by id.

    Of ETO's 200 test tasks 21 are also in its train split, whose list has one number twice.
    """
    files = Files(folder(NAME))
    kind = "human" if files.found("items_shuffle.json") else "synthetic"
    every = table(kind)
    return {id: every[id] for id in _ids(files, kind, split, len(every))}


def table(kind: str) -> Mapping[str, Any]:
    """All tasks of one of the `KINDS`, by id and in upstream's order."""
    return _table(kind, folder(NAME))


def catalogue(shop: str) -> Catalogue:
    """The `small` or the `full` shop."""
    return _catalogue(shop, folder(NAME))


@cache
def _table(kind: str, root: Path) -> dict[str, Any]:
    files = Files(root)
    whole = kind != "synthetic" and files.found("items_shuffle.json") is not None
    shop = "full" if whole else "small"
    if kind == "agentboard":
        rows = agentboard_rows(files)
    elif kind == "human" and shop == "full":
        rows = prepared.human_goals(_full(files))
    elif kind == "human":
        people, small = files.json("items_human_ins.json"), _small(root)
        made = goals.human(small.products, people, small.prices, random.Random(SEED))
        rows = [row(goal) for goal in goals.shuffled(made)]
    else:
        rows = [row(goal) for goal in _small(root).goals]
    return {f"{kind}/{number}": {**each, "catalogue": shop} for number, each in enumerate(rows)}


@cache
def _catalogue(shop: str, root: Path) -> Catalogue:
    if shop == "full":
        return prepared.open_catalogue(_full(Files(root)))
    small = _small(root)
    return listed(small.products, small.prices)


def _ids(files: Files, kind: str, split: str, count: int) -> list[str]:
    name = SPLIT_FILES[kind][split]
    if files.found(name) is None:
        return [f"{kind}/{number}" for number in range(count)[SPLIT_AT[kind][split]]]
    numbers = [_number(each) for each in files.json(name)]
    for number in numbers:
        if not 0 <= number < count:
            raise BadData(f"{name} names goal {number}, but there are {count}")
    return [f"{kind}/{number}" for number in dict.fromkeys(numbers)]


def agentboard_rows(files: Files) -> list[dict[str, Any]]:
    """AgentBoard's goals, which say themselves what the reward has to know of the product."""
    rows = []
    for number, line in enumerate(files.text("agentboard/test.jsonl").splitlines(), 1):
        try:
            goal = json.loads(line)
            known = goal["additional_info"]
            kept = {
                "asin": known["product_id"],
                "instruction": goal["goal"],
                "attributes": known["attributes"],
                "options": known["product_options"],
                "price_upper": known["price_upper"],
            }
            names = {"title": "product_name", "path": "product_category"}
            names |= {"category": "category", "query": "query"}
            about = {ours: known[theirs] for ours, theirs in names.items()}
        except (KeyError, TypeError, ValueError) as error:
            raise BadData(f"agentboard/test.jsonl, line {number}: no goal ({error!r})") from error
        rows.append({**kept, "about": about})
    return rows


def _number(entry: Any) -> int:
    """A goal's number: bare as in ETO's lists, or AgentGym's `{"item_id": "webshop_17"}`."""
    try:
        if isinstance(entry, dict):
            return int(entry["item_id"].rpartition("_")[2])
        return int(entry)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise BadData(f"{entry!r} names no goal; 17 and webshop_17 do") from error


@dataclass(frozen=True, slots=True)
class Small:
    """The small shop: as in AgentGym, the limits of its goals have a seed of their own."""

    products: list[Product]
    prices: dict[str, float]
    goals: list[Goal]


@cache
def _small(root: Path) -> Small:
    files, name = Files(root), "items_shuffle_1000.json"
    known = files.json("items_ins_v2_1000.json")
    products = list(upstream.products(files.json(name), known, files.nouns(), name))
    prices = goals.fixed_prices(products, random.Random(SEED))
    made = goals.synthetic(products, known, prices, random.Random(goals.SHUFFLE_SEED))
    return Small(products, prices, goals.shuffled(made))


@cache
def _full(files: Files) -> Path:
    """The prepared folder of the full shop, made now where it is not there."""
    products = official_file(NAME, "items_shuffle.json")
    stamp = products.stat()
    kept = cache_folder() / NAME / f"full-{stamp.st_size}-{stamp.st_mtime_ns}"
    if not prepared.is_prepared(kept):
        rows = upstream.products(
            _watched(products), files.json("items_ins_v2.json"), files.nouns(), products.name
        )
        prepared.prepare(Source(rows, files.json("items_human_ins.json"), SEED), kept)
    return kept


def _watched(file: Path) -> Iterator[Any]:
    """The rows of the product file, with a progress bar."""
    with tqdm(total=file.stat().st_size, unit="B", unit_scale=True, desc="webshop: index") as bar:
        try:
            for element, read in prepared.json_rows(file):
                bar.update(read - bar.n)
                yield element
        except ValueError as error:
            raise BadData(f"{file} is no JSON array of products ({error})") from error


@dataclass(frozen=True, slots=True)
class Files:
    """The official data's folder."""

    root: Path

    def found(self, path: str) -> Path | None:
        """The file, or its gzipped form."""
        both = (self.root / path, self.root / f"{path}.gz")
        return next((file for file in both if file.is_file()), None)

    def json(self, path: str) -> Any:
        try:
            return json.loads(self.text(path))
        except ValueError as error:
            raise BadData(f"{self.root / path} is no JSON ({error}); fetch it again") from error

    def text(self, path: str) -> str:
        file = self.found(path)
        if file is None:
            raise MissingData(
                f"{NAME}: {self.root / path} is missing; run `python -m agentrm_envs data fetch "
                f"{NAME}`, and where that has not got it, WebShop's own setup.sh"
            )
        try:
            data = file.read_bytes()
            return (gzip.decompress(data) if file.suffix == ".gz" else data).decode()
        except (OSError, EOFError, ValueError, zlib.error) as error:
            raise BadData(f"{file} cannot be read ({error}); fetch it again") from error

    def nouns(self) -> Mapping[str, Any]:
        name = "title_nouns.json"
        nouns: dict[str, Any] = self.json(name) if self.found(name) else {}
        return nouns
