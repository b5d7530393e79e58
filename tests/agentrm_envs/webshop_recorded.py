"""Upstream's small shop and what was recorded of it, for the tests that hold ours against it."""

from __future__ import annotations

import gzip
import json
from functools import cache
from typing import Any

from agentrm_envs.webshop import upstream
from agentrm_envs.webshop.catalogue import Catalogue, listed
from agentrm_envs.webshop.env import WebShopEnv
from agentrm_envs.webshop.product import Product
from tests.testdata import testdata


def recorded(name: str) -> Any:
    """A recorded gzipped file of JSON, or of a JSON value a line."""
    text = gzip.decompress(testdata(f"webshop/{name}").read_bytes()).decode()
    return (
        [json.loads(line) for line in text.splitlines()] if ".jsonl" in name else json.loads(text)
    )


@cache
def attributes() -> Any:
    return recorded("items_ins_v2_1000.json.gz")


@cache
def products() -> list[Product]:
    rows = recorded("items_shuffle_1000.reconstructed.json.gz")
    nouns = recorded("title_nouns_en_core_web_sm_3.8.json.gz")
    return list(upstream.products(rows, attributes(), nouns, "the recorded products"))


@cache
def goals() -> Any:
    """Upstream's goals and prices, as one process drew them."""
    return recorded("goals_synthetic_6910_seed0.json.gz")


@cache
def shop() -> Catalogue:
    return listed(products(), goals()["prices"])


class RecordedShop(WebShopEnv):
    """The environment with upstream's products, prices and goals; a task is `golden/N`."""

    def _find(self, task_id: str) -> Any:
        goal = golden()[int(task_id.partition("/")[2])]["goal"]
        return {
            "asin": goal["asin"],
            "instruction": goal["instruction_text"],
            "attributes": goal["attributes"],
            "options": goal["goal_options"],
            "price_upper": goal["price_upper"],
        }

    def _catalogue(self, task: Any) -> Catalogue:
        return shop()


@cache
def golden() -> Any:
    return recorded("golden_traces.jsonl.gz")
