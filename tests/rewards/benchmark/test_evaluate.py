"""What evaluation says of reward models whose quality is known beforehand."""

import asyncio
import csv
import itertools
import math
import statistics
import sys
from collections.abc import Sequence
from dataclasses import dataclass

import pytest

from agentrm_envs import Task, Trajectory, Tree
from rewards.baselines import NoReward, OracleReward, RandomReward
from rewards.benchmark.evaluate import evaluate, evaluate_all
from rewards.benchmark.heldout import depth_first, read_heldout
from rewards.benchmark.limits import Evaluation, chosen
from rewards.benchmark.plots import write_plots
from rewards.benchmark.quality import MEASURES, OVERALL
from rewards.dataset import VALUES, extract
from rewards.errors import BadData, BadModel, BadSetting, MissingDependency
from rewards.selection import Extraction
from rewards.states import StateTree, merged
from tests.rewards.trees import drawn, grown, tree_of, written

ALL = Evaluation()


@dataclass(frozen=True)
class Knows:
    """A reward model that says a multiple of what the trees found out; the best there can be."""

    trees: Sequence[StateTree]
    factor: float = 1.0

    async def score(self, trajectories: Sequence[Trajectory]) -> list[float]:
        values = {
            (tree.task, tree.actions(place)): state.value
            for tree in self.trees
            for place, state in enumerate(tree.states)
        }
        keys = [(t.task, tuple(s.action.text for s in t.steps)) for t in trajectories]
        return [self.factor * values[key] for key in keys]


def trees(count: int = 12) -> list[StateTree]:
    return merged(drawn(f"{i:02}", i) for i in range(count))


def found(states, reward_model, settings=ALL):
    return asyncio.run(evaluate(states, reward_model, settings)).qualities


# Reward models of known quality


def test_who_knows_the_values_makes_no_error_and_every_order_right():
    states = trees()
    quality = found(states, Knows(states))["toy"]
    means = {name: quality.measures[name].mean for name in MEASURES}
    noise = means.pop("mse_floor")
    assert noise > 0
    assert means.pop("mse_above_floor") == pytest.approx(-noise)
    errors = dict.fromkeys(("mse", "mae", "calibration_error", "regret"), 0.0)
    assert means == pytest.approx(dict.fromkeys(means, 1.0) | errors, abs=1e-9)
    assert all(pick.regret.mean == pytest.approx(0.0) for pick in quality.best_of_n)


def test_who_says_the_opposite_gets_every_order_wrong():
    states = trees()
    quality = found(states, Knows(states, factor=-1.0))["toy"]
    for name in ("pair_accuracy", "sibling_accuracy", "leaf_accuracy"):
        assert quality.measures[name].mean == 0.0
    assert quality.measures["spearman"].mean == pytest.approx(-1.0)
    assert quality.best_of_n[-1].picked.mean < quality.best_of_n[-1].random.mean


def test_the_oracle_ranks_finished_episodes_without_error_and_without_regret():
    quality = found(trees(), OracleReward())["toy"]
    assert quality.measures["leaf_accuracy"].mean == 1.0
    assert all(pick.picked == pick.oracle for pick in quality.best_of_n)
    assert all(pick.regret.mean == 0.0 for pick in quality.best_of_n)


def test_a_random_reward_model_is_right_half_of_the_time():
    quality = found(trees(60), RandomReward())["toy"]
    for name in ("pair_accuracy", "sibling_accuracy", "leaf_accuracy"):
        measure = quality.measures[name]
        assert measure.count > 500
        assert abs(measure.mean - 0.5) < 4 * measure.stderr < 0.2
    assert abs(quality.measures["spearman"].mean) < 4 * quality.measures["spearman"].stderr < 0.3
    assert abs(quality.best_of_n[4].picked.mean - quality.best_of_n[4].random.mean) < 0.05


def test_who_always_says_the_same_gets_the_random_pick_and_half_the_pairs():
    states = trees()
    quality = found(states, NoReward())["toy"]
    assert quality.measures["pair_accuracy"].mean == 0.5
    assert quality.measures["spearman"].mean == 0.0
    for pick in quality.best_of_n:
        assert pick.picked.mean == pytest.approx(pick.random.mean)
    values = [s.value for tree in states for s in tree.states[1:] if s.visits]
    squares = statistics.fmean(value**2 for value in values)
    assert quality.measures["mse"].mean == pytest.approx(squares)
    assert quality.measures["mae"].mean == pytest.approx(statistics.fmean(values))


