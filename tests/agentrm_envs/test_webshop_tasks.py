"""WebShop's built-in shop and tasks: many, varied, apart, solvable by looking, not by luck."""

from __future__ import annotations

import itertools
import random
import re
from collections import Counter

import pytest

import agentrm_envs
from agentrm_envs.chat import instruction, parse_action, worked_examples
from agentrm_envs.errors import NoPlan
from agentrm_envs.playing import at_random, play
from agentrm_envs.record import Task
from agentrm_envs.task_lists import task_table
from agentrm_envs.webshop import assortment, designs, generate, stored
from agentrm_envs.webshop.bm25 import Index
from agentrm_envs.webshop.fuzzy import token_set_ratio
from agentrm_envs.webshop.reward import best_reward
from agentrm_envs.webshop.wares import kinds
from agentrm_envs.webshop.wording import task_of

PRODUCT = re.compile(r"click\[B[0-9A-Z]{6}\]")
EXAMPLES = tuple(f"family-{number}" for number in generate.SHOWN)


def table(split: str):
    return task_table("webshop", split)


def family_of(task) -> int:
    return assortment.number_of(task["asin"]) // designs.MEMBERS


@pytest.fixture
def env():
    return agentrm_envs.make("webshop")


def test_there_are_enough_tasks_and_products_of_many_kinds():
    assert (len(table("train")), len(table("test"))) == (1_500, 300)
    assert len(assortment.Shelf()) >= 20_000
    assert len({kind.department for kind in kinds()}) >= 12
    assert len({kind.name for kind in kinds()}) == len(kinds()) == 112
    for split in ("train", "test"):
        sold = Counter(
            kinds()[family_of(task) % len(kinds())].department for task in table(split).values()
        )
        assert len(sold) == 16
        assert max(sold.values()) <= 0.15 * len(table(split))


def test_train_and_test_share_no_product_no_family_and_no_instruction():
    train, test = table("train").values(), table("test").values()
    families = [family_of(task) for task in (*train, *test)]
    assert len(set(families)) == len(families)
    wishes = [task["instruction"].partition(", and price")[0] for task in (*train, *test)]
    assert not set(wishes[:1_500]) & set(wishes[1_500:])


def test_the_tables_are_what_the_generator_makes():
    for task in (*table("train").values(), *table("test").values()):
        assert task == task_of(designs.family(family_of(task)))


def test_the_generator_admits_the_same_tasks_again():
    again = list(itertools.islice(generate.admitted(), 40))
    assert again == list(table("train").values())[:40]


def test_every_goal_has_near_misses_that_a_careless_customer_would_buy(env):
    catalogue = assortment.assortment()
    misses = Counter()
    for task_id, task in itertools.islice(table("test").items(), 60):
        env.reset(options={"task": task_id})
        number = family_of(task) * designs.MEMBERS
        scores = []
        for each in range(number, number + designs.MEMBERS):
            product = assortment.make(each)
            price = catalogue.price(product.asin)
            scores.append(best_reward(product, env.goal, price=price))
            assert (product.asin == task["asin"]) <= (scores[-1] == 1.0)
        near = [score for score in scores if 0.3 < score < 1.0]
        misses[len(near)] += 1
    assert min(misses) >= 5
    assert sum(count for number, count in misses.items() if number >= 6) >= 50


def test_goals_are_worded_in_many_ways():
    texts = [task["instruction"] for task in table("train").values()]
    assert len({" ".join(text.split()[:2]) for text in texts}) >= 11
    for shape in (" with color: ", " in color ", " i prefer ", " it should be ", " that are "):
        assert sum(shape in text for text in texts) >= 30
    assert all(", and price lower than " in text for text in texts)


def test_attributes_are_told_in_every_part_of_a_products_pages():
    places = Counter()
    for number in range(2_000):
        product = assortment.make(number)
        for attribute in product.attributes:
            places["title"] += attribute in product.title.lower()
            places["description"] += attribute in product.description.lower()
            places["first"] += attribute in product.bullets[0].lower()
            places["later"] += attribute in " ".join(product.bullets[1:]).lower()
            text = " ".join((product.title, product.description, *product.bullets)).lower()
            assert attribute in text
    assert min(places.values()) >= 800


def test_no_value_of_an_option_passes_for_another():
    for kind in kinds():
        values = [
            (name, each)
            for name, all_ in zip(kind.options, kind.values, strict=True)
            for each in all_
        ]
        for (name, wanted), (_, chosen) in itertools.product(values, values):
            pair = (name, wanted)
            goal = wanted if token_set_ratio(wanted, wanted) == 100 else pair
            alike = token_set_ratio(chosen, f"{pair}") > 85
            assert alike == (chosen == goal) or wanted in chosen, (pair, chosen)


def test_attributes_of_a_kind_are_told_apart():
    for kind in kinds():
        for one, other in itertools.permutations((*kind.adjectives, *kind.features), 2):
            assert token_set_ratio(one, other) <= 85
            assert one not in other


