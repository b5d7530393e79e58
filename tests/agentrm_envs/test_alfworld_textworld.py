"""ALFWorld's engine beside TextWorld 1.7 itself: texts, lists of commands, score and end.

TextWorld's planner is compiled on installation, so it is an extra of its own:
`pip install 'agentrm[textworld]'`. Some games here, the rest as a soak test, or part by part by
`python -m tests.agentrm_envs.textworld_beside`.
"""

from __future__ import annotations

import sys
from dataclasses import replace

import pytest

pytest.importorskip("fast_downward", reason="TextWorld is not installed (extra textworld)")
pytest.importorskip("alfworld", reason="alfworld is not installed (extra textworld)")

from tests.agentrm_envs import textworld_beside as beside
from tests.agentrm_envs.textworld_stock import Stock, remembering

PARTS = 60


@pytest.fixture(scope="module")
def stock():
    return Stock()


@pytest.fixture(scope="module")
def games():
    """A few games, in both grammars."""
    return list(beside.recorded("valid_seen", parts=PARTS))


@pytest.mark.slow
def test_textworld_as_it_comes_tells_the_same(games, stock):
    counts = beside.compare(games[0], stock) + beside.compare(games[1], stock)
    assert counts["games"] == 2
    assert counts["plays won"] >= 2
    assert counts["steps"] >= 2 * beside.WANDERED


@pytest.mark.slow
def test_textworld_that_remembers_tells_the_same(games, stock):
    with remembering():
        counts = [beside.compare(game, stock) for game in games]
    again = beside.compare(games[0], stock)
    assert counts[0] == again, "TextWorld tells something else when it remembers"


@pytest.mark.soak
@pytest.mark.parametrize("split", beside.SPLITS)
def test_every_recorded_game_is_told_alike(split, stock):
    """Two seconds a game on a free core."""
    with remembering():
        games = sum(beside.compare(game, stock)["games"] for game in beside.recorded(split))
    assert games == 2 * {"valid_seen": 140, "valid_train": 200, "train": 3553}[split]


def test_a_difference_is_found(games, stock, monkeypatch):
    whole = beside.Ours.step
    monkeypatch.setattr(
        beside.Ours, "step", lambda self, text: replace(whole(self, text), commands=())
    )
    with remembering(), pytest.raises(beside.Differs, match="TextWorld says"):
        beside.compare(games[0], stock)


def test_the_translator_leaves_the_programs_arguments_alone(games, stock):
    before = list(sys.argv)
    stock.load(games[0].file)
    assert sys.argv == before
