"""Two policies compared in one run: `--compare`."""

from __future__ import annotations

import json
import shutil

import pytest

from harness import __main__ as cli
from harness import manifest
from harness.episode import EPISODES_FILE, read_episodes
from harness.manifest import RUN_FILE
from harness.policy.random import RandomPolicy
from harness.policy.registry import POLICIES
from rewards.errors import BadSetting

SAME = ["--rm", "none", "--method", "greedy", "--tasks", "maze", "--limit", "4"]
BAD = "expert:lots"
"""A policy whose name is known and which cannot be loaded."""


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


@pytest.mark.parametrize(("policy", "other"), [(BAD, "expert"), ("expert", BAD)])
def test_a_policy_of_the_two_that_does_not_load_is_told_at_once_and_leaves_nothing(
    run, capsys, policy, other
):
    assert compare(run, policy=policy, other=other) == 2
    told = capsys.readouterr().err
    assert "not 'lots'" in told
    assert "episode/s" not in told  # nothing was played before that
    assert not run.exists()


def test_a_disk_that_is_full_when_the_rival_begins_leaves_nothing(run, monkeypatch):
    write = manifest.write

    def full(directory, content):
        if directory.name == "compared":
            raise OSError("no space left")
        write(directory, content)

    monkeypatch.setattr(manifest, "write", full)
    assert compare(run) == 2
    assert not run.exists()


def test_what_lay_in_the_directory_stays_where_a_run_cannot_begin(run):
    run.mkdir()
    (run / "compared").write_text("mine")
    assert compare(run) == 2
    assert [path.name for path in run.iterdir()] == ["compared"]


@pytest.mark.parametrize("left", [RUN_FILE, EPISODES_FILE])
def test_a_new_run_does_not_go_on_with_the_rival_of_another(run, capsys, left):
    compare(run)
    for path in run.iterdir():
        if path.is_file():
            path.unlink()
    for path in (run / "compared").iterdir():
        if path.name != left:
            path.unlink()
    kept = (run / "compared" / left).read_bytes()
    for flags in ([], ["--compare", "random"]):
        assert cli.main(["--policy", "expert", *SAME, *flags, "--out", str(run)]) == 2
        assert f"{run / 'compared'} holds a run" in capsys.readouterr().err
    assert [path.name for path in run.iterdir()] == ["compared"]
    assert (run / "compared" / left).read_bytes() == kept


def test_a_resume_refuses_a_rival_that_played_something_else(run, tmp_path, capsys):
    compare(run)
    other = tmp_path / "other"
    cli.main(["--policy", "random", *SAME[:-1], "2", "--out", str(other)])
    shutil.rmtree(run / "compared")
    other.rename(run / "compared")
    for flags in ([], ["--compare", "random"]):
        assert cli.main(["--resume", str(run), *flags]) == 2
        told = capsys.readouterr().err
        assert f"{run / 'compared'} is not the run to compare {run} with" in told
        assert "--limit 4 (the run has 2)" in told


def test_a_rival_that_cannot_be_gone_on_with_is_found_before_anything_is_played(run, capsys):
    compare(run)
    (run / EPISODES_FILE).unlink()
    path = run / "compared" / RUN_FILE
    path.write_text(json.dumps({**json.loads(path.read_text()), "models": {"policy": "ab"}}))
    assert cli.main(["--resume", str(run)]) == 2
    assert f"{run / 'compared'} was begun with other models" in capsys.readouterr().err
    assert not (run / EPISODES_FILE).exists()


def test_a_rival_that_does_not_load_is_taken_back_from_the_run_that_was_there(run):
    cli.main(["--policy", "expert", *SAME, "--out", str(run)])
    before = {path.name: path.read_bytes() for path in run.iterdir()}
    assert cli.main(["--resume", str(run), "--compare", BAD]) == 2
    assert {path.name: path.read_bytes() for path in run.iterdir()} == before


def test_a_rival_that_fails_later_is_gone_on_with(run, monkeypatch):
    monkeypatch.setitem(POLICIES.table, "ailing", f"{__name__}:ailing")
    monkeypatch.setattr(Ailing, "loads", 0)
    assert compare(run, other="ailing") == 2
    assert len(read_episodes(run)) == 4
    assert cli.main(["--resume", str(run)]) == 0
    assert len(read_episodes(run / "compared")) == 4


class Ailing(RandomPolicy):
    """Cannot be loaded the second time, as where a server has died meanwhile."""

    loads = 0


def ailing(request):
    Ailing.loads += 1
    if Ailing.loads == 2:
        raise BadSetting("it has died")
    return Ailing(request.seed)
