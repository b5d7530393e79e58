"""AgentBoard's protocol of WebShop: its pages, errors and progress rate."""

from __future__ import annotations

import re

import pytest

import agentrm_envs
from agentrm_envs.playing import at_random, play
from agentrm_envs.webshop.agentboard import PER_PAGE
from agentrm_envs.webshop.catalogue import listed
from tests.agentrm_envs.test_webshop import PRODUCTS, OneTask, product

WRONG = "You can only click the button showed in the observation. "
LIMIT = "The page number is limited to 5, please choose another action. "
PRODUCT = re.compile(r"click\[B[0-9A-Z]{6}\]")
ERRORS = (WRONG, LIMIT)


BEDS = [
    product("B3", "King size bed", options={"length": ("5'", "6")}),
    product("B4", "King size mattress", prices=(10.0, 90.0)),
]
RUGS = [
    product(
        "B7", "Zebra rug", options={"style": ("tm \u2122 x", "", " ", "5 \\", "a\nb", r"\x", r"\d")}
    ),
    product("B8", "Zebra cup", description="\xa0"),
    product("B9", "Zebra pan", description=r"\n"),
]
FOUND = [*PRODUCTS, *BEDS, *RUGS]


class WithBeds(OneTask):
    def _catalogue(self, task):
        return listed(FOUND, {p.asin: p.prices[-1] for p in FOUND})


def board(*actions: str, **settings) -> OneTask:
    env = WithBeds(max_steps=50, protocol="agentboard", **settings)
    env.reset(options={"task": "the only task"})
    for action in actions:
        env.step(action)
    return env


def after(env, action: str) -> str:
    return env.step(action)[0]


def test_pages_are_told_in_agentboards_words():
    env = board()
    assert env.snapshot().outcome.observation == ("WEB PAGE: {Let us begin shopping \n[Search]}")
    assert after(env, "search[red frame seat]").startswith(
        "WEB PAGE: {\n[Back to Search] \nPage 1 (Total results: 15) \n[Next >] "
        "\n[B1] \nRed chair \n$20.0 \n[B2] \nBlue chair \n$20.0 to $40.5 "
    )
    assert after(env, "click[B1]") == (
        "WEB PAGE: {\n[Back to Search] \n[< Prev] \nframe [black][oak]\nseat [black][red]"
        "\nRed chair \nPrice: $20.0 \nRating: N.A. \n[Description] \n[Features] \n[Reviews] "
        "\n[Buy Now] }"
    )
    assert after(env, "click[oak]") == "WEB PAGE: {You have clicked oak.}"
    assert after(env, "click[Features]") == (
        "WEB PAGE: {\n[Back to Search] \n[< Prev] \n Sturdy \n Easy to clean }"
    )
    assert "frame [black][[oak]]\n" in after(env, "click[< Prev]")
    assert after(env, "click[Buy Now]") == "WEB PAGE: {Result: [False]}"


def test_three_products_a_page_and_five_pages():
    env = board("search[chair]")
    seen = []
    for number in range(1, 6):
        page = env.snapshot().outcome.observation
        assert f"Page {number} (" in page
        seen += [name for name in env.valid_actions() if name[6] in "BC" and name[7].isdigit()]
        text = after(env, "click[Next >]")
    assert len(set(seen)) == len(seen) == 5 * PER_PAGE
    assert text.startswith(LIMIT)
    assert "Page 5" in text
    assert "Page 4" in after(env, "click[< Prev]")


def test_upstream_lets_a_sixth_page_be_seen():
    env = board("search[chair]", *["click[Next >]"] * 4, upstream_quirks=True)
    assert "Page 6" in after(env, "click[Next >]")
    assert after(env, "click[Next >]").startswith(LIMIT)


def test_attributes_stand_as_in_agentboards_template():
    assert after(board("search[red]", "click[B1]"), "click[Attributes]") == (
        "WEB PAGE: {\n[Back to Search] \n[< Prev] \n sturdy \nhome \nchairs "
        f"\n\n{' ' * 28}Home  Chairs }}"
    )


@pytest.mark.parametrize("query", ["", "red/blue chair", "[red chair]", "/", "/[red]", " /red"])
def test_upstream_has_no_page_for_some_searches(query):
    lost = "WEB PAGE: {}"
    env = board(upstream_quirks=True)
    assert after(env, f"search[{query}]") == lost
    assert after(env, "click[Next >]") == lost
    assert after(env, "click[B1]").startswith(WRONG)
    assert after(env, "click[Back to Search]").startswith("WEB PAGE: {Let us begin")
    assert "[Next >]" in after(board(), f"search[{query}]")


