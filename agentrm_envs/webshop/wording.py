"""What the customers of the built-in shop say that they want."""

from __future__ import annotations

import random
from typing import Any

from agentrm_envs.webshop.assortment import asin_of
from agentrm_envs.webshop.blurbs import bare
from agentrm_envs.webshop.designs import SEED, Family

_STARTS = (
    *("Find me", "i am looking for", "i need", "i want to buy", "please find", "show me"),
    *("can you help me find", "i would like", "get me", "looking for", "i'm hunting for", "i want"),
)


def task_of(wish: Family) -> dict[str, Any]:
    """The task of a family's customer, in words drawn for it."""
    rng = random.Random(SEED - wish.number)
    return {
        "asin": asin_of(wish.wanted),
        "instruction": worded(wish, rng),
        "attributes": [bare(attribute) for attribute in wish.attributes],
        "options": dict(wish.options),
        "price_upper": wish.limit,
    }


def worded(wish: Family, rng: random.Random) -> str:
    """The wish as an instruction, one of many ways to say it."""
    what = _what(wish, rng)
    return f"{rng.choice(_STARTS)} {what}{_options(wish, rng)}" + (
        f", and price lower than {wish.limit:.2f} dollars"
    )


def _what(wish: Family, rng: random.Random) -> str:
    attributes = rng.sample(wish.attributes, len(wish.attributes))
    adjectives = [each for each in attributes if each in wish.kind.adjectives]
    features = [each for each in attributes if each not in adjectives]
    one, many = _one(wish.kind.name), wish.kind.plural
    is_, has = " and ".join(adjectives), " and ".join(features)
    if not adjectives:
        return rng.choice((f"{many} with {has}", f"{one} that has {has}", f"{one} with {has}"))
    first = f"{', '.join(adjectives)} {many}"
    if not features:
        return rng.choice((first, f"{one} that is {is_}", f"{many} that are {is_}"))
    return rng.choice(
        (
            f"{first} with {has}",
            f"{_one(adjectives[0] + ' ' + wish.kind.name)}"
            + "".join(f", {each}" for each in adjectives[1:])
            + f" with {has}",
            f"{one} that is {is_} and has {has}",
            f"{one} with {has}. it should be {is_}",
            f"{many} that are {is_}, also with {has}",
        )
    )


def _options(wish: Family, rng: random.Random) -> str:
    """The wanted options, in upstream's words or in those of a person."""
    named = [f"{name}: {value}" for name, value in wish.options.items()]
    plain = [f"{name} {value}" for name, value in wish.options.items()]
    values = list(wish.options.values())
    return rng.choice(
        (
            f" with {', and '.join(named)}",
            f", in {' and '.join(plain)}",
            f", {', '.join(values)}",
            f". i prefer {' and '.join(plain)}",
            f" in {' and '.join(values)}",
        )
    )


def _one(noun: str) -> str:
    """The noun with its article."""
    vowel = noun[0] in "aeiou" and not noun.startswith(("us", "uv"))
    return f"{'an' if vowel else 'a'} {noun}"
