"""Households drawn by seed from our own rooms, furniture and things (`rooms.json`).

Which layouts (a room's receptacles by kind and number) belong to training and which to the test
is decided by a checksum of the layout, so no test task is in a layout that training has seen.
"""

from __future__ import annotations

import json
import random
import zlib
from collections.abc import Iterator, Mapping
from functools import cache
from importlib import resources
from typing import Any

from agentrm_envs.alfworld.household import (
    PICKUPABLE,
    TOGGLEABLE,
    Goal,
    GoalKind,
    Household,
    Receptacle,
    Thing,
    numbered,
)

TEST_SHARE = 8
"""One layout in so many is for the test split."""
_LETTERS = {"kitchen": "k", "livingroom": "l", "bedroom": "b", "bathroom": "w"}
_TRAITS = {"clean": "cleanable", "heat": "heatable", "cool": "coolable"}
_APPLIANCE = {"clean": "sinkbasin", "heat": "microwave", "cool": "fridge"}
_START = "loc_bar_start"

Counts = dict[str, int]
Stock = Mapping[str, tuple[frozenset[str], frozenset[str]]]
"""Kinds of things with the receptacles they fit and what can be done with them."""


def household_of(seed: int, *, goal: GoalKind, room: str, layouts: str) -> Household:
    """The household of a seed, always the same; `layouts` is the split whose layouts it takes."""
    rng = random.Random(f"{layouts} {room} {goal} {seed}")
    while True:
        counts = _layout(rng, room, layouts)
        chosen = _goal(rng, goal, room, counts)
        if chosen is not None:
            return _furnish(rng, room, counts, chosen)


def layout_of(household: Household) -> str:
    """What is the same in all households of a layout: the receptacles by kind and number."""
    kinds = [each.kind for each in household.receptacles]
    return _key({kind: kinds.count(kind) for kind in set(kinds)})


@cache
def tables() -> Any:
    """The content of `rooms.json`."""
    file = resources.files(__package__) / "rooms.json"
    return json.loads(file.read_text(encoding="utf-8"))


def _layout(rng: random.Random, room: str, layouts: str) -> Counts:
    bounds = tables()["receptacles"][room]
    while True:
        counts = {kind: rng.randint(*bounds[kind]) for kind in sorted(bounds)}
        for_test = zlib.crc32(_key(counts).encode()) % TEST_SHARE == 0
        if for_test == (layouts == "test"):
            return counts


def _key(counts: Counts) -> str:
    return " ".join(f"{kind}:{number}" for kind, number in sorted(counts.items()) if number)


@cache
def _fits(kinds: str) -> frozenset[str]:
    """The receptacle kinds of a table entry, in which groups have names."""
    surfaces = tables()["surfaces"]
    return frozenset(place for kind in kinds.split() for place in surfaces.get(kind, [kind]))


@cache
def _stock(room: str) -> Stock:
    """What may lie about in a kind of room: each thing's places and treatments."""
    return {
        kind: (_fits(entry["fits"]), frozenset(entry["can"].split()))
        for kind, entry in sorted(tables()["things"].items())
        if _LETTERS[room] in entry["rooms"]
    }


def _goal(rng: random.Random, kind: GoalKind, room: str, counts: Counts) -> Goal | None:
    """A goal for which the layout has what is needed, or None where the draw was unlucky."""
    present = {place for place, number in counts.items() if number}
    thing, (fits, can) = rng.choice(list(_stock(room).items()))
    usable = sorted(fits & present - {_APPLIANCE.get(kind, "")})
    if kind == "light":
        lamp = rng.choice(sorted(tables()["lamps"]))
        if not _fits(tables()["lamps"][lamp]) & present or not usable:
            return None
        place = lamp
    else:
        # The thing must be able to lie somewhere else than where it is wanted.
        if len(usable) < 2 or (kind in _APPLIANCE and kind not in can):
            return None
        place = rng.choice(usable)
    text = rng.choice(tables()["goals"][kind]).format(thing=thing, place=place)
    return Goal(kind, thing, place, text)


def _furnish(rng: random.Random, room: str, counts: Counts, goal: Goal) -> Household:
    """The layout's receptacles with the goal's things and others in and on them."""
    openable = frozenset(tables()["openable"])
    receptacles = tuple(
        Receptacle(
            id=_id(kind, number),
            kind=kind,
            locations=frozenset({f"loc_bar_{site:03d}"}),
            openable=kind in openable,
            opened=kind in openable and rng.random() < 0.05,
        )
        for site, (kind, number) in enumerate(_each(counts))
    )
    stock = _stock(room)
    things: list[Thing] = []
    inside: set[tuple[str, str]] = set()
    near: set[tuple[str, str]] = set()
    for kind, number in _each(_contents(rng, stock, goal)):
        fits, can = stock[kind]
        banned = goal.place if kind == goal.thing else ""
        places = [each for each in receptacles if each.kind in fits - {banned}]
        if places:
            traits = {_TRAITS[each] for each in can} | {PICKUPABLE}
            thing = Thing(f"{kind}_bar_{number:02d}", kind, frozenset(traits))
            things.append(thing)
            _place(thing, rng.choice(places), inside, near)
    for thing, place in _lamps(rng, receptacles, goal):
        things.append(thing)
        _place(thing, place, inside, near)
    names = [each.id for each in receptacles] + [thing.id for thing in things]
    names += [location for each in receptacles for location in each.locations] + [_START]
    return Household(
        receptacles=receptacles,
        things=tuple(sorted(things, key=lambda thing: thing.id)),
        inside=frozenset(inside),
        near=frozenset(near),
        carried=frozenset(),
        fits=frozenset((place, kind) for kind, (fits, _) in stock.items() for place in fits),
        start=_START,
        goal=goal,
        names=numbered(names),
    )


def _contents(rng: random.Random, stock: Stock, goal: Goal) -> Counts:
    """How many of each kind of thing there are: the goal's, and others to distract."""
    least = 2 if goal.kind == "two" else 1
    counts = {goal.thing: rng.randint(least, least + 1)}
    others = sorted(set(stock) - {goal.thing})
    for kind in rng.sample(others, rng.randint(len(others) // 3, len(others) * 3 // 4)):
        counts[kind] = rng.choice((1, 1, 1, 2, 2, 3))
    return counts


def _id(kind: str, number: int) -> str:
    """An id that `numbered` names by the kind, as upstream's: basins are named by their end."""
    stem = kind.removesuffix("basin")
    return f"{stem}_bar_{number:02d}" + ("_bar_basin" if stem != kind else "")


def _each(counts: Counts) -> list[tuple[str, int]]:
    return [(kind, number) for kind in sorted(counts) for number in range(counts[kind])]


def _place(
    thing: Thing,
    place: Receptacle,
    inside: set[tuple[str, str]],
    near: set[tuple[str, str]],
) -> None:
    inside.add((thing.id, place.id))
    near.update((thing.id, location) for location in place.locations)


def _lamps(
    rng: random.Random, receptacles: tuple[Receptacle, ...], goal: Goal
) -> Iterator[tuple[Thing, Receptacle]]:
    """Lamps and where they stand: the goal's, and now and then another."""
    for lamp, kinds in sorted(tables()["lamps"].items()):
        stands = [each for each in receptacles if each.kind in _fits(kinds)]
        wanted = goal.kind == "light" and goal.place == lamp
        if stands and (wanted or rng.random() < 0.4):
            yield Thing(f"{lamp}_bar_00", lamp, frozenset({TOGGLEABLE})), rng.choice(stands)
