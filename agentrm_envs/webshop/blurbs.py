"""The words of a built-in product's pages."""

from __future__ import annotations

import random
from itertools import product as pairs

from agentrm_envs.webshop.designs import SEED, Design, draw, pick
from agentrm_envs.webshop.product import Product

_STARTS = ("Nor", "Tal", "Bex", "Kel", "Mar", "Vin", "Os", "Pel", "Ru", "Sel", "Ha", "Dro")
_ENDS = ("vane", "mont", "dale", "ko", "ria", "wick", "ten", "sby", "lo", "ford")
BRANDS = tuple(start + end for start, end in pairs(_STARTS, _ENDS))
_MODEL_WORDS = (
    "Harbor Summit Drift Juniper Meadow Quarry Lantern Pebble Orbit Cedar Falcon Ember Tundra "
    "Willow Canyon Beacon Marlin Prairie Anchor Comet Thistle Breeze Saddle Fjord Mosaic Pioneer"
)
_MODELS = tuple(_MODEL_WORDS.split())
_USES = (
    *("for travel", "for small homes", "for daily use", "for beginners", "for gifts"),
    *("for busy mornings", "for weekends", "for the whole family", "for students", "for experts"),
    *("for guests", "for long days", "for every season", "for people on the move"),
)
_FILLERS = (
    "Ships in plain recycled packaging",
    "Backed by a two year warranty",
    "Designed by a small team that answers every letter",
    "Looks good next to what you already own",
    "Every piece is checked by hand before it leaves us",
    "Comes with a short guide in six languages",
    "A favorite of our customers since the first batch",
    "Weighs less than you would expect",
)
_ABOUT_ADJECTIVE = (
    "{}: one thing less to think about",
    "Made {} from the start, not as an afterthought",
    "Fully {}, as our customers asked for",
    "You will be glad that it is {}",
)
_ABOUT_FEATURE = (
    "Now with {} for more comfort",
    "Comes with {} that you will use every day",
    "Has {}, as our customers asked for",
    "We added {} after the first year",
)
_OPENINGS = (
    "This {} is made of {} {}.",
    "Our {} in {}, {}.",
    "Our {} of {} {}.",
    "The {} we always wanted: {}, {}.",
)
_TELLING = 0.5
"""The share of products whose title tells what most customers ask for."""
_RANGE = 0.06
"""The share of products whose tag names two prices."""


def product(design: Design, asin: str) -> Product:
    """The product that the design describes."""
    rng = random.Random(SEED + design.number)
    kind = design.kind
    brand, model = pick(rng, BRANDS), pick(rng, _MODELS)
    material, use = pick(rng, kind.materials), pick(rng, _USES)
    attributes = draw(rng, design.attributes, len(design.attributes))
    if rng.random() < _TELLING:
        attributes = list(design.attributes)
    titled = _titled(attributes, kind.adjectives, rng)
    rest = [attribute for attribute in attributes if attribute not in titled]
    told = rest[: pick(rng, (0, 1, 1, 2))]
    opening = pick(rng, _OPENINGS).format(kind.name, material, use)
    return Product(
        asin=asin,
        title=_title(f"{brand} {model}", titled, design, material, rng),
        description=" ".join([opening, *(f"{_about(each, design, rng)}." for each in told)]),
        bullets=_bullets([each for each in rest if each not in told], design, rng),
        prices=_prices(design, rng),
        options=design.options,
        attributes=tuple(bare(attribute) for attribute in design.attributes),
        category=kind.department,
        query=kind.plural,
        path=kind.path,
        nouns=tuple(f"{brand} {model} {kind.name} {material}".lower().split()),
    )


def bare(attribute: str) -> str:
    """The attribute without its article, as goals name it."""
    return attribute.removeprefix("an ").removeprefix("a ")


def _titled(attributes: list[str], adjectives: tuple[str, ...], rng: random.Random) -> list[str]:
    """What the title tells: at most one adjective and one feature."""
    first = [each for each in attributes if each in adjectives][:1]
    second = [each for each in attributes if each not in adjectives][:1]
    return [*(first if rng.random() < 0.8 else []), *(second if rng.random() < 0.6 else [])]


def _title(name: str, titled: list[str], design: Design, material: str, rng: random.Random) -> str:
    adjectives = [each for each in titled if each in design.kind.adjectives]
    features = [bare(each) for each in titled if each not in design.kind.adjectives]
    what = design.kind.name.title()
    before = f"{adjectives[0].title()} " if adjectives else ""
    after = f" with {features[0].title()}" if features else ""
    if rng.random() < 0.5:
        return f"{name} {before}{what}{after}, {material.title()}"
    return f"{name} {material.title()} {what}{after}" + (f", {before}".rstrip() if before else "")


def _bullets(attributes: list[str], design: Design, rng: random.Random) -> tuple[str, ...]:
    fillers = draw(rng, _FILLERS, 2 if attributes else 3)
    lines = [*(_about(attribute, design, rng) for attribute in attributes), *fillers]
    return tuple(draw(rng, lines, len(lines)))


def _about(attribute: str, design: Design, rng: random.Random) -> str:
    adjective = attribute in design.kind.adjectives
    line = pick(rng, _ABOUT_ADJECTIVE if adjective else _ABOUT_FEATURE).format(attribute)
    return line[0].upper() + line[1:]


def _prices(design: Design, rng: random.Random) -> tuple[float, ...]:
    if rng.random() < _RANGE:
        return (design.price, round(design.price * 1.2, 2))
    return (design.price,)
