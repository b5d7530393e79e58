"""WebShop is held against what upstream's own code answered."""

from __future__ import annotations

import random

import pytest

from agentrm_envs.webshop import goals as goal_maker
from agentrm_envs.webshop.analyzer import terms
from tests.agentrm_envs import webshop_recorded as recorded
from tests.agentrm_envs.webshop_recorded import RecordedShop

STEPS = 100


def play(mode: str, *, quirks: bool):
    """Each recorded step beside what ours answers: (recorded, observation, step, available)."""
    env = RecordedShop(max_steps=STEPS, mode=mode, upstream_quirks=quirks, data="official")
    for number, trajectory in enumerate(recorded.golden()):
        if trajectory["mode"] != mode:
            continue
        observation, _ = env.reset(options={"task": f"golden/{number}"})
        first = {"obs": trajectory["init"], "available": trajectory["init_actions"]}
        yield trajectory, first, observation, None, env.available_actions()
        for step in trajectory["steps"]:
            observation, *answer = env.step(step["action"])
            yield trajectory, step, observation, answer, env.available_actions()


@pytest.mark.parametrize("quirks", [True, False])
@pytest.mark.parametrize(("mode", "count"), [("text", 1000), ("text_rich", 238)])
def test_every_recorded_step_is_answered_to_the_byte(mode, count, quirks):
    seen = 0
    for trajectory, step, observation, answer, available in play(mode, quirks=quirks):
        seen += 1
        assert observation == step["obs"]
        assert available == step["available"]
        if answer is not None:
            reward, terminated, _, info = answer
            assert (reward, terminated) == (step["reward"], step["done"])
            if terminated:
                parts = trajectory["reward_info"]
                assert {name: info[name] for name in parts} == parts
    assert seen == count


def test_every_recorded_search_finds_lucenes_products_in_its_order():
    queries = recorded.recorded("lucene_top50_1k.json.gz")
    wrong = [query for query, asins in queries if recorded.shop().search(query) != tuple(asins)]
    assert len(queries) == 2384
    assert wrong == []


def test_products_are_read_as_upstream_processed_them():
    documents = recorded.recorded("documents_1k.jsonl.gz")
    assert len(documents) == len(recorded.products()) == 1000
    for product, document in zip(recorded.products(), documents, strict=True):
        theirs = document["product"]
        assert product.contents == document["contents"]
        assert product.asin == document["id"]
        assert product.title == theirs["Title"]
        assert product.description == theirs["Description"]
        assert product.price_tag == theirs["Price"]
        assert list(product.bullets) == theirs["BulletPoints"]
        assert list(product.attributes) == theirs["Attributes"]
        assert {name: list(values) for name, values in product.options.items()} == theirs["options"]


def test_synthetic_goals_are_upstreams_in_its_order():
    made = goal_maker.synthetic(
        recorded.products(),
        recorded.attributes(),
        recorded.goals()["prices"],
        random.Random(0),
    )
    theirs = recorded.goals()["goals"]
    ours = goal_maker.shuffled(made)
    assert len(ours) == len(theirs) == 6910
    for goal, other in zip(ours, theirs, strict=True):
        price_free = other["instruction_text"].partition(", and price lower than")[0]
        assert goal.asin == other["asin"]
        assert goal.options == other["goal_options"]
        assert list(goal.attributes) == other["attributes"]
        assert goal.instruction.startswith(price_free)


def test_prices_that_tags_name_are_upstreams():
    ours = goal_maker.fixed_prices(recorded.products(), random.Random(0))
    theirs = recorded.goals()["prices"]
    single = [product.asin for product in recorded.products() if len(product.prices) == 1]
    assert len(single) == 907
    assert all(ours[asin] == theirs[asin] for asin in single)
    for product in recorded.products():
        assert min(product.prices) <= ours[product.asin] <= max(product.prices)


def test_terms_of_a_text_are_those_of_its_parts_between_spaces():
    """The index analyzes each part once, so a space must always separate terms."""
    for product in recorded.products()[:300]:
        parts = [term for part in product.contents.split() for term in terms(part)]
        assert parts == terms(product.contents)
