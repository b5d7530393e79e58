from __future__ import annotations

import math
import random
import tracemalloc
from itertools import product
from statistics import fmean, stdev

import numpy as np
import pytest

from leaderboard import statistics
from leaderboard.errors import LeaderboardError
from leaderboard.statistics import (
    clustered_stderr,
    compare,
    estimate,
    interval,
    over_environments,
    over_episodes,
    student_quantile,
)


def singles(scores):
    return {str(i): [score] for i, score in enumerate(scores)}


@pytest.mark.parametrize(
    ("freedom", "quantile"),
    [(1, 12.7062), (2, 4.3027), (3, 3.1824), (10, 2.2281), (39, 2.0227), (1000, 1.9623)],
)
def test_students_quantiles_are_those_of_the_tables(freedom, quantile):
    assert student_quantile(freedom) == pytest.approx(quantile, abs=5e-5)


def test_students_quantile_joins_the_normal_one_without_a_step():
    assert student_quantile(1_000) - student_quantile(1_001) < 0.003


def test_the_standard_error_of_one_episode_a_task_is_the_usual_one():
    scores = [0.0, 0.25, 1.0, 1.0, 0.5]
    found = estimate(singles(scores))
    assert found.mean == pytest.approx(fmean(scores))
    assert found.stderr == pytest.approx(stdev(scores) / math.sqrt(5))
    assert found.episodes == 5


def test_repeating_a_task_does_not_make_a_mean_surer():
    once = clustered_stderr({"a": [0.0], "b": [1.0], "c": [1.0]})
    thrice = clustered_stderr({"a": [0.0] * 3, "b": [1.0] * 3, "c": [1.0] * 3})
    assert thrice == pytest.approx(once)


def test_the_clustered_error_is_that_of_its_formula_where_clusters_differ_in_size():
    # mean 0.5; the clusters' sums of deviations are 0.5, 0.5 and -1
    expected = math.sqrt(3 / 2 * (0.25 + 0.25 + 1.0)) / 4
    assert clustered_stderr({"a": [1.0], "b": [1.0], "c": [0.0, 0.0]}) == pytest.approx(expected)


def test_without_scores_nothing_is_known_and_nothing_is_gained():
    found = estimate({})
    assert (found.mean, found.low, found.high, found.episodes) == (0.0, 0.0, 1.0, 0)


def test_one_task_says_nothing_about_others():
    found = estimate({"a": [1.0, 1.0, 1.0]})
    assert (found.mean, found.stderr, found.low, found.high) == (1.0, 0.5, 0.0, 1.0)


def test_ten_successes_of_ten_do_not_prove_certainty():
    found = estimate(singles([1.0] * 10))
    assert found.stderr == 0.0
    # Wilson's lower bound n / (n + t^2), with t of 9 degrees of freedom
    assert found.low == pytest.approx(10 / (10 + 2.26216**2), abs=1e-4)
    assert found.high == 1.0


def test_the_interval_is_wilsons_with_students_quantile():
    n, mean, t = 20, 0.3, 2.09302
    stderr = math.sqrt(mean * (1 - mean) / n)
    centre = (mean + t * t / (2 * n)) / (1 + t * t / n)
    half = t / (1 + t * t / n) * math.sqrt(mean * (1 - mean) / n + t * t / (4 * n * n))
    assert interval(mean, stderr, 20) == pytest.approx((centre - half, centre + half), abs=1e-4)


@pytest.mark.parametrize("n", [5, 20, 40])
@pytest.mark.parametrize(
    ("draw", "mean"),
    [
        (lambda rng: float(rng.random() < 0.1), 0.1),
        (lambda rng: float(rng.random() < 0.5), 0.5),
        (lambda rng: rng.choice([0.0, 0.25, 0.25, 0.5, 1.0]), 0.4),
        (lambda rng: rng.betavariate(5, 5), 0.5),
    ],
    ids=["rare successes", "even successes", "progress in quarters", "middling scores"],
)
def test_the_interval_covers_the_true_mean_about_as_often_as_it_says(draw, mean, n):
    rng, runs = random.Random(7), 600
    found = [estimate(singles([draw(rng) for _ in range(n)])) for _ in range(runs)]
    covered = sum(one.low <= mean <= one.high for one in found) / runs
    assert covered > 0.90  # 0.95 less what skewed small groups and 600 draws cost
    assert fmean(one.high - one.low for one in found) < 0.85  # and it is not vacuous


