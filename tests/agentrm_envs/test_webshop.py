"""WebShop's pages and actions, and where it does better than upstream."""

from __future__ import annotations

import json
import random
from dataclasses import replace

import pytest

import agentrm_envs
from agentrm_envs.errors import EnvError, NotStarted
from agentrm_envs.playing import hostile
from agentrm_envs.webshop import pages
from agentrm_envs.webshop.catalogue import listed
from agentrm_envs.webshop.env import WebShopEnv
from agentrm_envs.webshop.pages import Piece
from agentrm_envs.webshop.product import Product
from tests.agentrm_envs.webshop_transcript import GOLDEN, transcript

TASK = "the only task"


def product(asin: str, title: str, **about) -> Product:
    known = {
        "description": "Made of oak.",
        "bullets": ("Sturdy", "Easy to clean"),
        "prices": (20.0,),
        "options": {},
        "attributes": ("sturdy",),
        "category": "home",
        "query": "chairs",
        "path": "Home \u203a Chairs",
        "nouns": ("chair",),
    }
    return Product(asin=asin, title=title, **{**known, **about})


SHARED = {"frame": ("black", "oak"), "seat": ("black", "red")}
ODD = {"color": ('16" red', "caf\u00e9", "blue")}
PRODUCTS = [
    product("B1", "Red chair", options=SHARED),
    product("B2", "Blue chair", options=ODD, prices=(20.0, 40.5)),
    *(product(f"C{number:02}", "Plain chair number") for number in range(60)),
]


class OneTask(WebShopEnv):
    """A shop with one task, of its own products."""

    wanted: tuple[str, dict[str, str]] = ("B1", {"frame": "black", "seat": "black"})

    def _find(self, task_id: str):
        asin, options = self.wanted
        return {
            "asin": asin,
            "instruction": "Find me a sturdy chair, and price lower than 30.00 dollars",
            "attributes": ["sturdy"],
            "options": options,
            "price_upper": 30.0,
        }

    def _catalogue(self, task):
        return listed(PRODUCTS, {p.asin: p.prices[0] for p in PRODUCTS})


def shop(*actions: str, **settings) -> OneTask:
    env = OneTask(max_steps=50, **settings)
    env.reset(options={"task": TASK})
    for action in actions:
        env.step(action)
    return env


def clickable(env: OneTask) -> list[str]:
    return env.available_actions()["clickables"]


def after(env: OneTask, action: str) -> str:
    return env.step(action)[0]


def test_the_golden_transcript_is_unchanged():
    assert transcript() == GOLDEN.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "action",
    ["", "chair", "search[]", "Search[chair]", "search", "click[search]", "click[buy now]", "[x]"],
)
def test_an_action_that_means_nothing_changes_nothing_and_costs_a_step(action):
    env = shop()
    before = env.place
    observation, reward, terminated, truncated, _ = env.step(action)
    assert (observation, reward, terminated, truncated) == (
        "WebShop [SEP] Instruction: [SEP] Find me a sturdy chair, and price lower than 30.00 "
        "dollars [SEP] Search",
        0.0,
        False,
        False,
    )
    assert env.place == before
    assert len(env.snapshot().actions) == 1


def test_a_search_works_from_any_page_and_forgets_options_but_not_what_was_seen():
    env = shop("search[red chair]", "click[b1]", "click[oak]", "search[blue chair]")
    assert env.place.page == "results"
    assert env.place.options == ()
    assert env.place.seen == ("B1",)


def test_an_option_without_a_text_can_be_clicked_upstream_and_shows_nothing():
    page = [Piece("option", "oak"), Piece("option", ""), Piece("button", "Buy Now")]
    assert pages.clickables(page) == ["buy now", "oak", ""]
    for mode, text in (
        ("text", "oak [SEP] Buy Now"),
        ("text_rich", "  [button] oak [button_]\n[button] Buy Now [button_]\n"),
    ):
        assert pages.told(page, mode) == text
    product = replace(PRODUCTS[0], options={"wood": ("", "oak")})
    page = pages.item_page("x", product, clicked=[("wood", "")], attributes=False)
    assert "" in pages.clickables(page)
    assert "You have clicked" not in pages.told(page, "text_rich")


