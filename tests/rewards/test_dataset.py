"""From trees to values: what is kept, that no state counts twice, and that bytes are stable."""

import hashlib
import json
import math
import os
import random
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentrm_envs import Action, Node, Step, Task, Tree
from agentrm_envs.chat import Shown
from harness.search import MCTS
from rewards.__main__ import main
from rewards.dataset import HELDOUT, VALUES, extract
from rewards.errors import BadData, BadSetting, MissingData
from rewards.paths import cover
from rewards.selection import Extraction, balanced, covered, held_out
from rewards.splits import of_test_split
from rewards.states import StateTree, mean_returns, merged
from rewards.values import read_values
from tests.rewards.trees import drawn, grown, line, tree_of, written

ALL = Extraction(holdout=0.0, paths=None)


def merged_one(*trees: Tree) -> StateTree:
    [states] = merged(trees)
    return states


def by_actions(states: StateTree) -> dict[str, tuple[float, int]]:
    return {
        "".join(states.actions(place)): (state.value, state.visits)
        for place, state in enumerate(states.states)
        if place and state.visits
    }


def labelled(rows) -> list[tuple[Task, str, float]]:
    """Each value of the rows with its task and the letters up to it."""
    found = []
    for row in rows:
        said = [m["content"][-1] for m in row.messages if m["role"] == "assistant"]
        for index, value in enumerate(row.values):
            if value is not None:
                found.append((row.task, "".join(said[: index + 1]), value))
    return found


# Values


def test_a_value_is_the_mean_return_of_the_rollouts_through_the_state():
    states = merged_one(tree_of("t", "aa=1", "ab=0", "ab=0", "b=1"))
    assert by_actions(states) == {
        "a": (round(1 / 3, 9), 3),
        "aa": (1.0, 1),
        "ab": (0.0, 2),
        "b": (1.0, 1),
    }


def test_trees_of_the_same_task_merge_into_one_weighted_by_visits():
    states = merged_one(tree_of("t", "aa=1"), tree_of("t", "aa=1", "ab=0", "ab=0", "ab=0"))
    assert states.trees == 2
    assert by_actions(states) == {"a": (0.4, 5), "aa": (1.0, 2), "ab": (0.0, 3)}


def test_without_visits_the_finished_leaves_are_the_rollouts():
    tree = tree_of("t", "aa=1", "ab=0", "b=1")
    for node in tree.nodes:
        node.value, node.visits = 0.3, 0
    tree.add(Tree.ROOT, Step(Action("c"), "unfinished"))
    assert by_actions(merged_one(tree)) == {
        "a": (0.5, 2),
        "aa": (1.0, 1),
        "ab": (0.0, 1),
        "b": (1.0, 1),
    }


def test_a_leaf_that_was_drawn_often_counts_as_often():
    """Best-of-N counts its draws at their ends, and nowhere else."""
    tree = tree_of("t", "aa=1", "ab=0")
    for node in tree.nodes:
        node.value, node.visits = 0.7, 0
    tree.nodes[2].visits, tree.nodes[3].visits = 3, 1
    assert by_actions(merged_one(tree)) == {"a": (0.75, 4), "aa": (1.0, 3), "ab": (0.0, 1)}


def test_the_values_of_a_reward_model_are_refused():
    tree = tree_of("t", "aa=1", "ab=0")
    tree.nodes[2].value = 0.7
    with pytest.raises(BadData, match="reward model, not from returns"):
        mean_returns(tree)


def test_the_scores_of_unfinished_episodes_are_refused():
    """MCTS without rollouts backs up the oracle's score of prefixes, which is no return."""
    for iterations, branch in ((1, 1), (1, 3), (20, 3)):
        for tree in grown("toy", 3, search=MCTS(iterations, branch, rollouts=0)):
            with pytest.raises(BadData, match="of unfinished episodes"):
                mean_returns(tree)


def test_states_that_have_rollouts_of_their_own_may_be_the_last():
    """Estimates forget the rollouts, and the states may be a beam's, which leaves some at once."""
    tree = tree_of("t", "aa=1")
    place = tree.add(1, Step(Action("b"), "ab."))
    for node in tree.nodes:
        node.value, node.visits = (node.value, 1) if node.step.done else (0.5, 4)
    assert mean_returns(tree)[place] == (0.5, 4)
    tree.nodes[place].visits = 3
    with pytest.raises(BadData, match="unfinished"):
        mean_returns(tree)


def test_trees_that_disagree_about_an_answer_are_refused():
    other = tree_of("t", "aa=1")
    other.nodes[1].step = Step(Action("a"), "Something else.")
    with pytest.raises(BadData, match="disagree after"):
        merged([tree_of("t", "ab=0"), other])