def test_every_environment_counts_the_same_and_every_episode_does():
    few, many = estimate(singles([1.0, 1.0])), estimate(singles([0.0] * 5 + [1.0]))
    mean, stderr = over_environments([few, many])
    assert mean == pytest.approx((1 + 1 / 6) / 2)
    assert stderr == pytest.approx(math.hypot(few.stderr, many.stderr) / 2)
    assert over_episodes([few, many]) == pytest.approx(3 / 8)


def test_the_exact_permutation_test_counts_all_signs():
    found = compare({"maze": [1.0, 1.0, 1.0, 0.0]})
    assert found.difference == pytest.approx(0.75)
    assert found.p == pytest.approx(2 / 8)  # all plus or all minus; the tie does not matter
    assert found.stderr == pytest.approx(stdev([1.0, 1.0, 1.0, 0.0]) / 2)
    assert found.z == pytest.approx(3.0)
    assert found.tasks == 4


def test_equal_systems_differ_by_nothing():
    found = compare({"maze": [0.0] * 30})
    assert (found.difference, found.stderr, found.p, found.z) == (0.0, 0.0, 1.0, None)


def test_environments_weigh_the_same_in_a_comparison():
    assert compare({"a": [1.0], "b": [0.0] * 9}).difference == pytest.approx(0.5)


def test_the_drawn_permutation_test_agrees_with_the_exact_one():
    rng = random.Random(3)
    group = {"maze": [rng.choice([-1.0, 0.0, 1.0, 1.0]) for _ in range(13)]}
    exact = compare(group, permutations=2**13).p
    drawn = compare({"maze": group["maze"]}, permutations=4_000).p
    assert 0.0 < exact < 1.0
    assert drawn == pytest.approx(exact, abs=0.04)


def test_the_seed_decides_the_drawn_permutations():
    group = {"maze": [0.5, -0.25] * 12 + [0.3]}
    first, again, other = (compare(group, permutations=500, seed=seed).p for seed in (1, 1, 2))
    assert first == again != other


def test_equal_differences_but_for_the_last_bits_have_no_z():
    found = compare({"maze": [0.3 - 0.2, 0.1, 0.9 - 0.8, 0.5 - 0.4]})
    assert found.difference == pytest.approx(0.1)
    assert (found.stderr, found.z) == (0.0, None)


@pytest.mark.parametrize("coins", [3, 13, 14, 16, 37, 101])
@pytest.mark.parametrize("permutations", [1, 7, 500, 20_000])
def test_in_blocks_the_p_value_is_that_of_one_draw(monkeypatch, coins, permutations):
    rng = random.Random(coins)
    group = {"maze": [rng.choice([-1.0, -0.5, 0.25, 1.0]) for _ in range(coins)]}
    monkeypatch.setattr(statistics, "BLOCK_NUMBERS", 1_000)
    blocked = compare(group, permutations=permutations, seed=5).p
    assert blocked == p_of_one_draw(group["maze"], permutations, seed=5)


def p_of_one_draw(group, permutations, seed):
    moving = np.array([value / len(group) for value in group])
    bound = abs(math.fsum(moving)) - 1e-12
    if 2 ** len(group) <= permutations:
        signs = np.array(list(product((-1.0, 1.0), repeat=len(group))))
        return np.mean(np.abs(signs @ moving) >= bound)
    drawn = np.random.default_rng(seed).integers(0, 2, (permutations, len(group)), dtype=np.int8)
    extreme = np.abs((2.0 * drawn - 1.0) @ moving) >= bound
    return (np.count_nonzero(extreme) + 1) / (permutations + 1)


def test_many_tasks_need_little_memory():
    rng = random.Random(0)
    group = {"maze": [rng.choice([-1.0, 1.0]) for _ in range(6_000)]}
    tracemalloc.start()
    compare(group, permutations=5_000)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 150e6  # 240 MB in one matrix


@pytest.mark.parametrize("setting", ["permutations", "seed"])
def test_impossible_settings_of_the_permutations_are_told(setting):
    with pytest.raises(LeaderboardError, match=f"--{setting} must be at least .*, not -5"):
        compare({"maze": [1.0]}, **{setting: -5})
    if setting == "permutations":
        with pytest.raises(LeaderboardError, match="not 0"):
            compare({"maze": [1.0]}, permutations=0)


def test_equal_systems_are_rarely_called_different():
    rng = random.Random(11)
    groups = [{"a": [rng.gauss(0, 1) for _ in range(10)]} for _ in range(200)]
    assert sum(compare(group, permutations=1024).p <= 0.05 for group in groups) <= 20
