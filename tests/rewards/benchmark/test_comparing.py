"""Reward models whose numbers come from comparing what a call holds: what a call has to hold."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pytest

from agentrm_envs import Trajectory
from rewards import registry
from rewards.baselines import LengthReward, MajorityReward, RandomReward
from rewards.benchmark import predictions
from rewards.benchmark.journal import Journaled
from rewards.benchmark.limits import ChosenStates, Evaluation, chosen
from rewards.benchmark.perturbations import PERTURBATIONS
from rewards.benchmark.predictions import predict
from rewards.benchmark.quality import qualities
from rewards.core import RewardModel, compares
from rewards.ensemble import Ensemble
from rewards.judge import Judge
from rewards.states import StateTree, merged
from tests.rewards.test_judge import best
from tests.rewards.trees import drawn, tree_of


@dataclass
class Places:
    """Says for each trajectory how many of its call are shorter, and so a place among them."""

    compares: bool = True
    asked: list[list[Trajectory]] = field(default_factory=list)

    async def score(self, trajectories: Sequence[Trajectory]) -> list[float]:
        self.asked.append(list(trajectories))
        lengths = [len(trajectory.steps) for trajectory in trajectories]
        return [float(sum(other < own for other in lengths)) for own in lengths]


@pytest.fixture(scope="module")
def states() -> list[StateTree]:
    """Tasks of more states than a call to other reward models has."""
    return merged(drawn(str(i), i, rollouts=80, depth=8) for i in range(2))


def read(states, reward_model, **settings):
    places = chosen(states, Evaluation(**settings))
    return asyncio.run(predict(places, reward_model))


def test_the_reward_models_that_compare_say_so():
    judge = Judge(best("a"))
    assert compares(judge)
    for name in ("majority", "majority:final", "ensemble:random+shortest"):
        assert compares(registry.load(name)), name
    assert compares(registry.load("ensemble-min:random+shortest"))
    for name in ("none", "random", "oracle", "longest", "shortest"):
        assert not compares(registry.load(name)), name


@pytest.mark.parametrize("compare", [True, False])
def test_a_journal_does_not_hide_whether_a_model_compares(compare, tmp_path):
    assert compares(Journaled(Places(compare), tmp_path / "journal", "places")) == compare


def test_a_comparing_model_is_asked_about_a_task_at_once_and_then_about_its_ends(states):
    model = Places()
    found = read(states, model)
    assert all(len(task.values) > predictions.CHUNK for task in found)
    expected = [count for task in found for count in (len(task.values), int(np.sum(task.finished)))]
    assert [len(call) for call in model.asked] == expected
    assert all(len({each.task for each in call}) == 1 for call in model.asked)
    assert all(each.done for call in model.asked[1::2] for each in call)


def test_other_models_are_asked_about_some_states_at_a_time_and_about_each_once(states):
    model = Places(compares=False)
    found = read(states, model)
    assert max(len(call) for call in model.asked) == predictions.CHUNK
    assert sum(map(len, model.asked)) == sum(len(task.values) for task in found)


def members() -> list[RewardModel]:
    return [RandomReward(1), LengthReward(-1)]


@pytest.mark.parametrize(
    "model",
    [
        MajorityReward(),
        MajorityReward(final=True),
        Ensemble(members(), lambda each: each.mean(axis=0)),
        Ensemble(members(), lambda each: each.min(axis=0)),
        Judge(best("a")),
    ],
    ids=["majority", "majority:final", "ensemble", "ensemble-min", "judge"],
)
def test_their_numbers_do_not_depend_on_how_many_states_others_are_given(
    states, model, monkeypatch
):
    found = []
    for chunk in (64, 7):
        monkeypatch.setattr(predictions, "CHUNK", chunk)
        found.append(qualities(read(states, model)))
    assert found[0] == found[1]


def test_ends_are_ranked_among_themselves():
    """Of b, ca and cba the shortest has two prefixes' worth of company, which no end is."""
    [task] = read(merged([tree_of("t", "b=1", "ca=0.5", "cba=0")]), Places())
    scores, said = task.leaves()
    assert dict(zip(scores.tolist(), said.tolist(), strict=True)) == {1.0: 0, 0.5: 1, 0.0: 2}
    among_all = task.predictions[task.finished]
    assert dict(zip(scores.tolist(), among_all.tolist(), strict=True)) == {1.0: 0, 0.5: 2, 0.0: 4}


def test_best_of_n_picks_by_what_was_said_of_the_ends_alone():
    """Prefixes of one long way agree with each other and so would outvote who ended elsewhere."""
    tree = merged([tree_of("t", "ab=1", "ba=1", "cccccz=0", "cccccy=0", "cccccx=0")])
    [task] = read(tree, MajorityReward())
    ends = [tree[0].trajectory(place) for place in chosen(tree, Evaluation())[0].places]
    ends = [each for each in ends if each.done]
    assert task.leaves()[1].tolist() == asyncio.run(MajorityReward().score(ends))


def test_a_task_without_an_end_is_asked_about_once():
    """A limit may have left none."""
    [states] = chosen(merged([tree_of("t", "abc=1")]), Evaluation())
    model = Places()
    [task] = asyncio.run(predict([ChosenStates(states.tree, states.places[:2])], model))
    assert [len(call) for call in model.asked] == [2]
    assert [each.tolist() for each in task.leaves()] == [[], []]


def test_perturbed_ends_are_compared_among_themselves_too(states):
    model = Places()
    places = chosen(states, Evaluation())
    found = asyncio.run(predict(places, model, perturbed=PERTURBATIONS["goal-asked"]))
    assert len(model.asked) == 2 * len(found)
    assert all(each.goal.startswith("Please") for call in model.asked for each in call)


class Killed(BaseException):
    pass


def test_an_evaluation_that_was_killed_between_the_two_calls_goes_on(states, tmp_path):
    class Mortal(Places):
        async def score(self, trajectories):
            if len(self.asked) == 1:
                raise Killed
            return await super().score(trajectories)

    path = tmp_path / "journal"
    whole, first, second = Places(), Mortal(), Places()
    expected = qualities(read(states, whole))
    with pytest.raises(Killed):
        read(states, Journaled(first, path, "places"))
    assert qualities(read(states, Journaled(second, path, "places"))) == expected
    assert first.asked + second.asked == whole.asked