def test_mcts_trees_of_the_toy_have_the_mean_of_their_rollouts():
    for tree in grown("toy", 3):
        states = merged_one(tree)
        children = states.children()
        for place, state in enumerate(states.states):
            below = [states.states[child] for child in children[place]]
            if state.visits and not state.finished:
                assert state.visits == sum(child.visits for child in below)
                total = math.fsum(child.value * child.visits for child in below if child.visits)
                assert state.value == pytest.approx(total / state.visits, abs=1e-6)


# The threshold


def test_states_below_the_threshold_are_dropped_but_ends_of_episodes_are_exact():
    states = merged_one(tree_of("t", "aaa=1", "aba=0", "aba=0"))
    kept = {"".join(states.actions(place)) for place in states.admitted(2)}
    assert kept == {"a", "ab", "aba", "aaa"}


@pytest.mark.parametrize(
    "settings", [{"min_visits": 0}, {"paths": 0}, {"balance": -1}, {"holdout": 1.0}]
)
def test_impossible_settings_are_refused(settings):
    with pytest.raises(BadSetting, match=next(iter(settings))):
        Extraction(**settings)


# Paths

PARENTS = st.lists(st.integers(0, 30), max_size=25).map(
    lambda draws: [Tree.NO_PARENT, *(draw % (i + 1) for i, draw in enumerate(draws))]
)


def states_of(parents: list[int]) -> StateTree:
    nodes = [Node(parent, Step(Action(str(i)), "")) for i, parent in enumerate(parents)]
    return merged_one(Tree(Task("toy", "t"), "", nodes))


@given(PARENTS, st.randoms(use_true_random=False))
def test_paths_cover_each_admitted_state_exactly_once(parents, rng):
    states = states_of(parents)
    admitted = {i for i in range(1, len(parents)) if rng.random() < 0.7}
    paths = cover(states, admitted)
    fresh = [place for path in paths for place in path.fresh]
    assert sorted(fresh) == sorted(admitted)
    for path in paths:
        assert list(path.places) == states.path(path.places[-1])
        assert path.fresh <= set(path.places)
        assert path.places[-1] in path.fresh


@given(PARENTS, st.randoms(use_true_random=False))
def test_each_path_adds_as_many_states_as_any_path_could(parents, rng):
    states = states_of(parents)
    admitted = {i for i in range(1, len(parents)) if rng.random() < 0.7}
    paths = cover(states, admitted)
    # Whichever of equal paths is taken, the first gain is the greatest and none grows later.
    gains = [len(path.fresh) for path in paths]
    assert gains == sorted(gains, reverse=True)
    covered_before: set[int] = set()
    for path, gain in zip(paths, gains, strict=True):
        left = admitted - covered_before
        assert gain == max(len(left & set(states.path(end))) for end in left)
        assert path.fresh == left & set(path.places)
        covered_before |= path.fresh


def test_a_limit_keeps_the_first_paths():
    states = merged_one(drawn("t", 1))
    admitted = states.admitted(1)
    assert cover(states, admitted, 3) == cover(states, admitted)[:3]


# Tasks


def test_tasks_are_held_out_by_environment_and_seed():
    tasks = [Task(env, str(i)) for env in ("maze", "toy") for i in range(20)]
    chosen = held_out(tasks, 0.25, 0)
    assert sorted(task.env for task in chosen) == ["maze"] * 5 + ["toy"] * 5
    assert held_out(reversed(tasks), 0.25, 0) == chosen
    assert held_out(tasks, 0.25, 1) != chosen


@pytest.mark.parametrize("share", [0.1, 0.6, 0.99])
def test_a_lone_task_is_for_training(share):
    assert not held_out([Task("toy", "only")], share, 0)


@given(st.integers(2, 9), st.floats(0.01, 0.99))
def test_both_sides_of_the_holdout_have_a_task(count, share):
    tasks = [Task("toy", str(i)) for i in range(count)]
    assert 0 < len(held_out(tasks, share, 0)) < count