@pytest.mark.parametrize("query", ["/zebra", "zebra/", "//zebra/"])
def test_slashes_at_the_ends_of_a_search_are_lost_in_upstreams_address(query):
    env = board(f"search[{query}]", upstream_quirks=True)
    assert "[B7] \nZebra rug" in env.snapshot().outcome.observation


@pytest.mark.parametrize(
    ("value", "lost"), [("5 \\", True), ("a\nb", True), (r"\x", True), (r"\d", False)]
)
def test_upstream_has_no_page_for_a_choice_that_python_cannot_read(value, lost):
    path = ("search[zebra]", "click[B7]", f"click[{value}]")
    assert (after(board(*path, upstream_quirks=True), "click[Features]") == "WEB PAGE: {}") == lost
    assert after(board(*path), "click[Features]") != "WEB PAGE: {}"


@pytest.mark.parametrize("quirks", [True, False])
@pytest.mark.parametrize("action", ["click[]", "click[", "click[ ]"])
def test_an_option_that_is_not_seen_cannot_be_chosen(action, quirks):
    env = board("search[zebra]", "click[B7]", upstream_quirks=quirks)
    assert action not in env.valid_actions()
    assert after(env, action).startswith(WRONG)


@pytest.mark.parametrize(
    ("link", "told"), [("B8", "\n\xa0 }"), ("B9", "[< Prev] }")], ids=["no-break space", "n"]
)
def test_only_spaces_and_ends_of_line_are_blank(link, told):
    assert after(board("search[zebra]", f"click[{link}]"), "click[Description]").endswith(told)


def test_upstream_has_no_page_for_a_choice_with_an_apostrophe():
    path = ("search[king size]", "click[B3]", "click[5']")
    env = board(*path, upstream_quirks=True)
    score = env.snapshot().outcome.score
    assert after(env, "click[Description]") == "WEB PAGE: {}"
    observation, _, terminated, _, info = env.step("click[< Prev]")
    assert (observation, terminated) == ("WEB PAGE: {}", False)
    observation, _, terminated, _, info = env.step("click[Buy Now]")
    assert (observation, terminated, info["score"]) == ("WEB PAGE: {}", True, score)
    assert "Made of oak." in after(board(*path), "click[Description]")


@pytest.mark.parametrize(
    ("path", "action", "answer"),
    [
        (("click[B3]", "click[< Prev]", "click[B4]"), "click[6]", "You have clicked 6."),
        (("click[Next >]",), "click[B3]", "\n[Back to Search] \n[< Prev] \nlength [5'][6]"),
    ],
)
def test_upstream_knows_what_the_last_page_with_products_or_options_offered(path, action, answer):
    path = ("search[king size]", *path)
    assert after(board(*path), action).startswith(WRONG)
    text = after(board(*path, upstream_quirks=True), action)
    assert text.startswith("WEB PAGE: {" + answer)


def test_a_product_without_options_counts_at_the_price_that_it_costs():
    """90 dollars, the end of its range, where 30 are the limit: two of the three parts."""
    env = board()
    env.wanted = ("B4", {})
    env.reset(options={"task": "the only task"})
    *_, info = env.step("search[mattress]")
    assert info["score"] == pytest.approx(1 / 3 * 1 / 2)


@pytest.mark.parametrize(
    ("path", "action", "answer"),
    [
        ((), "click[Back to Search]", WRONG),
        ((), "click[Buy Now]", WRONG),
        ((), "click[Next >]", WRONG),
        ((), "click[Description]", WRONG),
        ((), "click[B1]", "WEB PAGE: {Let us begin"),
        (("search[red]",), "click[b1]", WRONG),
        (("search[red]",), "click[< Prev]", LIMIT),
        (("search[red]",), "click[Buy Now]", WRONG),
        (("search[red]",), "search[blue]", "WEB PAGE: {There is no [Search] button"),
        (("search[red]", "click[B1]"), "click[green]", WRONG),
        (("search[red]", "click[B1]"), "click[Next >]", WRONG),
        (("search[red]", "click[B1]", "click[Reviews]"), "click[oak]", "WEB PAGE: {\n[Back to"),
        (("search[red]", "click[B1]", "click[Reviews]"), "click[Buy Now]", WRONG),
        ((), "buy", "Incorrect action format. "),
        ((), "", "Incorrect action format. "),
        ((), "click", "Incorrect action format. "),
    ],
)
def test_what_cannot_be_done_is_answered_with_agentboards_error_and_changes_no_page(
    path, action, answer
):
    env = board(*path)
    valid = env.valid_actions()
    text, reward, terminated, *_ = env.step(action)
    assert text.startswith(answer)
    assert (reward, terminated) == (0.0, False)
    assert env.valid_actions() == valid


