"""Ranks, pairs, picks and errors, against how they are computed one by one."""

import itertools
import math
import statistics

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rewards.benchmark.estimates import (
    Total,
    clustered,
    jackknife,
    over_environments,
    over_known,
    per_task,
    ratio,
)
from rewards.benchmark.ranking import best_of, ranks, right_pairs, spearman

NUMBERS = st.lists(st.integers(0, 4).map(float), min_size=1, max_size=7)


@settings(deadline=None)
@given(NUMBERS.flatmap(lambda a: st.tuples(st.just(a), st.permutations(a))))
def test_ranks_of_equals_are_shared_and_sum_to_what_ranks_sum_to(lists):
    values = np.array(lists[0])
    assert ranks(values).sum() == pytest.approx(len(values) * (len(values) + 1) / 2)
    assert sorted(ranks(np.array(lists[1]))) == sorted(ranks(values))
    for value, rank in zip(values, ranks(values), strict=True):
        below, equal = (values < value).sum(), (values == value).sum()
        assert rank == below + (equal + 1) / 2


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ([1, 2, 3], [10, 20, 90], 1.0),
        ([1, 2, 3], [3, 2, 1], -1.0),
        ([1, 2, 3, 4, 5], [5, 6, 7, 8, 7], 0.8207826816681233),  # scipy.stats.spearmanr's page
        ([1, 1, 1], [1, 2, 3], None),
        ([1, 2, 3], [4, 4, 4], 0.0),
        ([1], [1], None),
    ],
)
def test_spearman_with_ties(one, other, expected):
    got = spearman(np.array(one, float), np.array(other, float))
    assert got == (expected if expected is None else pytest.approx(expected))


@settings(deadline=None)
@given(NUMBERS, st.randoms(use_true_random=False))
def test_right_pairs_are_those_counted_one_by_one(values, rng):
    predictions = [float(rng.randint(0, 3)) for _ in values]
    right, count = 0.0, 0
    pairs = itertools.combinations(zip(values, predictions, strict=True), 2)
    for (v, p), (w, q) in pairs:
        if v != w:
            count += 1
            right += 0.5 if p == q else float((v < w) == (p < q))
    assert right_pairs(np.array(values), np.array(predictions)) == Total(right, count)


@settings(deadline=None)
@given(NUMBERS, st.integers(1, 3), st.randoms(use_true_random=False))
def test_the_best_of_n_is_the_mean_over_all_draws(scores, n, rng):
    predictions = [float(rng.randint(0, 2)) for _ in scores]
    draws = []
    for drawn_ones in itertools.product(range(len(scores)), repeat=n):
        top = max(predictions[i] for i in drawn_ones)
        draws.append(statistics.fmean(scores[i] for i in drawn_ones if predictions[i] == top))
    got = best_of(np.array(scores), np.array(predictions), n)
    assert got == pytest.approx(statistics.fmean(draws))


def test_a_mean_of_one_number_a_task_has_the_usual_error():
    values = [0.1, 0.4, 0.4, 0.9]
    got = ratio([Total(value, 1) for value in values])
    assert got.mean == pytest.approx(statistics.fmean(values))
    assert got.stderr == pytest.approx(statistics.stdev(values) / 2)
    assert per_task(values) == got
    doubled = ratio([Total(2 * value, 2) for value in values])
    assert doubled.stderr == pytest.approx(got.stderr)  # copies within a task tell nothing new
    assert ratio([Total(0, 0)]) is None


def test_the_jackknife_of_a_mean_is_its_usual_error():
    values = [0.1, 0.4, 0.4, 0.9]
    got = jackknife(values, statistics.fmean, 4)
    assert got.stderr == pytest.approx(statistics.stdev(values) / 2)
    assert jackknife([1.0], statistics.fmean, 1).stderr is None


def test_environments_count_the_same_and_their_errors_add_up():
    one = ratio([Total(0, 1), Total(1, 1)])
    other = ratio([Total(90, 100), Total(70, 100)])
    both = over_environments([one, other])
    assert both.mean == pytest.approx((0.5 + 0.8) / 2)
    assert both.stderr == pytest.approx(math.hypot(one.stderr, other.stderr) / 2)


def test_what_was_measured_nowhere_has_no_mean():
    one = per_task([0.0, 1.0])
    assert over_known([None, one, None]) == one
    assert over_known([None]) is None


def test_numbers_of_a_task_are_a_cluster_wherever_they_stand():
    got = clustered([1.0, 0.0, 1.0, 0.5], [2, 0, 2, 0])
    assert got == ratio([Total(0.5, 2), Total(0, 0), Total(2.0, 2)])
    assert (got.mean, got.count, got.tasks) == (0.625, 4, 2)
