"""Several reward models as one."""

import asyncio

import pytest

from agentrm_envs import Action, Step, Task, Trajectory
from rewards import registry
from rewards.errors import BadSetting
from rewards.factories import UnknownModel
from rewards.registry import REWARD_MODELS


class Told:
    """Says its own number for each number of steps."""

    def __init__(self, *numbers: float, checksum: str = "") -> None:
        self.numbers = numbers
        self.checksum = checksum

    async def score(self, trajectories):
        return [self.numbers[len(trajectory.steps)] for trajectory in trajectories]


WIDE = Told(-100.0, 0.0, 100.0, checksum="one")
NARROW = Told(0.2, 0.2, 0.1)


def wide(request):
    return WIDE


def narrow(request):
    return NARROW


@pytest.fixture(autouse=True)
def members(monkeypatch):
    for name in ("wide", "narrow"):
        monkeypatch.setitem(REWARD_MODELS.table, name, f"{__name__}:{name}")


def of(steps: int, task: str = "1") -> Trajectory:
    return Trajectory(Task("maze", task), "", "", (Step(Action("a"), ""),) * steps)


def scores(name, *trajectories):
    return asyncio.run(registry.load(name).score(trajectories))


def test_members_count_the_same_whatever_their_scales():
    alone = scores("ensemble:wide+wide", of(0), of(1), of(2))
    assert alone == pytest.approx([-(1.5**0.5), 0, 1.5**0.5])
    both = scores("ensemble:wide+narrow", of(0), of(1), of(2))
    standing = 0.5**0.5
    expected = [
        (a + b) / 2 for a, b in zip(alone, [standing, standing, -2 * standing], strict=True)
    ]
    assert both == pytest.approx(expected)


def test_the_minimum_is_as_good_as_the_worst_member_says():
    found = scores("ensemble-min:wide+narrow", of(0), of(1), of(2))
    assert found == pytest.approx([-(1.5**0.5), 0, -2 * 0.5**0.5])


def test_standings_are_among_the_candidates_of_a_task():
    mixed = scores("ensemble:wide+wide", of(0), of(1, "2"), of(2), of(0, "2"))
    assert mixed == pytest.approx([-1, 1, 1, -1])


def test_where_a_member_sees_no_difference_it_has_no_say():
    assert scores("ensemble:wide+none", of(1), of(2)) == pytest.approx([-0.5, 0.5])
    assert scores("ensemble:wide+narrow", of(1)) == [0.0]
    assert scores("ensemble:wide+narrow") == []


@pytest.mark.parametrize("argument", ["", ":explicit", ":wide+", ":+wide"])
def test_an_ensemble_has_two_members_or_more(argument):
    with pytest.raises(BadSetting, match="two reward models or more"):
        registry.load(f"ensemble{argument}")


def test_an_unknown_member_is_told():
    with pytest.raises(UnknownModel, match="no reward model is named 'wid'; did you mean 'wide'"):
        registry.load("ensemble:wid+narrow")


def test_the_checksum_is_over_the_members():
    named = registry.load("ensemble:wide+narrow").checksum
    assert named
    assert registry.load("ensemble:narrow+wide").checksum != named
    assert registry.load("ensemble:narrow+none").checksum == ""
