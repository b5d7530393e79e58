"""The stages of the recipe after each other, on a real environment, with a random tiny base."""

import json

import pytest

from agentrm_envs import Task
from harness import explore
from rewards.__main__ import main
from rewards.data_card import histogram
from rewards.episodes import EpisodesFile
from rewards.states import merged
from rewards.values import read_values


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """Maze, explored by a policy that walks at random."""
    out = tmp_path_factory.mktemp("explored") / "run"
    flags = ["--policy", "random", "--tasks", "maze", "--limit", "6", "--iterations", "24"]
    assert explore.main([*flags, "--out", str(out)]) == 0
    return out


@pytest.fixture(scope="module")
def data(run, tmp_path_factory):
    out = tmp_path_factory.mktemp("data")
    assert main(["extract", str(run), "--out", str(out), "--holdout", "0.34"]) == 0
    return out


def rows(data):
    files = [data / "values.jsonl", data / "values.heldout.jsonl"]
    return [row for file in files for row in read_values(file)]


def test_values_of_explored_mazes_are_the_scores_of_the_episodes_through_them(run, data):
    """A state's value lies between the scores that were found beyond it, an end's is its own."""
    trees = {tree.task: tree for tree in merged(EpisodesFile.of(run).trees())}
    between = 0
    for row in rows(data):
        tree, place = trees[row.task], 0
        beyond = scores_beyond(tree)
        for message, value in zip(row.messages[2::2], row.values, strict=True):
            place = child(tree, place, message["content"].removeprefix("Action: "))
            if value is not None:
                assert min(beyond[place]) <= value <= max(beyond[place])
                between += 0 < value < 1
        if row.finished and row.values[-1] is not None:
            assert row.values[-1] == pytest.approx(sum(row.rewards))
    assert between > 0


def scores_beyond(tree):
    """For each state the scores of the finished episodes through it."""
    found = [[] for _ in tree.states]
    for end, state in enumerate(tree.states):
        if state.finished:
            for place in tree.path(end):
                found[place].append(tree.trajectory(end).score)
    return found


def child(tree, parent, action):
    [found] = [
        place
        for place, state in enumerate(tree.states)
        if place and (state.parent, state.step.action.text) == (parent, action)
    ]
    return found


def test_explored_mazes_have_good_and_bad_states(data):
    values = [value for row in rows(data) for value in row.values if value is not None]
    bars = histogram(values)
    assert bars[0] > 0
    assert sum(bars[1:]) > 0


def test_no_held_out_maze_is_trained_on(data):
    trained = {row.task for row in read_values(data / "values.jsonl")}
    heldout = {row.task for row in read_values(data / "values.heldout.jsonl")}
    assert (len(trained), len(heldout)) == (4, 2)
    assert not trained & heldout
    manifest = json.loads((data / "dataset.json").read_text())
    assert {Task(**task) for task in manifest["heldout_tasks"]} == heldout


def test_an_answer_to_the_last_action_is_never_shown(data):
    for row in rows(data):
        assert row.messages[-1]["role"] == "assistant"
        if row.finished:
            assert "Success" not in "".join(message["content"] for message in row.messages)


@pytest.mark.filterwarnings("ignore:.is_gradient_checkpointing.:FutureWarning")
def test_a_reward_model_is_trained_and_evaluated_on_explored_mazes(run, data, tmp_path, capsys):
    pytest.importorskip("peft")
    from tests.tiny_model import tiny_base

    rm, report = tmp_path / "rm", tmp_path / "report.json"
    values, base = data / "values.jsonl", tiny_base(tmp_path / "base")
    flags = ["--data", values, "--base", base, "--out", rm, "--max-tokens", "400"]
    assert main(["train", *map(str, flags)]) == 0
    flags = [run, "--only", data / "values.heldout.jsonl", "--rm", f"explicit:{rm}", "oracle"]
    limits = ["--limit-states", "12", "--limit-tasks", "1"]
    assert main(["evaluate", *map(str, flags), *limits, "--out", str(report)]) == 0
    assert "sibling accuracy" in capsys.readouterr().out
    qualities = json.loads(report.read_text())["qualities"]
    assert list(qualities) == [f"explicit:{rm}", "oracle"]
    for found in qualities.values():
        assert found["maze"]["tasks"] == 1
        assert found["maze"]["states"] == 12
        assert found["maze"]["measures"]["mse"]["mean"] >= 0
