"""WebShop's reward and the likeness of texts that it rests on."""

from __future__ import annotations

import itertools
import random
from dataclasses import replace

import pytest

from agentrm_envs.webshop.fuzzy import token_set_ratio
from agentrm_envs.webshop.product import Goal, Product
from agentrm_envs.webshop.reward import best_reward, reward, type_reward

LAMP = Product(
    asin="B1",
    title="Kelko Desk Lamp",
    description="Lights up a desk. Touch controlled.",
    bullets=("With a usb port", "Brass"),
    prices=(25.0,),
    options={"color": ("black", "navy blue", "teal"), "size": ("small", "x-large")},
    attributes=("energy saving",),
    category="lighting",
    query="desk lamps",
    path="Home \u203a Lamps \u203a Desk",
    nouns=("kelko", "desk", "lamp"),
)
GOAL = Goal("B1", "a lamp", ("usb port", "energy saving"), {"color": "teal"}, 30.0).about(LAMP)
RIGHT = {"color": "teal"}


def score(product=LAMP, goal=GOAL, options=RIGHT, price=25.0) -> float:
    return reward(product, goal, price=price, options=options)[0]


def test_buying_what_is_asked_for_scores_one_and_each_lack_its_share():
    assert score() == 1.0
    assert score(options={"color": "black"}) == score(options={}) == 0.75
    assert score(price=30.01) == 0.75
    assert score(price=30.0) == 1.0
    assert score(product=replace(LAMP, attributes=("magnetic",))) == 0.75
    assert score(product=replace(LAMP, bullets=())) == 0.75


def test_the_parts_add_up_to_the_score():
    total, parts = reward(LAMP, GOAL, price=99.0, options=RIGHT)
    sides = (("r_att", "w_att"), ("r_option", "w_option"), ("r_price", "w_price"))
    assert parts["w_att"] + parts["w_option"] + parts["w_price"] == 1.0
    assert total == parts["r_type"] * sum(parts[part] * parts[weight] for part, weight in sides)


def test_parts_without_options_or_limit_are_left_out():
    free = replace(GOAL, options={}, price_upper=0.0)
    _, parts = reward(LAMP, free, price=1.0, options={})
    assert not {"r_option", "w_option", "r_price", "w_price"} & set(parts)


@pytest.mark.parametrize(
    ("attribute", "where"),
    [
        ("desk lamp", "title"),
        ("touch controlled", "description"),
        ("with a usb port brass", "bullets, joined"),
        ("saving energy", "attributes, in any order"),
    ],
)
def test_an_attribute_may_be_anywhere(attribute, where):
    assert score(goal=replace(GOAL, attributes=(attribute,))) == 1.0, where


@pytest.mark.parametrize(
    ("query", "path", "nouns", "expected"),
    [
        ("desk lamps", "Toys \u203a Lamps", ("desk", "kite"), 1.0),
        ("kites", "Home \u203a Lamps \u203a Floor", ("lamp", "x"), 1.0),
        ("kites", "Toys", ("lamp", "desk"), 1.0),
        ("kites", "Toys", ("kelko",), 1.0),
        ("kites", "Home \u203a Toys", (), 0.0),
        ("desk lamps", "Home \u203a Lamps \u203a Desk", ("kite",), 0.0),
    ],
)
def test_the_kind_counts_by_query_category_or_title(query, path, nouns, expected):
    other = replace(LAMP, query=query, path=path, nouns=nouns)
    assert type_reward(other, GOAL)["r_type"] == expected


def test_the_kind_of_a_title_that_shares_little_counts_half_or_a_tenth():
    many = replace(GOAL, nouns=tuple("abcdefghijkl"), query="kites", path="Toys")
    assert type_reward(replace(LAMP, nouns=("a", "b")), many)["r_type"] == 0.5
    assert type_reward(replace(LAMP, nouns=("a",)), many)["r_type"] == 0.1
    assert type_reward(replace(LAMP, nouns=("a",)), replace(many, nouns=()))["r_type"] == 0.5


def test_nouns_of_the_goal_count_with_their_repeats():
    goal = replace(GOAL, nouns=("lamp", "lamp", "desk", "kite"))
    assert type_reward(replace(LAMP, nouns=("lamp",)), goal)["title_score"] == 0.25


def test_a_colour_stands_for_every_shade_where_people_ask_for_it():
    people = replace(GOAL, options=("blue",))
    assert score(goal=people, options={"color": "navy blue"}) == 1.0
    assert score(goal=people, options={"color": "black"}) == 0.75


def test_named_options_are_compared_with_their_name_as_upstream_does():
    sized = replace(GOAL, options={"size": "x-large"})
    assert score(goal=sized, options={"size": "x-large"}) == 1.0
    assert score(goal=sized, options={"size": "large"}) == 1.0
    assert score(goal=sized, options={"size": "small"}) == 0.75


def test_the_best_reward_is_that_of_the_best_choice_of_options():
    rng = random.Random(0)
    values = ("black", "teal", "navy blue", "x-large", "small", "12 ounce", "2-pack")
    for _ in range(200):
        options = {name: tuple(rng.sample(values, 3)) for name in ("color", "size", "pack")}
        product = replace(LAMP, options=options)
        wanted = {name: rng.choice(values) for name in rng.sample(sorted(options), 2)}
        goal = replace(GOAL, options=wanted)
        every = (
            dict(zip(options, each, strict=True)) for each in itertools.product(*options.values())
        )
        best = max(score(product, goal, choice) for choice in every)
        assert best_reward(product, goal, price=25.0) == best


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("machine washable", "washable machine", 100),
        ("machine wash", "machine washable", 86),
        ("usb", "usb port", 100),
        ("", "usb", 0),
        ("---", "usb", 0),
        ("na\u00efve caf\u00e9", "nave caf", 100),
        ("red shoes", "blue hats", 44),
        ("black_style_7", "style: 7", 100),
        ("Long Sleeve", "long sleeves", 96),
    ],
)
def test_likeness_is_thefuzzs(one, other, expected):
    """The expected numbers are those of thefuzz 0.22."""
    assert token_set_ratio(one, other) == expected


def test_likeness_is_that_of_its_definition():
    rng = random.Random(1)
    for _ in range(300):
        one, other = (" ".join(rng.choices(("ab", "abc", "bcd", "de", "x"), k=3)) for _ in "12")
        assert token_set_ratio(one, other) == plain_ratio(set(one.split()), set(other.split()))


def plain_ratio(left: set[str], right: set[str]) -> int:
    """rapidfuzz's definition with a table for the common subsequence."""
    if left & right and (left <= right or right <= left):
        return 100
    shared = " ".join(sorted(left & right))
    one = " ".join([*([shared] if shared else []), *sorted(left - right)])
    two = " ".join([*([shared] if shared else []), *sorted(right - left)])
    ratios = [alike(one, two)] + ([alike(shared, one), alike(shared, two)] if shared else [])
    return round(max(ratios))


def alike(one: str, two: str) -> float:
    rows = [0] * (len(two) + 1)
    for a in one:
        before = rows[:]
        for at, b in enumerate(two):
            rows[at + 1] = before[at] + 1 if a == b else max(rows[at], before[at + 1])
    return 100 * 2 * rows[-1] / (len(one) + len(two))
