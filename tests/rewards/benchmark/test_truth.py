"""What the truth is worth: the noise of mean returns, and what it adds to an error."""

import asyncio
import random
import statistics

import pytest

from rewards.baselines import NoReward
from rewards.benchmark.evaluate import evaluate
from rewards.benchmark.limits import Evaluation
from rewards.benchmark.truth import truth, variance_of_mean
from rewards.states import merged
from tests.rewards.trees import tree_of


def test_an_end_is_exact_and_a_state_as_sure_as_its_rollouts_are_many():
    [tree] = merged([tree_of("t", "aa=1", "ab=0", "ba=1")])
    found = {"".join(tree.actions(place)): truth(tree, place) for place in range(1, 6)}
    assert (found["aa"].value, found["aa"].variance) == (1.0, 0.0)
    assert (found["a"].value, found["a"].variance) == (0.5, 0.25)  # two rollouts: 1 and 0
    assert (found["b"].value, found["b"].variance) == (1.0, 0.25)  # one tells no spread


@pytest.mark.parametrize(("returns", "unbiased"), [((0.0, 1.0), True), ((0.3, 0.6), False)])
def test_the_variance_is_that_of_means_drawn_again_or_more(returns, unbiased):
    rng = random.Random(0)
    means = [statistics.fmean(rng.choices(returns, k=5)) for _ in range(4_000)]
    drawn = statistics.pvariance(means)
    said = statistics.fmean(variance_of_mean(mean, 5) for mean in means)
    assert said == pytest.approx(drawn, rel=0.1) if unbiased else said > drawn


def test_the_floor_is_the_mean_noise_and_what_lies_above_it_is_the_rest_of_the_error():
    states = merged([tree_of("t", "aa=1", "ab=0", "ba=1"), tree_of("u", "aa=0.5", "ab=0.5")])
    found = asyncio.run(evaluate(states, NoReward(), Evaluation())).qualities["toy"].measures
    # t: a .25, aa 0, ab 0, b .25, ba 0; u: a .25 (two rollouts of .5), aa 0, ab 0
    assert found["mse_floor"].mean == pytest.approx(0.75 / 8)
    assert found["mse_floor"].tasks == 2
    assert found["mse_floor"].stderr > 0
    above = found["mse"].mean - found["mse_floor"].mean
    assert found["mse_above_floor"].mean == pytest.approx(above)
