"""Upstream's goals: one for every choice of options, or one for every instruction of a person."""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from agentrm_envs.webshop.product import Goal, Product

PRICE_LIMITS = [10.0 * tens for tens in range(1, 100)]
"""Dollars that an instruction may name as the limit."""
NO_LIMIT = 1_000_000.0
SHUFFLE_SEED = 233
"""Upstream's for the order of goals, and AgentGym's for the limits of the synthetic ones too."""


def fixed_prices(products: Iterable[Product], rng: random.Random) -> dict[str, float]:
    """What each product costs: one that names a range, a price drawn from it.

    Upstream draws with a generator that nobody seeds, so that goals change with the process.
    """
    return {
        product.asin: (
            product.prices[0] if len(product.prices) == 1 else rng.uniform(*product.prices)
        )
        for product in products
    }


def synthetic(
    products: Iterable[Product],
    known: Mapping[str, Mapping[str, Any]],
    prices: Mapping[str, float],
    rng: random.Random,
) -> list[Goal]:
    """A goal for every choice of options of a product that `known` has an instruction for."""
    goals: list[Goal] = []
    for product in products:
        row = known.get(product.asin, {})
        if row.get("instruction") is None:
            continue
        limit, words = _limit(prices[product.asin], rng)
        names = sorted(product.options)
        for values in itertools.product(*(product.options[name] for name in names)):
            chosen = dict(zip(names, values, strict=True))
            listed = ", and ".join(f"{name}: {value}" for name, value in chosen.items())
            text = row["instruction"] + (f" with {listed}" if listed else "") + words
            attributes = tuple(row["instruction_attributes"])
            goals.append(Goal(product.asin, text, attributes, chosen, limit).about(product))
    return goals


def human(
    products: Iterable[Product],
    known: Mapping[str, Sequence[Mapping[str, Any]]],
    prices: Mapping[str, float],
    rng: random.Random,
) -> list[Goal]:
    """A goal for every instruction that a person wrote and that names an attribute."""
    return [
        goal
        for product in products
        for row in known.get(product.asin, ())
        for goal in _human(product, row, prices, rng)
    ]


def _human(
    product: Product, row: Mapping[str, Any], prices: Mapping[str, float], rng: random.Random
) -> Iterator[Goal]:
    if row["instruction_attributes"]:
        limit, words = _limit(prices[product.asin], rng)
        text = row["instruction"].strip(".") + words
        attributes, options = row["instruction_attributes"], row["instruction_options"]
        yield Goal(product.asin, text, tuple(attributes), tuple(options), limit).about(product)


def _limit(price: float, rng: random.Random) -> tuple[float, str]:
    """A price limit in dollars, and the words for it; none for very dear products."""
    above = [limit for limit in PRICE_LIMITS if limit > price][:4]
    if len(above) < 2:
        return NO_LIMIT, ""
    limit = max(rng.sample(above, 2))
    return limit, f", and price lower than {limit:.2f} dollars"


def shuffled(goals: Iterable[Goal]) -> list[Goal]:
    """In the order that upstream's numbers refer to."""
    order = list(goals)
    random.Random(SHUFFLE_SEED).shuffle(order)
    return order
