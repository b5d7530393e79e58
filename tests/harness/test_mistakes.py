"""Mistakes with files and numbers: told in a line, before anything is played, leaving nothing."""

import json
import math
import os
import resource
import subprocess
import sys

import pytest

from harness import __main__ as cli
from harness import estimate, sft
from harness.config import sha256
from harness.episode import EPISODES_FILE
from harness.journal import opened

TOY = ["--policy", "random", "--rm", "random", "--tasks", "toy", "--limit", "0"]


def told(capsys, main, *words):
    """The one line that a command ends with."""
    assert main([*map(str, words)]) == 2
    [line] = [line for line in capsys.readouterr().err.splitlines() if line.startswith("error: ")]
    return line


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "file"
    path.write_text("mine")
    return path


def test_a_run_directory_that_cannot_be_made(file, capsys):
    assert str(file) in told(capsys, cli.main, *TOY, "--out", file)
    assert "Not a directory" in told(capsys, cli.main, *TOY, "--out", file / "run")
    assert file.read_text() == "mine"


def test_a_leaderboard_that_cannot_be_written_is_told_before_anything_is_played(
    tmp_path, file, capsys
):
    run = tmp_path / "run"
    for board, said in ((tmp_path, "a folder; name a file in it"), (file / "b.json", "file: ")):
        assert said in told(capsys, cli.main, *TOY, "--out", run, "--leaderboard", board)
        assert not run.exists()


def test_an_infinite_setting(tmp_path, capsys):
    line = told(capsys, cli.main, *TOY, "--temperature", "inf", "--out", tmp_path / "run")
    assert line == "error: --temperature must be finite, not inf"


def test_two_runs_that_begin_in_one_second_do_not_meet(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("harness.command.time.strftime", lambda form: "now")
    assert [cli.main(TOY), cli.main(TOY)] == [0, 0]
    assert sorted(path.name for path in (tmp_path / "runs").iterdir()) == ["now", "now-2"]


@pytest.mark.parametrize("late", [False, True])
def test_a_directory_in_which_another_process_plays_is_left_as_it_is(
    tmp_path, capsys, monkeypatch, late
):
    """`late`: the other came between this one's look at the directory and its lock."""
    with opened(tmp_path / "run") as journal:
        if late:
            monkeypatch.setattr("harness.command._check_free", lambda directory: None)
        (tmp_path / "run" / "run.json").write_text("the other's")
        journal.append(b"{}\n")
        said = "another process is writing" if late else "holds a run"
        assert said in told(capsys, cli.main, *TOY, "--out", tmp_path / "run")
        assert (tmp_path / "run" / "run.json").read_text() == "the other's"
        assert (tmp_path / "run" / EPISODES_FILE).read_bytes() == b"{}\n"


def test_a_config_whose_checksum_is_not_its_own(tmp_path, capsys):
    assert cli.main([*TOY, "--out", str(tmp_path / "run")]) == 0
    path = tmp_path / "run" / "run.json"
    path.write_text(path.read_text().replace('"seed": 0', '"seed": 1'))
    line = told(capsys, cli.main, "--resume", tmp_path / "run")
    assert "its config is not what config_sha256 says" in line


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (lambda line: line["tree"]["nodes"][2].update(parent=2), "node 2 has the parent 2"),
        (lambda line: line.update(chosen=99), "it chose node 99"),
        (
            lambda line: line["task"].update(id="baba"),
            "toy baba is damaged: its tree is of toy abba",
        ),
        (lambda line: line["tree"].update(nodes=[]), "the first node is not a root"),
        (
            lambda line: line["tree"]["nodes"][1]["step"].update(reward=math.nan),
            "node 1 has the reward nan",
        ),
    ],
)
def test_resuming_a_run_of_which_an_episode_is_damaged(tmp_path, capsys, damage, said):
    run = tmp_path / "run"
    assert cli.main([*TOY, "--out", str(run)]) == 0
    lines = sorted(map(json.loads, (run / EPISODES_FILE).read_text().splitlines()), key=str)
    damage(lines[0])
    (run / EPISODES_FILE).write_text("".join(json.dumps(line) + "\n" for line in lines))
    line = told(capsys, cli.main, "--resume", run)
    assert "line 1 is not an episode" in line
    assert said in line


