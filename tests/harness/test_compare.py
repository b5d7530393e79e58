"""Two policies compared in one run: `--compare`."""

from __future__ import annotations

import json

import pytest

from harness import __main__ as cli
from harness.episode import EPISODES_FILE, read_episodes

SAME = ["--rm", "none", "--method", "greedy", "--tasks", "maze", "--limit", "4"]


@pytest.fixture
def run(tmp_path):
    return tmp_path / "run"


def compare(run, *flags, policy="expert", other="random"):
    pair = ["--policy", policy, "--compare", other]
    return cli.main([*pair, *SAME, *flags, "--out", str(run)])


def test_both_are_played_and_the_difference_is_told(run, capsys):
    assert compare(run) == 0
    board = json.loads((run / "leaderboard.json").read_text())
    assert sorted(entry["policy"] for entry in board["entries"]) == ["expert", "random"]
    first, second = read_episodes(run), read_episodes(run / "compared")
    assert [episode.task for episode in first] == [episode.task for episode in second]
    shown = capsys.readouterr().out
    gained = sum(e.score for e in first) / 4 - sum(e.score for e in second) / 4
    assert "A: expert" in shown
    assert "B: random" in shown
    assert f"{gained:+.3f}" in shown


def test_json_is_the_leaderboard_alone(run, capsys):
    assert compare(run, "--json") == 0
    assert json.loads(capsys.readouterr().out) == json.loads((run / "leaderboard.json").read_text())


@pytest.mark.parametrize("left", [0, 2])
def test_a_resume_goes_on_with_both(run, left):
    compare(run)
    expected = (run / "leaderboard.json").read_text()
    for directory in (run, run / "compared"):
        kept = (directory / EPISODES_FILE).read_text().splitlines(True)[:left]
        (directory / EPISODES_FILE).write_text("".join(kept))
    (run / "leaderboard.json").unlink()
    assert cli.main(["--resume", str(run)]) == 0
    assert len(read_episodes(run)) == len(read_episodes(run / "compared")) == 4
    results = [
        [(entry["policy"], entry["results"]) for entry in json.loads(text)["entries"]]
        for text in (expected, (run / "leaderboard.json").read_text())
    ]
    assert results[0] == results[1]


def test_a_run_can_be_compared_afterwards(run):
    assert cli.main(["--policy", "expert", *SAME, "--out", str(run)]) == 0
    assert cli.main(["--resume", str(run), "--compare", "random"]) == 0
    assert len(json.loads((run / "leaderboard.json").read_text())["entries"]) == 2


def test_a_resume_refuses_another_policy_to_compare_with(run, capsys):
    compare(run)
    assert cli.main(["--resume", str(run), "--compare", "expert:0.5"]) == 2
    assert "--policy expert:0.5 (the run has random)" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        (["--compare", "rando"], "did you mean 'random'"),
        (["--compare", "random", "--rescore", "runs/none"], "--rescore asks none: give one"),
    ],
)
def test_what_cannot_be_compared_is_told_and_leaves_nothing(run, capsys, flags, message):
    assert cli.main(["--policy", "expert", *SAME, *flags, "--out", str(run)]) == 2
    assert message in capsys.readouterr().err
    assert not run.exists()