def test_errors_repeat_the_last_observation():
    env = board("search[red]")
    last = env.snapshot().outcome.observation
    for _ in range(2):
        text = after(env, "click[zzz]")
        assert text.startswith(WRONG)
        assert text.endswith(f"The recent observation is: \n{last}")


def test_progress_is_a_third_each_for_what_was_found_opened_and_bought():
    env = board()
    scores = []
    for action in ("search[red]", "click[B1]", "click[oak]", "click[red]", "click[Buy Now]"):
        *_, info = env.step(action)
        scores.append(round(3 * info["score"], 6))
    assert scores == [1.0, 2.0, 2.0, 2.0, 2.5]
    assert not info["success"]


def test_a_perfect_choice_of_options_counts_even_upstream():
    env = board(upstream_quirks=True)
    env.wanted = ("B1", {"frame": "oak"})
    env.reset(options={"task": "the only task"})
    scores = [env.step(action)[4]["score"] for action in ("search[red]", "click[B1]")]
    assert scores == [pytest.approx(1 / 3), pytest.approx(2 / 3)]


def test_upstream_scores_an_opened_product_by_its_last_values():
    """No choice of options is perfect here, and black is not the last value of the frame."""
    wanted = ("B1", {"frame": "black", "lamp": "green"})
    scores = {}
    for quirks in (True, False):
        env = board(upstream_quirks=quirks)
        env.wanted = wanted
        env.reset(options={"task": "the only task"})
        env.step("search[red]")
        before = env.snapshot().outcome.score
        *_, info = env.step("click[B1]")
        scores[quirks] = 3 * (info["score"] - before)
    assert scores[True] == pytest.approx(0.5)
    assert scores[False] == pytest.approx(0.75)


def test_going_back_keeps_what_was_reached_and_reset_is_an_action():
    env = board("search[red]", "click[B1]", "click[Back to Search]")
    score = env.snapshot().outcome.score
    assert score > 0.5
    *_, info = env.step("reset[]")
    assert info["score"] == score
    assert env.valid_actions()[0].startswith("search[")


def test_text_outside_latin_1_is_dropped_from_pages():
    env = board("search[blue]", "click[B2]")
    assert "caf\u00e9" in env.snapshot().outcome.observation
    assert after(env, "click[caf\u00e9]") == "WEB PAGE: {You have clicked caf\u00e9.}"
    env = board("search[zebra]", "click[B7]")
    assert "[tm  x]" in env.snapshot().outcome.observation
    assert after(env, "click[tm \u2122 x]") == "WEB PAGE: {You have clicked tm \u2122 x.}"


def test_buying_all_that_is_wanted_is_success_with_a_score_of_one():
    env = agentrm_envs.make("webshop", protocol="agentboard")
    plain = agentrm_envs.make("webshop")
    plan = agentrm_envs.expert("webshop")
    wins = 0
    for task in env.tasks[:30]:
        plain.reset(options={"task": task})
        link = [a for a in plan(plain) if PRODUCT.fullmatch(a)][-1]
        _, info = env.reset(options={"task": task})
        env.step(env.valid_actions()[0])
        while link not in env.valid_actions():
            if env.step("click[Next >]")[0].startswith(ERRORS):
                break
        else:
            env.step(link)
            for value in env.goal.options.values():
                env.step(f"click[{value}]")
            *_, info = env.step("click[Buy Now]")
            assert info["success"]
            assert info["score"] == 1.0
            wins += 1
    assert wins >= 15


def test_it_can_be_rewound():
    env = agentrm_envs.make("webshop", protocol="agentboard")
    for number, task in enumerate(env.tasks[:3]):
        played = play(env, task, at_random(number))
        for at in reversed(range(len(played.actions))):
            env.restore(played.snapshots[at])
            assert env.step(played.actions[at])[0] == played.answers[at].observation
            assert env.snapshot() == played.snapshots[at + 1]