def test_ten_products_a_page_of_at_most_fifty():
    env = shop("search[chair]")
    pages = []
    for _ in range(7):
        pages.append([name for name in clickable(env) if name[0] in "bc" and name[1].isdigit()])
        env.step("click[next >]")
    assert [len(page) for page in pages] == [10, 10, 10, 10, 10, 0, 0]
    assert len({name for page in pages for name in page}) == 50
    for _ in range(6):
        env.step("click[< Prev]")
    assert env.place.number == 2


def test_previous_leads_from_a_sub_page_to_the_product_and_on_to_its_results():
    env = shop("search[chair]", "click[next >]", "search[red]", "click[B1]", "click[features]")
    assert after(env, "click[< prev]").endswith("Buy Now")
    assert "Page 1" in after(env, "click[< prev]")


def test_back_to_search_forgets_everything():
    assert shop("search[red]", "click[b1]", "click[oak]", "click[back to search]").place == (
        shop().place
    )


def test_sub_pages_show_the_description_and_the_features_and_no_reviews():
    env = shop("search[red chair]", "click[b1]")
    for part, text in (("description", " [SEP] Made of oak."), ("reviews", "")):
        assert after(env, f"click[{part}]").endswith(f"Back to Search [SEP] < Prev{text}")
        env.step("click[< prev]")
    assert after(env, "click[Features]").endswith(" [SEP] Sturdy [SEP] Easy to clean")


def test_attributes_are_shown_only_where_the_shop_shows_them():
    assert "attributes" not in clickable(shop("search[red]", "click[b1]"))
    env = shop("search[red]", "click[b1]", show_attributes=True)
    assert after(env, "click[attributes]").endswith(
        "[SEP] sturdy [SEP] home [SEP] chairs [SEP] Home \u203a Chairs"
    )


def test_an_option_that_two_choices_share_can_be_chosen_for_both():
    env = shop("search[red]", "click[b1]", "click[black]", "click[black]")
    assert dict(env.place.options) == {"frame": "black", "seat": "black"}
    *_, info = env.step("click[buy now]")
    assert info["success"]
    assert info["score"] == 1.0


def test_upstream_can_choose_a_shared_value_for_the_last_option_only():
    env = shop("search[red]", "click[b1]", "click[black]", "click[black]", upstream_quirks=True)
    assert dict(env.place.options) == {"seat": "black"}


@pytest.mark.parametrize("value", ['16" red', "caf\u00e9", "blue"])
def test_what_is_chosen_shows_as_clicked(value):
    env = shop("search[blue]", "click[b2]", f"click[{value}]", mode="text_rich")
    lines = [line for line in env.step("nonsense")[0].splitlines() if "clicked" in line]
    assert lines == [f"You have clicked {value}.", f"  [clicked button] {value} [clicked button_]"]


@pytest.mark.parametrize(("value", "shown"), [('16" red', 0), ("caf\u00e9", 0), ("blue", 2)])
def test_upstream_does_not_show_every_value_as_clicked(value, shown):
    env = shop(
        "search[blue]", "click[b2]", f"click[{value}]", mode="text_rich", upstream_quirks=True
    )
    lines = [line for line in env.step("nonsense")[0].splitlines() if "clicked" in line]
    assert len(lines) == shown


def test_opened_products_show_as_clicked_on_the_results_page():
    env = shop("search[red blue]", "click[b1]", mode="text_rich")
    page = after(env, "click[< prev]")
    assert "\n[clicked button] B1 [clicked button_]\n" in page
    assert "\n[button] B2 [button_]\n" in page


def test_words_for_testing_are_only_words():
    for query in ("<r>", "<r> chair", "<a> chair", "<c>", "<c> home", "<q> chairs"):
        env = shop(f"search[{query}]")
        listed_ids = env.shop.found(env.place.keywords)
        plain = shop(f"search[{query.replace('<', '').replace('>', '')}]")
        assert listed_ids == plain.shop.found(plain.place.keywords)


