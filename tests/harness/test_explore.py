"""Growing trees for training data."""

import json

import pytest

from agentrm_envs import tasks
from harness import explore
from harness.episode import read_episodes


def test_exploration_grows_mcts_trees_of_training_tasks_with_true_returns(tmp_path, capsys):
    flags = ["--policy", "random", "--tasks", "toy", "--iterations", "6", "--out", str(tmp_path)]
    assert explore.main(flags) == 0
    episodes = read_episodes(tmp_path)
    assert [episode.task for episode in episodes] == sorted(
        tasks("toy", "train"), key=lambda task: task.id
    )
    for episode in episodes:
        tree = episode.tree
        for leaf in tree.leaves():
            assert tree.nodes[leaf].step.done
            assert tree.nodes[leaf].value == pytest.approx(tree.trajectory(leaf).score)
        assert all(node.visits > 0 for node in tree.nodes)
    assert "toy" in capsys.readouterr().out


def test_exploration_is_a_run_like_any_other(tmp_path):
    explore.main(["--policy", "random", "--tasks", "toy", "--limit", "1", "--out", str(tmp_path)])
    config = json.loads((tmp_path / "run.json").read_text())["config"]
    assert (config["method"], config["rm"], config["split"]) == ("mcts", "oracle", "train")
    assert explore.main(["--resume", str(tmp_path)]) == 0
    files = ["episodes.jsonl", "run.json", "summary.json"]
    assert sorted(path.name for path in tmp_path.iterdir()) == files


def test_exploration_has_no_flag_for_the_test_split(tmp_path, capsys):
    with pytest.raises(SystemExit):
        explore.main(["--split", "test", "--out", str(tmp_path)])
    assert "there is no flag --split" in capsys.readouterr().err


def test_exploration_without_rollouts_would_have_no_returns_and_is_refused(tmp_path, capsys):
    flags = ["--policy", "random", "--tasks", "toy", "--rollouts", "0"]
    assert explore.main([*flags, "--out", str(tmp_path / "run")]) == 2
    assert "--rollouts must be at least 1, not 0: " in capsys.readouterr().err
    assert not (tmp_path / "run").exists()
