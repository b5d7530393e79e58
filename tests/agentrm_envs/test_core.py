from __future__ import annotations

from dataclasses import replace

import pytest

from agentrm_envs import Outcome, Task, TextSpace, make
from agentrm_envs.core import MAX_ACTION_LENGTH, clean
from agentrm_envs.errors import (
    EnvError,
    EpisodeOver,
    MissingData,
    NotStarted,
    ReplayDiverged,
    UnknownTask,
)
from agentrm_envs.record import Action, Step, Trajectory, Tree
from tests.toys import ReplayingToyEnv


@pytest.fixture
def env():
    return make("toy")


def test_reset_draws_a_task_by_seed(env):
    drawn = [env.reset(seed=seed)[1]["task"] for seed in range(20)]
    assert drawn == [env.reset(seed=seed)[1]["task"] for seed in range(20)]
    assert set(drawn) == set(env.tasks)


def test_reset_begins_the_task_that_is_named_also_of_the_other_split(env):
    assert env.reset(options={"task": "bbbb"})[1]["goal"] == "Spell 'bbbb'."
    assert "aabb" not in env.tasks
    assert env.reset(options={"task": "aabb"})[1]["goal"] == "Spell 'aabb'."


def test_an_unknown_task_is_an_error_that_shows_which_there_are(env):
    with pytest.raises(UnknownTask, match="no builtin task 'baab'; its test tasks are 'abba' to"):
        env.reset(options={"task": "baab"})
    with pytest.raises(NotStarted):
        env.step("a")


def test_step_gives_the_increment_of_the_score_and_ends_in_success(env):
    env.reset(options={"task": "abba"})
    answers = [env.step(letter) for letter in "abba"]
    assert [reward for _, reward, *_ in answers] == [0.25] * 4
    assert answers[-1][2:4] == (True, False)
    assert answers[-1][4] == {
        "task": "abba",
        "goal": "Spell 'abba'.",
        "score": 1.0,
        "success": True,
    }


def test_the_step_limit_truncates_and_rewinds_with_the_state(env):
    env.reset(options={"task": "bbbb"})
    snapshots = [env.snapshot()]
    for _ in range(4):
        *_, terminated, truncated, info = env.step("a")
        snapshots.append(env.snapshot())
    assert (terminated, truncated, info["success"]) == (False, True, False)
    with pytest.raises(EpisodeOver, match="bbbb is over; reset first"):
        env.step("a")
    env.restore(snapshots[3])
    assert env.step("b")[3]
    env.restore(snapshots[4])
    with pytest.raises(EpisodeOver):
        env.step("a")


def test_step_and_snapshot_before_reset_are_errors(env):
    with pytest.raises(NotStarted, match="toy: call reset first"):
        env.step("a")
    with pytest.raises(NotStarted):
        env.snapshot()


def test_an_action_that_is_no_text_is_a_type_error(env):
    env.reset()
    with pytest.raises(TypeError, match="an action is a str, not int"):
        env.step(3)


def test_restore_reports_a_replay_that_diverged():
    env = ReplayingToyEnv("toy", 4)
    env.reset(options={"task": "abba"})
    env.step("a")
    other = replace(env.snapshot().outcome, observation="something else")
    with pytest.raises(ReplayDiverged, match="replaying 1 actions of task abba ended in"):
        env.restore(replace(env.snapshot(), outcome=other))


def test_a_snapshot_of_another_environment_is_refused_at_once(env):
    maze = make("maze")
    maze.reset(seed=0)
    env.reset(options={"task": "abba"})
    with pytest.raises(EnvError, match=r"toy: a snapshot of maze .* made as 'maze'"):
        env.restore(maze.snapshot())
    assert env.step("a")[0] == "You typed a."


def answering(env, monkeypatch, score):
    env.reset(options={"task": "abba"})
    monkeypatch.setattr(env, "_act", lambda action: Outcome("", score, False))
    return env


@pytest.mark.parametrize("score", [float("nan"), float("inf"), 7.0, -0.01, None, "1"])
def test_what_is_no_score_is_an_error_that_shows_it(env, monkeypatch, score):
    with pytest.raises(EnvError, match=rf"toy: an action in task abba .* a score of {score!r}, "):
        answering(env, monkeypatch, score).step("a")


@pytest.mark.parametrize(("score", "told"), [(1 + 1e-12, 1.0), (-1e-12, 0.0), (1, 1), (0.5, 0.5)])
def test_a_score_that_rounding_took_beyond_its_bounds_is_cut_to_them(env, monkeypatch, score, told):
    assert answering(env, monkeypatch, score).step("a")[4]["score"] == told


def test_a_snapshot_does_not_change_with_the_environment(env):
    env.reset(options={"task": "abba"})
    snapshot = env.snapshot()
    env.step("a")
    assert snapshot.actions == ()
    assert env.snapshot().actions == ("a",)


def test_snapshots_are_equal_whatever_state_they_carry(env):
    env.reset(options={"task": "abba"})
    assert env.snapshot() == replace(env.snapshot(), state=None)


def test_an_unknown_task_is_one_also_where_the_other_split_has_no_tasks(monkeypatch):
    def only_test_tasks(name, split, data):
        if split == "train":
            raise MissingData("no train tasks")
        return {"abba": {"word": "abba"}}

    monkeypatch.setattr("agentrm_envs.core.task_table", only_test_tasks)
    with pytest.raises(UnknownTask, match="no builtin task 'zz'; its test tasks are 'abba'"):
        make("toy").reset(options={"task": "zz"})


@pytest.mark.parametrize("split", ["", "dev"])
def test_an_unknown_split_is_an_error_that_lists_them(split):
    with pytest.raises(EnvError, match="there are: train, test"):
        make("toy", split=split).reset()


def test_clean_removes_what_cannot_be_shown_and_cuts_what_is_long():
    assert clean("a\0b\x1b[0m\ud800") == "a b [0m "
    assert clean("a\tb\nc é 🧨") == "a\tb\nc é 🧨"
    assert len(clean("x" * 100_000)) == MAX_ACTION_LENGTH


def test_text_spaces_are_equal_by_their_length_and_hold_text():
    assert TextSpace(3) == TextSpace(3) != TextSpace(4)
    assert "abc" in TextSpace(3)
    assert "abcd" not in TextSpace(3)
    assert 3 not in TextSpace(3)
    assert len({TextSpace(3), TextSpace(3)}) == 1


def test_a_tree_knows_its_paths_children_and_leaves():
    tree = Tree.rooted(Task("toy", "abba"), "goal", "first")
    a = tree.add(Tree.ROOT, Step(Action("a"), "one", 0.25))
    b = tree.add(a, Step(Action("b"), "two", 0.25))
    c = tree.add(Tree.ROOT, Step(Action("c"), "three"))
    assert tree.children(Tree.ROOT) == [a, c]
    assert tree.leaves() == [b, c]
    assert tree.path(b) == [Tree.ROOT, a, b]
    assert tree.trajectory(b).score == 0.5
    assert [step.observation for step in tree.trajectory(b).steps] == ["one", "two"]
    assert tree.trajectory(Tree.ROOT) == Trajectory(Task("toy", "abba"), "goal", "first")


def test_a_score_is_summed_without_rounding_errors():
    steps = tuple(Step(Action("a"), "", 0.1) for _ in range(10))
    assert Trajectory(Task("toy", "abba"), "", "", steps).score == 1.0