def test_upstreams_words_for_testing_list_what_they_did_or_do_nothing_where_they_failed():
    def found(action: str) -> int:
        env = shop(action, upstream_quirks=True)
        return len(env.shop.found(env.place.keywords)) if env.place.page == "results" else -1

    assert found("search[<r>]") == 50
    assert found("search[<q> chairs]") == found("search[<c> home]") == len(PRODUCTS)
    assert found("search[<q> tables]") == 0
    assert found("search[<a> sturdy]") == found("search[<c>]") == -1


def test_the_last_page_keeps_the_score_to_itself_unless_asked_to_be_as_upstream():
    bought = ("search[red]", "click[b1]")
    quiet = shop(*bought).step("click[buy now]")
    assert quiet[0] == "Thank you for shopping with us!"
    for settings in ({"upstream_quirks": True}, {"data": "official"}):
        text, reward, *_ = shop(*bought, **settings).step("click[buy now]")
        assert "(min 0.0, max 1.0) [SEP] 0.5 [SEP]" in text
        assert reward == 0.5


def test_running_out_of_steps_scores_nothing():
    env = agentrm_envs.make("webshop")
    env.reset(seed=0)
    for _ in range(10):
        _, _, terminated, truncated, info = env.step("click[search]")
    assert (terminated, truncated, info["score"]) == (False, True, 0.0)


def test_a_price_range_costs_the_same_in_every_episode():
    env = agentrm_envs.make("webshop")
    env.reset(seed=0)
    ranged = next(p for p in env.shop.catalogue.products() if len(p.prices) == 2)
    assert ranged.prices[0] < env.shop.catalogue.price(ranged.asin) < ranged.prices[1]


def test_a_snapshot_is_a_small_value():
    env = shop("search[red]", "click[b1]", "click[oak]")
    state = env.snapshot().state
    env.step("click[buy now]")
    env.restore(env.snapshot())
    assert hash(state) == hash(shop("search[red]", "click[b1]", "click[oak]").snapshot().state)


@pytest.mark.parametrize(
    ("bullets", "text", "rich"),
    [
        (("Good", ""), "Good [SEP] ", " Good\n \n"),
        (("Good", " \n "), "Good", " Good\n"),
        (("", "Good"), " [SEP] Good", " \n Good\n"),
        (("\u00a0",), "", " \u00a0\n"),
    ],
)
def test_blank_texts_are_kept_as_upstreams_parser_keeps_them(bullets, text, rich):
    page = pages.part_page("x", product("B1", "Chair", bullets=bullets), "Features")[4:]
    assert pages.told(page, "text") == text
    assert pages.told(page, "text_rich") == rich


@pytest.mark.parametrize(
    "settings",
    [
        {"mode": "text_rich", "upstream_quirks": True},
        {"protocol": "agentboard", "max_steps": 40},
        {"show_attributes": True},
    ],
)
def test_hostile_text_is_answered_in_every_setting(settings):
    env = agentrm_envs.make("webshop", **settings)
    rng = random.Random(0)
    env.reset(seed=0)
    for number, action in enumerate(hostile(300, seed=5)):
        known = rng.choice(env.valid_actions() or ["x"])
        mixed = (action, known, known + action, f"search[{action}]", f"click[{action}]")
        text, _, terminated, truncated, info = env.step(mixed[number % 5])
        text.encode()
        json.dumps(info, allow_nan=False)
        if terminated or truncated:
            env.reset(seed=number)


def test_unknown_modes_and_protocols_are_named():
    with pytest.raises(EnvError, match=r"html.*text, text_rich"):
        agentrm_envs.make("webshop", mode="html")
    with pytest.raises(EnvError, match=r"bench.*agentboard"):
        agentrm_envs.make("webshop", protocol="bench")


def test_there_is_no_shop_before_reset():
    with pytest.raises(NotStarted):
        agentrm_envs.make("webshop").shop  # noqa: B018
    with pytest.raises(NotStarted):
        agentrm_envs.make("webshop").goal  # noqa: B018