def test_errors_and_picks_of_a_small_tree_are_as_by_hand():
    states = merged([tree_of("t", "aa=1", "ab=0", "b=0.5")])
    # values: a 1/2, aa 1, ab 0, b 1/2; NoReward says 0
    quality = found(states, NoReward())["toy"]
    assert (quality.states, quality.finished, quality.tasks) == (4, 3, 1)
    assert quality.measures["mse"].mean == pytest.approx((0.25 + 1 + 0 + 0.25) / 4)
    assert quality.measures["mae"].mean == pytest.approx(2 / 4)
    assert quality.measures["pair_accuracy"].count == 5  # a and b are equal
    assert quality.measures["sibling_accuracy"].count == 1  # aa and ab
    assert quality.measures["leaf_accuracy"].count == 3
    # two draws of {1, 0, 1/2} with replacement: 5/9 a 1, 1/9 two 0s, 3/9 else
    assert quality.best_of_n[1].oracle.mean == pytest.approx((5 * 1 + 3 * 0.5) / 9)
    assert quality.best_of_n[1].regret.mean == pytest.approx((5 * 1 + 3 * 0.5) / 9 - 0.5)


def test_the_overall_numbers_are_the_mean_of_the_environments():
    states = [*trees(6), *merged(drawn_in("maze", i) for i in range(3))]
    qualities = found(states, RandomReward())
    assert list(qualities) == ["maze", "toy", OVERALL]
    for name in MEASURES:
        each = [qualities[env].measures[name].mean for env in ("maze", "toy")]
        assert qualities[OVERALL].measures[name].mean == pytest.approx(statistics.fmean(each))
    assert qualities[OVERALL].states == qualities["maze"].states + qualities["toy"].states


def drawn_in(env: str, seed: int) -> Tree:
    tree = drawn(str(seed), seed)
    return Tree(Task(env, tree.task.id), tree.goal, tree.nodes)


def test_nothing_to_rank_is_told_apart_from_ranking_badly():
    states = merged([tree_of("t", "aa=1", "ab=1")])
    quality = found(states, RandomReward())["toy"]
    for name in ("spearman", "spearman_within_task", "pair_accuracy", "leaf_accuracy"):
        assert quality.measures[name] is None
    assert quality.measures["mse"].stderr is None  # one task says nothing of the others


def test_searched_trees_of_the_toy_are_evaluated():
    states = merged(grown("toy", 3))
    quality = found(states, OracleReward())["toy"]
    assert quality.tasks == len(states) > 1
    assert quality.finished > 4
    assert quality.measures["regret"].mean == 0.0


@pytest.mark.parametrize("said", [[math.nan], [math.inf], [], [0.0, 1.0]])
def test_a_reward_model_that_breaks_its_promise_is_named(said):
    class Broken:
        async def score(self, trajectories):
            return said

    with pytest.raises(BadModel, match="finite number"):
        found(merged([tree_of("t", "a=1")]), Broken())


# What is read


def test_a_values_file_gives_the_same_numbers_as_its_run(tmp_path):
    run = written(tmp_path / "run", [drawn(str(i), i) for i in range(5)])
    extract([run], tmp_path / "data", Extraction(paths=None, holdout=0.0))
    from_run = read_heldout([run]).trees
    from_file = read_heldout([tmp_path / "data" / VALUES]).trees
    for model in (OracleReward(), RandomReward(), NoReward()):
        one, other = found(from_run, model)["toy"], found(from_file, model)["toy"]
        assert (one.states, one.finished) == (other.states, other.finished)
        for name in MEASURES:
            assert one.measures[name].mean == pytest.approx(other.measures[name].mean, abs=1e-6)
        curves = [[pick.picked.mean for pick in each.best_of_n] for each in (one, other)]
        assert curves[0] == pytest.approx(curves[1])


def test_a_values_file_shows_the_reward_model_the_same_conversations(tmp_path):
    from agentrm_envs.chat import render_scored

    run = written(tmp_path / "run", grown("toy", 3))
    extract([run], tmp_path / "data", Extraction(paths=None, holdout=0.0))
    shown = []
    for source in (run, tmp_path / "data" / VALUES):
        [*places] = chosen(read_heldout([source]).trees, ALL)
        shown.append(
            sorted(
                str(render_scored(states.tree.trajectory(place)))
                for states in places
                for place in states.places
            )
        )
    assert shown[0] == shown[1]