def test_ids_are_of_the_product_and_nothing_else_is_an_id():
    rng = random.Random(0)
    for number in rng.sample(range(len(assortment.Shelf())), 500):
        assert assortment.number_of(assortment.asin_of(number)) == number
    shelf = assortment.Shelf()
    for asin in ("", "B", "C000000", "B00000", "b000000", "B00000\u00e9", "BZZZZZZ"):
        assert shelf.find(asin) is None
        assert asin not in assortment.assortment()


def test_search_is_hard_because_titles_share_their_words():
    catalogue = assortment.assortment()
    for query in ("desk lamps", "dog leash", "granola bars"):
        kinds_found = {catalogue.product(asin).query for asin in catalogue.search(query)}
        assert len(catalogue.search(query)) == 50
        assert len(kinds_found) <= 3


def test_random_play_solves_next_to_nothing(env):
    ends = [
        play(env, task, at_random(number)).answers[-1].info for number, task in enumerate(env.tasks)
    ]
    assert sum(end["success"] for end in ends) <= 0.02 * len(ends)
    assert sum(end["score"] for end in ends) <= 0.2 * len(ends)


def test_buying_the_first_result_with_the_named_options_is_not_enough(env):
    def hasty(env) -> str:
        valid = env.valid_actions()
        if env.place.page == "index":
            return valid[0]
        if env.place.page == "results":
            return next(f"click[{piece.text}]" for piece in env.page() if piece.kind == "link")
        chosen = {value for _, value in env.place.options}
        named = (
            p.text for p in env.page() if p.kind == "option" and p.text in env.goal.instruction
        )
        return next((f"click[{text}]" for text in named if text not in chosen), "click[buy now]")

    ends = [play(env, task, hasty).answers[-1].info for task in env.tasks]
    assert 0.1 <= sum(end["success"] for end in ends) / len(ends) <= 0.4


def test_the_expert_reads_before_it_buys_and_returns_from_what_it_rejects(env):
    plan = agentrm_envs.expert("webshop")
    kinds_of_action = Counter()
    for task in env.tasks[:100]:
        env.reset(options={"task": task})
        actions = plan(env)
        opened = sum(PRODUCT.fullmatch(action) is not None for action in actions)
        kinds_of_action["reads"] += "click[Features]" in actions
        kinds_of_action["returns"] += opened > 1
        assert actions[-1] == "click[Buy Now]"
    assert kinds_of_action["reads"] >= 25
    assert kinds_of_action["returns"] >= 20


def test_the_expert_sees_no_more_than_the_pages(env, monkeypatch):
    """With another goal behind the same words it does the same."""
    plan = agentrm_envs.expert("webshop")
    env.reset(options={"task": env.tasks[0]})
    expected = plan(env)
    monkeypatch.setattr(env, "_task", {**env._task, "asin": "B000000", "attributes": ["x"]})
    assert plan(env) == expected


def test_the_expert_goes_on_from_any_page(env):
    plan = agentrm_envs.expert("webshop")
    task = env.tasks[1]
    for before in (
        ["search[gift]"],
        ["search[gift]", "click[next >]"],
        ["search[zzzz]"],
        ["search[gift]", "click[features]"],
    ):
        env.reset(options={"task": task})
        for action in before:
            env.step(action)
        actions = plan(env)
        assert 0 < len(actions) <= 10 - len(before)
    for action in actions:
        env.step(action)
    assert plan(env) == []


def test_the_expert_does_not_shop_by_agentboards_protocol():
    env = agentrm_envs.make("webshop", protocol="agentboard")
    env.reset(seed=0)
    with pytest.raises(NoPlan, match="agentboard"):
        agentrm_envs.expert("webshop")(env)


def test_the_worked_examples_are_real_and_of_no_task(env):
    task = Task("webshop", env.tasks[0])
    known = {family_of(row) for split in ("train", "test") for row in table(split).values()}
    for example, task_id in zip(worked_examples(task), EXAMPLES, strict=True):
        assert int(task_id.partition("-")[2]) not in known
        observation, info = env.reset(options={"task": task_id})
        said = [message["content"] for message in example]
        assert said[0] == f"Your task: {info['goal']}\n{observation}"
        for number, completion in enumerate(said[1::2], 1):
            observation, *_, info = env.step(parse_action(completion))
            assert said[2 * number : 2 * number + 1] in ([observation], [])
        assert info["success"]


def test_the_instruction_is_short_and_names_both_actions():
    text = instruction(Task("webshop", "test-0000"))
    assert len(text.split()) <= 150
    for words in ("search[words]", "click[name]", "Buy Now", "Action: <action>"):
        assert words in text


def test_the_shops_index_is_made_once_and_then_kept(monkeypatch):
    assortment.assortment()
    kept = stored.cache_folder() / "webshop" / assortment._version()[:32]
    assert Index.load(kept).search("desk lamp") == assortment.build().search("desk lamp")
    monkeypatch.setattr(assortment, "build", lambda: pytest.fail("it was made again"))
    assortment.assortment.cache_clear()
    assert len(assortment.assortment().search("desk lamp")) == 50