def test_episodes_without_their_run(tmp_path, capsys):
    (tmp_path / EPISODES_FILE).write_text("{}\n")
    assert "move it away" in told(capsys, cli.main, *TOY, "--out", tmp_path)
    assert "it has no run.json" in told(capsys, cli.main, "--resume", tmp_path)


def test_a_run_of_another_schema(tmp_path, capsys):
    assert cli.main([*TOY, "--out", str(tmp_path / "run")]) == 0
    path = tmp_path / "run" / "run.json"
    path.write_text(path.read_text().replace('"schema_version": 1', '"schema_version": 2'))
    assert "schema_version" in told(capsys, cli.main, "--resume", tmp_path / "run")


def test_completions_at_no_temperature_that_there_is(tmp_path, capsys):
    assert cli.main([*TOY, "--out", str(tmp_path / "run")]) == 0
    for value in ("nan", "-1"):
        words = [tmp_path / "run", "--policy", "random", "--out", tmp_path / "values"]
        line = told(capsys, estimate.main, *words, "--temperature", value)
        assert "--temperature must be finite and not negative" in line


def test_a_table_that_the_terminal_has_no_letters_for(tmp_path):
    words = ["--policy", "random", "--rm", "random", "--tasks", "maze", "--limit", "2"]
    command = [sys.executable, "-m", "harness", *words, "--out", str(tmp_path / "run")]
    environment = {**os.environ, "PYTHONIOENCODING": "ascii"}
    done = subprocess.run(command, capture_output=True, text=True, env=environment, timeout=120)
    assert done.returncode == 0, done.stderr
    assert " ? 0." in done.stdout, "for the ± of a mean and its error"


def test_resuming_a_file(file, capsys):
    assert "is not a run directory" in told(capsys, cli.main, "--resume", file)


def test_a_config_that_was_changed_by_hand(tmp_path, capsys):
    cli.main([*TOY, "--out", str(tmp_path / "run")])
    path = tmp_path / "run" / "run.json"
    written = json.loads(path.read_text())
    for value, said in (("many", "valid integer at n"), (0, "--n must be at least 1")):
        written["config"]["n"] = value
        written["config_sha256"] = sha256(written["config"])
        path.write_text(json.dumps(written))
        assert said in told(capsys, cli.main, "--resume", tmp_path / "run")


def test_a_run_on_a_full_disk_ends_with_a_line_and_is_resumed(tmp_path, capsys):
    run, limit = tmp_path / "run", 20_000
    words = ["--policy", "random", "--rm", "random", "--tasks", "maze", "--limit", "20"]
    done = subprocess.run(
        [sys.executable, "-m", "harness", *words, "--out", str(run)],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit)),
    )
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    assert "error: [Errno 27] File too large" in done.stderr
    assert (run / EPISODES_FILE).stat().st_size == limit
    assert cli.main(["--resume", str(run)]) == 0
    assert len((run / EPISODES_FILE).read_bytes().splitlines()) == 20


def test_an_estimate_by_nobody_does_not_claim_its_folder(tmp_path, capsys):
    cli.main([*TOY, "--out", str(tmp_path / "run")])
    words = [tmp_path / "run", "--out", tmp_path / "estimates"]
    assert "no policy is named 'exprt'" in told(capsys, estimate.main, *words, "--policy", "exprt")
    assert not (tmp_path / "estimates").exists()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--noise", "3"], "--noise is a share of the actions, in [0, 1], not 3.0"),
        (["--limit", "-1"], "--limit must be at least 0"),
        (["--epochs", "0"], "--epochs must be finite and at least 1, not 0"),
        (["--learning-rate", "nan"], "--learning-rate must be finite and at least 0, not nan"),
        (["--warmup", "2"], "--warmup is a share, at most 1, not 2.0"),
        (["--base", "nowhere"], "--base needs the folder of a causal language model"),
        (["--data", "nowhere"], "there is no file nowhere"),
    ],
)
def test_a_training_that_makes_no_sense(tmp_path, capsys, words, said):
    pytest.importorskip("torch")
    assert said in told(capsys, sft.main, *words, "--out", tmp_path / "policy")
    assert not (tmp_path / "policy").exists()
