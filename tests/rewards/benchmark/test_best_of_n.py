"""Picks among more and more finished trajectories: who gets better by it, and who is fooled."""

import pytest

from rewards.benchmark.best_of_n import DRAWS, FEW, mean_picks, picks
from tests.rewards.benchmark.test_calibration import task


def finished(name, predictions, scores):
    found = task(name, predictions, scores)
    found.finished[:] = [True] * len(scores)
    return found


def test_a_taste_for_a_rare_failure_is_worse_with_every_draw_while_the_oracle_gets_better():
    # It ranks all rightly but one, which it likes best and which fails.
    scores = [i / 40 for i in range(39)] + [0.0]
    found = picks([finished(str(i), range(40), scores) for i in range(3)])
    assert [pick.n for pick in found] == list(DRAWS)
    picked = {pick.n: pick.picked.mean for pick in found}
    assert picked[1] == found[0].random.mean
    assert picked[1] < picked[8] > picked[32]
    oracle = [pick.oracle.mean for pick in found]
    assert oracle == sorted(oracle)
    assert all(pick.regret.stderr == pytest.approx(0) for pick in found)


def test_more_draws_than_a_task_has_trajectories_are_of_the_other_tasks_alone():
    many = finished("many", range(16), [1.0] + [0.0] * 15)
    few = finished("few", range(4), [1.0] * 4)
    found = {pick.n: pick for pick in picks([many, few])}
    assert max(found) == 16
    assert found[FEW].random.tasks == 2
    assert found[12].random.tasks == found[12].oracle.tasks == 1
    assert found[12].random.mean == 1 / 16  # chance too is that of the task with 16


def test_unfinished_episodes_are_not_picked():
    assert picks([task("t", [1.0], [1.0])]) == []


def test_the_mean_of_environments_ends_where_the_first_of_them_does():
    long = picks([finished("t", range(32), [1.0] * 32)])
    short = picks([finished("t", range(16), [0.0] * 16)])
    both = mean_picks([long, [], short])
    assert [pick.n for pick in both] == [n for n in DRAWS if n <= 16]
    assert {pick.picked.mean for pick in both} == {0.5}
    assert mean_picks([]) == []
