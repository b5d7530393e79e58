"""Reward models that need no model, and finding reward models by name."""

import asyncio
import os
import subprocess
import sys
from dataclasses import replace

import pytest

from agentrm_envs import Action, Step, Task, Trajectory
from rewards import registry
from rewards.errors import BadSetting
from rewards.factories import UnknownModel


def after(*actions: str, score: float = 0.0) -> Trajectory:
    steps = tuple(Step(Action(action), "", score / len(actions)) for action in actions)
    return Trajectory(Task("maze", "1"), "", "", steps)


def scores(name, *trajectories, **settings):
    return asyncio.run(registry.load(name, **settings).score(trajectories))


def test_none_knows_nothing():
    assert scores("none", after("a"), after("b", score=1)) == [0.0, 0.0]


def test_the_oracle_returns_the_environments_score():
    assert scores("oracle", after("a", "b", score=0.75), after("b")) == [0.75, 0.0]


def test_random_scores_depend_on_seed_task_and_actions_alone():
    one, other = scores("random", after("a", "b"), after("b"))
    assert 0 <= one < 1
    assert one != other
    assert scores("random", after("b"), after("a", "b", score=1)) == [other, one]
    assert scores("random", after("a", "b"), seed=1) != [one]


def test_length_alone_likes_many_steps_or_few():
    assert scores("longest", after("a"), after("a", "b", score=1)) == [1, 2]
    assert scores("shortest", after("a"), after("a", "b", score=1)) == [-1, -2]


def test_the_majority_counts_the_rivals_that_did_the_same():
    same, odd = after("a", "b"), after("c", score=1)
    assert scores("majority", same, odd, same, same) == [2, 0, 2, 2]
    assert scores("majority", odd) == [0]
    assert scores("majority", after(), after()) == [0, 0]


def test_the_majority_counts_a_likeness_by_the_actions_in_common():
    one, other, third = after("a", "b", "c"), after("b", "a", "d"), after("a")
    likeness = {(0, 1): 2 / 3, (0, 2): 1 / 2, (1, 2): 1 / 2}
    expected = [sum(s for pair, s in likeness.items() if i in pair) for i in range(3)]
    assert scores("majority", one, other, third) == pytest.approx(expected)


def test_the_majority_on_the_last_action_ignores_the_way_to_it():
    answers = after("look", "finish 4"), after("finish 4"), after("look", "finish 5")
    assert scores("majority:final", *answers) == [1, 1, 0]
    with pytest.raises(BadSetting, match="not 'last'"):
        registry.load("majority:last")


def test_rivals_are_of_the_same_task():
    other = replace(after("a"), task=Task("maze", "2"))
    assert scores("majority", after("a"), other, after("a"), other, after("b")) == [1, 1, 1, 1, 0]


@pytest.mark.parametrize("hash_seed", ["0", "1"])
def test_random_scores_are_the_same_in_every_process(hash_seed):
    code = "from tests.rewards.test_baselines import *; print(scores('random', after('a')))"
    env = {**os.environ, "PYTHONHASHSEED": hash_seed}
    out = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True)
    assert out.stdout.strip() == str(scores("random", after("a"))), out.stderr


def test_random_scores_are_spread_evenly():
    drawn = scores("random", *(after(str(i)) for i in range(1000)))
    assert abs(sum(drawn) / 1000 - 0.5) < 0.05


def test_reward_models_are_found_by_name():
    found = set(registry.names())
    assert {"none", "random", "oracle", "longest", "shortest", "majority", "likelihood"} <= found
    assert {"explicit", "judge", "ensemble", "ensemble-min"} <= found
    with pytest.raises(UnknownModel, match="no reward model is named 'orcale'; did you mean"):
        registry.load("orcale")
