"""Values of the states that a run visited."""

import json
from dataclasses import replace

import pytest

from harness import __main__ as harness
from harness import estimate
from harness.episode import EPISODE, read_episodes
from rewards.__main__ import main as rewards


@pytest.fixture
def run(tmp_path):
    out = tmp_path / "run"
    flags = ["--policy", "random", "--rm", "random", "--method", "best-of-n", "--n", "2"]
    assert (
        harness.main(
            [*flags, "--tasks", "toy", "--split", "train", "--limit", "0", "--out", str(out)]
        )
        == 0
    )
    return out


def test_the_expert_s_completions_value_a_state_by_what_can_still_be_reached(run, tmp_path):
    out = tmp_path / "values"
    assert estimate.main([str(run), "--policy", "expert", "--out", str(out)]) == 0
    sources = read_episodes(run)
    for source, valued in zip(sources, read_episodes(out), strict=True):
        assert [node.step for node in valued.tree.nodes] == [n.step for n in source.tree.nodes]
        assert valued.tree.nodes[0].value == 1.0
        for index, node in enumerate(valued.tree.nodes):
            if node.step.done:
                assert (node.value, node.visits) == (valued.tree.trajectory(index).score, 1)
            else:
                assert node.visits == 8


def test_estimates_are_the_same_again_and_go_on_where_they_were_killed(run, tmp_path):
    once, twice = tmp_path / "once", tmp_path / "twice"
    flags = [str(run), "--policy", "random", "--rollouts", "2", "--out"]
    assert estimate.main([*flags, str(once)]) == 0
    assert estimate.main([*flags, str(twice)]) == 0
    lines = (twice / "episodes.jsonl").read_bytes().splitlines(keepends=True)
    (twice / "episodes.jsonl").write_bytes(lines[0] + lines[1][:40])
    assert estimate.main([*flags, str(twice)]) == 0
    trees = [[episode.tree for episode in read_episodes(out)] for out in (once, twice)]
    assert trees[0] == trees[1]


def test_episodes_with_many_states_can_be_left_out(run, tmp_path, capsys):
    sizes = {episode.task: len(episode.tree.nodes) - 1 for episode in read_episodes(run)}
    most = min(sizes.values())
    flags = [str(run), "--policy", "random", "--rollouts", "1", "--out", str(tmp_path / "v")]
    assert estimate.main([*flags, "--max-states", str(most)]) == 0
    kept = {episode.task for episode in read_episodes(tmp_path / "v")}
    assert kept == {task for task, size in sizes.items() if size <= most}
    assert 0 < len(kept) < len(sizes)
    flags[-1] = str(tmp_path / "w")
    assert estimate.main([*flags, "--max-states", "1", "--tasks", "toy"]) != 0
    assert "no finished episode of toy with at most 1 states" in capsys.readouterr().err


def test_extraction_takes_estimates_as_training_data(run, tmp_path):
    out = tmp_path / "values"
    estimate.main([str(run), "--policy", "expert:0.5", "--out", str(out)])
    assert rewards(["extract", str(out), "--min-visits", "8", "--out", str(tmp_path / "d")]) == 0
    row = json.loads((tmp_path / "d" / "values.jsonl").read_text().splitlines()[0])
    assert all(0 <= value <= 1 for value in row["values"] if value is not None)


def test_a_directory_of_other_estimates_is_refused(run, tmp_path, capsys):
    out = tmp_path / "values"
    estimate.main([str(run), "--policy", "expert", "--out", str(out)])
    assert estimate.main([str(run), "--policy", "random", "--out", str(out)]) == 2
    assert "other settings" in capsys.readouterr().err
    assert estimate.main([str(run), "--out", str(run)]) == 2
    assert "holds a run" in capsys.readouterr().err


def test_a_run_that_does_not_repeat_is_an_error_and_no_value(run, tmp_path, capsys):
    path = run / "episodes.jsonl"
    [first, *rest] = path.read_bytes().splitlines(keepends=True)
    episode = EPISODE.validate_json(first)
    last = episode.tree.nodes[-1]
    last.step = replace(last.step, observation="something else")
    path.write_bytes(EPISODE.dump_json(episode) + b"\n" + b"".join(rest))
    assert estimate.main([str(run), "--policy", "expert", "--out", str(tmp_path / "values")]) == 1
    assert "1 errors" in capsys.readouterr().out
