"""WebShop's reward for a purchase, and its parts.

Yao et al., "WebShop: Towards Scalable Real-World Web Interaction with Grounded Language
Agents", 2022, equations 2 and 3, in the form of the code that the paper's numbers are from.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from agentrm_envs.webshop.fuzzy import token_set_ratio
from agentrm_envs.webshop.product import Goal, Product

ALIKE = 85
"""An attribute or option counts as met above this `token_set_ratio`."""
_COLORS = (
    "alabaster apricot aqua ash asphalt azure banana beige black blue blush bordeaux bronze brown "
    "burgundy camel camo caramel champagne charcoal cheetah chestnut chocolate christmas coffee "
    "cognac copper coral cranberry cream crystal dark denim eggplant elephant espresso fuchsia "
    "gold granite grape graphite grass gray green grey heather indigo ivory ivy khaki lavender "
    "lemon leopard light lilac lime magenta maroon mauve merlot midnight mint mocha multicolor "
    "mushroom mustard natural navy nude olive orange peach pewter pink plum purple rainbow red "
    "rose royal rust sand sapphire seashell silver skull slate steel stone stonewash sunflower tan "
    "taupe teal tiger turquoise violet walnut wheat white wine yellow"
)
COLORS = tuple(_COLORS.split())
"""The first of these that an option contains stands for the option."""


def reward(
    product: Product, goal: Goal, *, price: float, options: Mapping[str, str]
) -> tuple[float, dict[str, Any]]:
    """The score in [0, 1] of buying the product at a price (dollars), and its parts."""
    chosen = [_color(option, option) for option in options.values()]
    matched = sum(_matched(option, chosen) for option in _wanted(goal))
    return _scored(product, goal, price, matched)


def best_reward(product: Product, goal: Goal, *, price: float) -> float:
    """The best score in [0, 1] that buying the product can bring, whatever options are chosen."""
    wanted = _wanted(goal)
    reached = {0}
    for values in product.options.values():
        met = {_met(value, wanted) for value in values} or {0}
        reached = {before | more for before in reached for more in met}
    return _scored(product, goal, price, max(mask.bit_count() for mask in reached))[0]


def _met(value: str, wanted: Sequence[str]) -> int:
    """Which of the wanted options a value meets, a bit each."""
    chosen = [_color(value, value)]
    return sum(1 << at for at, option in enumerate(wanted) if _matched(option, chosen))


def _scored(
    product: Product, goal: Goal, price: float, matched: int
) -> tuple[float, dict[str, Any]]:
    """The score and its parts, with `matched` of the goal's options met."""
    kind = type_reward(product, goal)
    met = sum(_has(product, attribute) for attribute in goal.attributes)
    cheap = price <= goal.price_upper if goal.price_upper > 0 else None
    size = len(goal.attributes) + len(goal.options) + 1
    score = (met + matched + bool(cheap)) / size * kind["r_type"]
    parts: dict[str, Any] = {
        "r_type": kind["r_type"],
        "r_att": met / max(len(goal.attributes), 1),
        "w_att": len(goal.attributes) / size,
        "query_match": kind["query_match"],
        "category_match": kind["category_match"],
        "title_score": kind["title_score"],
    }
    if goal.options:
        wanted = len(goal.options)
        parts |= {"r_option": matched / wanted, "w_option": wanted / size}
    if cheap is not None:
        parts |= {"r_price": cheap, "w_price": 1 / size}
    return score, parts


def type_reward(product: Product, goal: Goal) -> dict[str, Any]:
    """Whether it is the kind of product that was asked for: `r_type` in [0, 1], and why."""
    query_match = product.query == goal.query
    category_match = len(_levels(product.path) & _levels(goal.path)) >= 2
    shared = len(set(product.nouns) & set(goal.nouns))
    title_score = shared / len(goal.nouns) if goal.nouns else 0.2
    kind = 1.0 if query_match or category_match or title_score > 0.2 else 0.5
    if title_score < 0.1:
        kind = 0.1
    if title_score == 0.0:
        kind = 0.0
    return {
        "r_type": kind,
        "query_match": query_match,
        "category_match": category_match,
        "title_score": title_score,
    }


def _levels(path: str) -> set[str]:
    return {level.strip() for level in path.split("\u203a")}


def _has(product: Product, attribute: str) -> bool:
    if any(token_set_ratio(own, attribute) > ALIKE for own in product.attributes):
        return True
    bullets = " ".join(product.bullets)
    return any(attribute in text.lower() for text in (product.title, bullets, product.description))


def _wanted(goal: Goal) -> list[str]:
    """The options of the goal as upstream compares them.

    Where they have names, upstream compares the pair (name, value): it stands for a colour
    only where one of the two is that colour's very name, and both are compared as words.
    """
    if isinstance(goal.options, Mapping):
        return [_color(pair, f"{pair}") for pair in goal.options.items()]
    return [_color(option, option) for option in goal.options]


def _color(option: str | tuple[str, str], otherwise: str) -> str:
    return next((color for color in COLORS if color in option), otherwise)


def _matched(wanted: str, chosen: Iterable[str]) -> bool:
    return any(token_set_ratio(option, wanted) > ALIKE for option in chosen)
