"""How many episodes are played at once where memory for their prefixes is scarce."""

import pytest

from harness.executor import AT_ONCE, Place
from harness.player_spec import Models, PlayerSpec
from harness.policy.random import RandomPolicy
from harness.policy.registry import POLICIES
from harness.room import LONG, fitting
from harness.search import MCTS, BeamSearch, BestOfN, Greedy


class Remembers(RandomPolicy):
    capacity = 12 * LONG


@pytest.mark.parametrize(
    ("search", "episodes"),
    [(Greedy(), 12), (BestOfN(5), 2), (BeamSearch(4, 9), 3), (MCTS(branch=3, rollouts=2), 2)],
)
def test_as_many_episodes_as_their_trajectories_fit(search, episodes):
    assert fitting(Remembers(0), search, AT_ONCE) == episodes


def test_one_episode_at_least_and_no_more_than_asked_for():
    assert fitting(Remembers(0), BestOfN(100), AT_ONCE) == 1
    assert fitting(Remembers(0), Greedy(), 4) == 4
    assert fitting(RandomPolicy(0), BestOfN(100), AT_ONCE) == AT_ONCE


@pytest.mark.parametrize(("asked", "episodes"), [(None, 2), (7, 7)])
def test_who_says_how_many_gets_as_many(asked, episodes, monkeypatch):
    monkeypatch.setitem(POLICIES.table, "remembers", f"{__name__}:remembers")
    spec = PlayerSpec(Models("remembers", "none"), BestOfN(5))
    with Place(max_concurrent=asked).opened(spec) as loaded:
        assert loaded.at_once == episodes


def remembers(request):
    return Remembers(request.seed)