def test_a_run_may_be_called_values(tmp_path):
    run = written(tmp_path / "values-of-mazes", [drawn("t", 1)])
    [tree] = read_heldout([run]).trees
    assert tree.task.id == "t"


def test_only_the_tasks_that_were_held_out_are_read(tmp_path):
    run = written(tmp_path / "run", [drawn(str(i), i) for i in range(10)])
    manifest = extract([run], tmp_path / "data", Extraction(holdout=0.3))
    heldout = read_heldout([run], tmp_path / "data" / "values.heldout.jsonl")
    assert [tree.task for tree in heldout.trees] == manifest.heldout_tasks
    assert len(heldout.sources) == 2


def test_no_tasks_in_common_is_an_error(tmp_path):
    one = written(tmp_path / "one", [drawn("1", 1)])
    other = written(tmp_path / "other", [drawn("2", 2)])
    extract([other], tmp_path / "data", Extraction(holdout=0.0))
    with pytest.raises(BadData, match="no trees"):
        read_heldout([one], tmp_path / "data" / VALUES)


def test_limits_draw_the_same_states_for_every_reward_model():
    states = trees(6)
    settings = Evaluation(limit_tasks=2, limit_states=7, seed=3)
    some = chosen(states, settings)
    assert [len(each.places) for each in some] == [7, 7]
    assert chosen(states, settings) == some
    assert chosen(states, Evaluation(limit_tasks=2, limit_states=7, seed=4)) != some


def test_fewer_visits_than_the_threshold_leave_only_the_ends():
    states = merged([tree_of("t", "aa=1", "ab=0", "ba=1")])
    [some] = chosen(states, Evaluation(min_visits=2))
    assert {"".join(some.tree.actions(place)) for place in some.places} == {"a", "aa", "ab", "ba"}
    with pytest.raises(BadSetting, match="min_visits"):
        Evaluation(min_visits=0)


def test_states_are_read_soon_after_their_parents():
    [tree] = merged([drawn("t", 1)])
    order = list(depth_first(tree))
    assert sorted(order) == list(range(1, len(tree.states)))
    for before, place in itertools.pairwise(order):
        assert tree.states[place].parent in {Tree.ROOT, before, *tree.path(before)}


# Plots


def test_plots_come_with_their_numbers_and_are_the_same_each_time(tmp_path):
    states = trees(5)
    evaluated = asyncio.run(evaluate(states, OracleReward(), ALL))
    for folder in ("one", "other"):
        write_plots(tmp_path / folder, {"oracle": evaluated})
    names = sorted(path.name for path in (tmp_path / "one").iterdir())
    stems = [f"oracle.{stem}" for stem in ("best_of_n", "by_step", "calibration")]
    assert names == sorted(f"{stem}{suffix}" for stem in stems for suffix in (".csv", ".svg"))
    for name in names:
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "other" / name).read_bytes()
    with (tmp_path / "one" / "oracle.best_of_n.csv").open() as file:
        rows = [row for row in csv.DictReader(file) if row["env"] == "toy"]
    picks = evaluated.qualities["toy"].best_of_n
    assert [int(row["n"]) for row in rows] == [pick.n for pick in picks] > [*range(1, 9)]
    assert all(row["picked"] == row["oracle"] for row in rows)
    with (tmp_path / "one" / "oracle.calibration.csv").open() as file:
        count = sum(int(row["states"]) for row in csv.DictReader(file))
    assert count == evaluated.qualities["toy"].states
    assert (tmp_path / "one" / "oracle.by_step.svg").read_bytes().startswith(b"<?xml")


def test_without_matplotlib_plots_say_what_to_install(tmp_path, monkeypatch):
    evaluated = asyncio.run(evaluate(trees(2), OracleReward(), ALL))
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(MissingDependency, match=r"pip install 'agentrm\[train\]'"):
        write_plots(tmp_path / "plots", {"oracle": evaluated})
    assert not (tmp_path / "plots").exists()


# Names


def test_reward_models_are_evaluated_by_name_on_the_same_states():
    both = asyncio.run(evaluate_all(trees(3), ["oracle", "random", "oracle"], ALL))
    assert list(both) == ["oracle", "random"]
    states = {name: evaluated.qualities["toy"].states for name, evaluated in both.items()}
    assert states["oracle"] == states["random"] > 0
