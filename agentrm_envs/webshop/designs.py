"""The built-in shop's families: what one customer wants, and eight products that come close.

One product of a family is what its customer wants; each of the others misses it in one way,
or in two. Family and product are functions of their numbers, so nothing need be stored.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TypeVar

from agentrm_envs.webshop.wares import Kind, kinds

T = TypeVar("T")
FAMILIES = 4_256
MEMBERS = 8
SEED = 20_250_226
"""The day on which the paper appeared."""
_LIMITS = [10.0 * tens for tens in range(1, 100)]


@dataclass(frozen=True, slots=True)
class Design:
    """What is decided of a product before it is put into words."""

    number: int
    kind: Kind
    attributes: tuple[str, ...]
    options: Mapping[str, tuple[str, ...]]
    price: float


@dataclass(frozen=True, slots=True)
class Family:
    """What its customer wants: the wanted product is number `wanted` of all products."""

    number: int
    wanted: int
    kind: Kind
    attributes: tuple[str, ...]
    """Those that the customer asks for."""
    options: Mapping[str, str]
    price: float
    limit: float
    """Dollars that the customer will pay at most."""
    roles: tuple[int, ...]
    """In which way each member comes close; 0 is what is wanted."""
    design: Design


@lru_cache(maxsize=256)
def family(number: int) -> Family:
    rng = random.Random(SEED * FAMILIES + number)
    kind = kinds()[number % len(kinds())]
    attributes = _attributes(kind, rng, 5)
    asked = attributes[: pick(rng, (2, 2, 3))]
    offered = {
        name: _some(values, rng) for name, values in zip(kind.options, kind.values, strict=True)
    }
    chosen = {name: pick(rng, values) for name, values in offered.items()}
    price = _price(rng, kind.low, kind.high)
    limit = max(draw(rng, [limit for limit in _LIMITS if limit > price][:3], 2))
    roles = draw(rng, range(MEMBERS), MEMBERS)
    wanted = number * MEMBERS + roles.index(0)
    return Family(
        number=number,
        wanted=wanted,
        kind=kind,
        attributes=asked,
        options=chosen,
        price=price,
        limit=limit,
        roles=tuple(roles),
        design=Design(wanted, kind, attributes, offered, price),
    )


def design(number: int) -> Design:
    """The product of that number, 0 to `FAMILIES` * `MEMBERS` - 1."""
    home = family(number // MEMBERS)
    role = home.roles[number % MEMBERS]
    rng = random.Random(-SEED - number)
    near = replace(home.design, number=number)
    if role == 0:
        return near
    near = replace(near, price=_price(rng, home.price * 0.8, min(home.price * 1.1, home.limit - 1)))
    if role in (1, 2):
        return _without_attributes(near, home.attributes[role - 1 : role], rng)
    if role in (3, 4):
        names = list(near.options)
        return _without_value(near, home, names[0 if role == 3 else -1], rng)
    if role in (5, 6):
        return replace(near, price=_price(rng, home.limit + 1, home.limit * 1.6))
    cheaper = replace(near, price=_price(rng, home.price * 0.6, home.price))
    return _without_attributes(cheaper, home.attributes[:2], rng)


def _attributes(kind: Kind, rng: random.Random, count: int) -> tuple[str, ...]:
    """Adjectives and features by turns, an adjective or a feature first."""
    adjectives = draw(rng, kind.adjectives, count)
    features = draw(rng, kind.features, count)
    first, second = (adjectives, features) if rng.random() < 0.7 else (features, adjectives)
    return tuple((first if at % 2 == 0 else second)[at] for at in range(count))


def _without_attributes(near: Design, lost: tuple[str, ...], rng: random.Random) -> Design:
    """Others of the same sort in their place."""
    kind, attributes = near.kind, near.attributes
    for attribute in lost:
        pool = kind.adjectives if attribute in kind.adjectives else kind.features
        other = pick(rng, [each for each in pool if each not in attributes])
        attributes = tuple(other if each == attribute else each for each in attributes)
    return replace(near, attributes=attributes)


def _without_value(near: Design, home: Family, name: str, rng: random.Random) -> Design:
    """Another value of the option in place of the wanted one."""
    known = dict(zip(home.kind.options, home.kind.values, strict=True))[name]
    others = [value for value in known if value not in near.options[name]]
    kept = [value for value in near.options[name] if value != home.options[name]]
    kept += [pick(rng, others)] if others else []
    ordered = tuple(value for value in known if value in kept)
    return replace(near, options={**near.options, name: ordered})


def _some(values: tuple[str, ...], rng: random.Random) -> tuple[str, ...]:
    """Three to six of the values, in their order."""
    count = min(rng.randint(3, 6), len(values))
    at = sorted(draw(rng, range(len(values)), count))
    return tuple(values[each] for each in at)


def pick(rng: random.Random, among: Sequence[T]) -> T:
    """One of them, several times faster than `rng.choice`: a catalogue takes a million."""
    return among[int(rng.random() * len(among))]


def draw(rng: random.Random, among: Sequence[T], count: int) -> list[T]:
    """So many of them, in random order."""
    left = list(among)
    for at in range(count):
        other = at + int(rng.random() * (len(left) - at))
        left[at], left[other] = left[other], left[at]
    return left[:count]


def _price(rng: random.Random, low: float, high: float) -> float:
    """Dollars and the cents that shops like."""
    dollars = int(low) + int(rng.random() ** 1.5 * max(high - low, 1))
    return dollars + pick(rng, (0.49, 0.95, 0.99, 0.0, 0.75, 0.5))