def test_balancing_takes_the_best_path_of_every_task_first():
    kept = [covered(merged_one(drawn(str(i), i)), ALL) for i in range(4)]
    total = sum(task.states for task in kept)
    some = balanced(kept, Extraction(balance=total // 2))
    states = sum(task.states for task in some)
    assert total // 2 <= states < total // 2 + 5
    counts = [len(task.paths) for task in some]
    assert min(counts) > 0
    assert all(task.paths == kept[i].paths[: len(task.paths)] for i, task in enumerate(some))


def test_balancing_to_the_smallest_environment_caps_the_others():
    small = merged_one(tree_of("s", "ab=1", env="maze"))
    kept = [covered(small, ALL), *(covered(merged_one(drawn(str(i), i)), ALL) for i in range(3))]
    by_env: dict[str, int] = {}
    for task in balanced(kept, Extraction(balance=0)):
        env = task.tree.task.env
        by_env[env] = by_env.get(env, 0) + task.states
    assert by_env["maze"] == 2
    assert 2 <= by_env["toy"] <= 2 + 5


# Files


def test_extraction_writes_each_state_once_with_its_value(tmp_path):
    trees = [drawn(str(i), i) for i in range(3)]
    extract([written(tmp_path / "run", trees)], tmp_path / "data", ALL)
    found = labelled(read_values(tmp_path / "data" / VALUES))
    keys = [(task, said) for task, said, _ in found]
    assert len(set(keys)) == len(keys)
    expected = {
        (states.task, said): value
        for states in merged(trees)
        for said, (value, _) in by_actions(states).items()
    }
    assert {(task, said) for task, said, _ in found} == set(expected)
    for task, said, value in found:
        assert value == pytest.approx(expected[task, said], abs=1e-6)


def test_rows_end_with_an_action_and_have_a_number_for_each(tmp_path):
    extract([written(tmp_path / "run", grown("toy", 3))], tmp_path / "data", ALL)
    rows = list(read_values(tmp_path / "data" / VALUES))
    assert rows
    for row in rows:
        assert row.messages[-1]["role"] == "assistant"
        assert [m["role"] for m in row.messages[:3]] == ["system", "user", "assistant"]
        assert row.values[-1] is not None
        assert row.finished


def test_rows_without_observations_say_so_and_have_none(tmp_path):
    run = written(tmp_path / "run", [drawn("0", 0)])
    flags = ["extract", str(run), "--holdout", "0", "--out"]
    for out, more in (("whole", []), ("less", ["--without", "observations"])):
        assert main([*flags, str(tmp_path / out), *more]) == 0
    whole, less = (list(read_values(tmp_path / out / VALUES)) for out in ("whole", "less"))
    assert {row.shown for row in whole} == {Shown()}
    assert {row.shown for row in less} == {Shown(observations=False)}
    for one, other in zip(whole, less, strict=True):
        assert (one.task, one.values) == (other.task, other.values)
        assert all(message["content"] for message in one.messages[3::2])
        assert not any(message["content"] for message in other.messages[3::2])
    assert "Left out of the states: observations." in (tmp_path / "less/dataset.md").read_text()


def test_heldout_tasks_are_in_the_heldout_file_only(tmp_path):
    run = written(tmp_path / "run", [drawn(str(i), i) for i in range(10)])
    manifest = extract([run], tmp_path / "data", Extraction(holdout=0.3))
    train, test = (
        {row.task for row in read_values(tmp_path / "data" / name)} for name in (VALUES, HELDOUT)
    )
    assert test == set(manifest.heldout_tasks)
    assert (len(train), len(test)) == (7, 3)
    assert not train & test


@pytest.mark.parametrize("balance", [None, 0])
@pytest.mark.parametrize("seed", range(4))
def test_tasks_without_states_take_no_place_on_either_side(tmp_path, seed, balance):
    unfinished = [Tree.rooted(Task("toy", f"empty-{i}"), "Spell.", "Type.") for i in range(3)]
    run = written(tmp_path / "run", [*unfinished, tree_of("a", "ab=1"), tree_of("b", "ab=0")])
    settings = Extraction(holdout=0.5, seed=seed, balance=balance)
    manifest = extract([run], tmp_path / "data", settings)
    assert [output.rows for output in manifest.outputs] == [1, 1]
    lone = written(tmp_path / "lone", [*unfinished, tree_of("a", "ab=1")])
    manifest = extract([lone], tmp_path / "lone-data", settings)
    assert [output.rows for output in manifest.outputs] == [1, 0]


@pytest.mark.parametrize(("tasks", "told"), [(["aabb"], 0), (["abba", "baba", "x"], 2)])
def test_training_on_tasks_of_the_test_split_is_noted(tmp_path, tasks, told, capsys):
    run = written(tmp_path / "run", [tree_of(task, "ab=1") for task in tasks])
    extract([run], tmp_path / "data", ALL)
    note = f"note: {told} tasks to train on are of the test split, as toy/abba: "
    assert (note in capsys.readouterr().err) == bool(told)


def test_an_environment_that_is_not_here_has_no_test_split():
    assert not of_test_split([Task("elsewhere", "abba")])


def test_the_order_in_which_episodes_ended_changes_no_byte_of_the_values(tmp_path):
    trees = [drawn(str(i % 4), i) for i in range(12)]
    contents = []
    for name in ("one", "other"):
        random.Random(name).shuffle(trees)
        extract([written(tmp_path / name, trees)], tmp_path / name / "data", Extraction())
        folder = tmp_path / name / "data"
        contents.append((folder / VALUES).read_bytes() + (folder / HELDOUT).read_bytes())
    assert contents[0] == contents[1]


@pytest.mark.parametrize("hash_seed", ["0", "1", "random"])
def test_hash_seeds_change_no_byte(tmp_path, hash_seed):
    trees = [drawn(str(i), i) for i in range(6)]
    run = written(tmp_path / "run", trees)
    here = extract([run], tmp_path / "here", Extraction(balance=40))
    code = (
        "import sys, tests.toys; from pathlib import Path; from rewards.dataset import extract;"
        "from rewards.selection import Extraction;"
        "extract([Path(sys.argv[1])], Path(sys.argv[2]), Extraction(balance=40))"
    )
    subprocess.run(
        [sys.executable, "-c", code, run, tmp_path / "there"],
        env={**os.environ, "PYTHONHASHSEED": hash_seed},
        cwd=Path(__file__).parents[2],
        check=True,
        capture_output=True,
    )
    assert here.outputs
    for file in sorted((tmp_path / "here").iterdir()):
        assert (tmp_path / "there" / file.name).read_bytes() == file.read_bytes(), file.name


def test_a_torn_last_line_and_failed_episodes_are_left_out_and_counted(tmp_path):
    error = '{"kind":"model","type":"E","message":"no"}'
    run = written(
        tmp_path / "run",
        [drawn("1", 1)],
        line(drawn("2", 2), error),
        line(drawn("3", 3)),
        line(drawn("4", 4))[:-40],
    )
    manifest = extract([run], tmp_path / "data", ALL)
    [source] = manifest.inputs
    assert (source.episodes, source.errors, source.torn) == (2, 1, 1)
    assert {row.task.id for row in read_values(tmp_path / "data" / VALUES)} == {"1", "3"}


@pytest.mark.parametrize("bad", [b"{}\n", b"[1]\n", b"not json\n", b'{"tree":{"nodes":[]}}\n'])
def test_a_bad_line_elsewhere_is_named(tmp_path, bad):
    run = written(tmp_path / "run", [drawn("1", 1)], bad, line(drawn("2", 2)))
    with pytest.raises(BadData, match="line 2: not an episode"):
        extract([run], tmp_path / "data", ALL)
    assert not (tmp_path / "data").exists()


def test_a_tree_whose_parents_do_not_precede_their_children_is_refused(tmp_path):
    tree = drawn("1", 1)
    tree.nodes[3].parent = 7
    run = written(tmp_path / "run", [tree, drawn("2", 2)])
    with pytest.raises(BadData, match="node 3 has the parent 7"):
        extract([run], tmp_path / "data", ALL)


def test_a_missing_run_says_how_to_make_one(tmp_path):
    with pytest.raises(MissingData, match=r"harness\.explore"):
        extract([tmp_path], tmp_path / "data", ALL)


def test_nothing_to_train_on_is_an_error(tmp_path):
    tree = tree_of("t", "aa=1")
    tree.nodes[-1].step = Step(Action("a"), "aa.")
    tree.nodes[-1].value = 1.0
    with pytest.raises(BadData, match="lower --min-visits"):
        extract([written(tmp_path / "run", [tree])], tmp_path / "d", Extraction(min_visits=9))


def test_the_manifest_holds_the_checksums_and_counts_of_the_files(tmp_path):
    run = written(tmp_path / "run", [drawn(str(i), i) for i in range(8)])
    extract([run], tmp_path / "data", Extraction(paths=4))
    manifest = json.loads((tmp_path / "data" / "dataset.json").read_text())
    episodes = (run / "episodes.jsonl").read_bytes()
    assert manifest["inputs"][0]["sha256"] == hashlib.sha256(episodes).hexdigest()
    for output in manifest["outputs"]:
        content = (tmp_path / "data" / output["path"]).read_bytes()
        assert output["sha256"] == hashlib.sha256(content).hexdigest()
        assert output["rows"] == content.count(b"\n")
        counts = manifest["environments"][output["path"]]["toy"]
        assert sum(counts["histogram"]) == counts["states"] == output["states"]
        assert counts["rows"] == output["rows"] <= 4 * counts["tasks"]
    assert not list((tmp_path / "data").glob("*.tmp"))


@pytest.mark.parametrize("values", [[0.5, 0.5], [], [2]])
def test_a_row_with_a_wrong_number_of_values_is_refused(tmp_path, values):
    extract([written(tmp_path / "run", [tree_of("t", "ab=1", "ab=1")])], tmp_path, ALL)
    row = json.loads((tmp_path / VALUES).read_text())
    row["values"] = values * 3
    (tmp_path / VALUES).write_text(json.dumps(row) + "\n")
    with pytest.raises(BadData, match="line 1"):
        list(read_values(tmp_path / VALUES))
