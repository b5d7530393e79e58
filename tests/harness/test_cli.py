"""The command line: what it refuses, what it writes, and that it can be killed at any moment."""

import json
import os
import random
import signal
import subprocess
import sys
import time
from dataclasses import replace

import pytest

from harness import __main__ as cli
from harness import explore
from harness.episode import EPISODES_FILE, read_episodes
from harness.policy.random import RandomPolicy
from harness.policy.registry import POLICIES
from tests.harness.killing import killed_and_resumed
from tests.toys import LikesB

TOY = ["--policy", "random", "--rm", "random", "--tasks", "toy", "--limit", "0"]


@pytest.fixture
def begin(tmp_path):
    """Run the command line with a directory of its own."""

    def begin(*flags, name="run"):
        return cli.main([*TOY, *map(str, flags), "--out", str(tmp_path / name)])

    return begin


def read(path):
    return json.loads(path.read_text())


def timeless(directory):
    return [replace(episode, seconds=0.0) for episode in read_episodes(directory)]


def test_a_run_leaves_four_files_and_prints_the_leaderboard(tmp_path, begin, capsys):
    assert begin() == 0
    run = tmp_path / "run"
    files = ["episodes.jsonl", "leaderboard.json", "run.json", "summary.json"]
    assert sorted(path.name for path in run.iterdir()) == files
    shown = capsys.readouterr()
    assert "toy" in shown.out
    assert "3/3" in shown.err
    assert str(run) in shown.err


def test_run_json_holds_the_whole_config_versions_and_checksums(tmp_path, begin):
    begin("--seed", 3, "--method", "best-of-n")
    run = read(tmp_path / "run" / "run.json")
    assert (run["config"]["seed"], run["config"]["method"]) == (3, "best-of-n")
    assert run["config"]["tasks"] == ["toy"]
    assert len(run["config_sha256"]) == len(run["tasks_sha256"]) == 64
    assert run["versions"]["python"] == ".".join(map(str, sys.version_info[:3]))
    assert {"agentrm", "gymnasium"} <= set(run["versions"])


def test_summary_json_is_derived_from_the_episodes(tmp_path, begin):
    begin("--rm", "oracle", "--n", 64, "--method", "best-of-n")
    summary = read(tmp_path / "run" / "summary.json")
    assert summary["status"] == "complete"
    expected = {"episodes": 3, "errors": 0, "mean": 1.0, "stderr": 0.0, "success": 1.0}
    assert summary["tasks"]["toy"] == expected
    assert summary["usage"]["env_steps"] > 0


def test_json_on_stdout_is_what_was_written(tmp_path, begin, capsys):
    begin("--json", "--leaderboard", tmp_path / "board.json")
    assert json.loads(capsys.readouterr().out) == read(tmp_path / "board.json")
    assert not (tmp_path / "run" / "leaderboard.json").exists()


def test_exit_status_1_where_an_episode_did_not_run(tmp_path, begin, monkeypatch, capsys):
    class Fails(RandomPolicy):
        async def propose(self, trajectory, n, *, temperature=None):
            if trajectory.task.id == "baba":
                raise RuntimeError("no")
            return await super().propose(trajectory, n, temperature=temperature)

    monkeypatch.setitem(POLICIES.table, "fails", "tests.harness.test_cli:fails")
    monkeypatch.setattr(sys.modules[__name__], "fails", lambda request: Fails(), raising=False)
    assert begin("--policy", "fails") == 1
    shown = capsys.readouterr().err
    assert "1 of 3 episodes have an error in place of a score:" in shown
    assert "  1 RuntimeError, as in toy baba: " in shown
    assert f"--resume {tmp_path / 'run'} plays them again" in shown
    assert read(tmp_path / "run" / "summary.json")["status"] == "incomplete"
    monkeypatch.setattr(sys.modules[__name__], "fails", lambda request: RandomPolicy())
    assert cli.main(["--resume", str(tmp_path / "run")]) == 0
    assert read(tmp_path / "run" / "summary.json")["status"] == "complete"


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        (["--tasks", "tyo"], "did you mean 'toy'"),
        (["--rm", "oracel"], "did you mean 'oracle'"),
        (["--n", "0"], "--n must be at least 1"),
        (["--policy", "expert:much"], "a share in [0, 1]"),
        (["--policy", "sglang:x"], "no policy is named 'sglang'"),
    ],
)
def test_a_mistake_is_told_in_a_line_and_leaves_nothing(tmp_path, begin, capsys, flags, message):
    assert begin(*flags) == 2
    *_, line = capsys.readouterr().err.splitlines()
    assert line.startswith("error: ")
    assert message in line
    assert not (tmp_path / "run").exists()


def test_a_directory_that_holds_a_run_is_not_begun_again(begin, capsys):
    begin()
    assert begin() == 2
    assert "holds a run; --resume" in capsys.readouterr().err


def test_resume_takes_the_config_from_the_directory(tmp_path, begin, capsys):
    begin("--seed", 5)
    run = tmp_path / "run"
    whole = timeless(run)
    lines = (run / EPISODES_FILE).read_bytes().splitlines(keepends=True)
    (run / EPISODES_FILE).write_bytes(lines[0] + lines[1][:40])
    assert cli.main(["--resume", str(run), "--seed", "5"]) == 0
    assert timeless(run) == whole
    assert (run / EPISODES_FILE).read_bytes().startswith(lines[0])


def test_resume_refuses_conflicting_flags_by_name(tmp_path, begin, capsys):
    begin()
    run = str(tmp_path / "run")
    capsys.readouterr()
    assert cli.main(["--resume", run, "--seed", "5", "--policy", "random", "--n", "7"]) == 2
    shown = capsys.readouterr().err
    assert "--n 7 (the run has 5); --seed 5 (the run has 0)" in shown
    assert "--policy" not in shown


def test_resume_refuses_tasks_that_have_changed(tmp_path, begin, capsys, monkeypatch):
    begin()
    table = {"abba": {"word": "a"}, "baba": {"word": "b"}, "bbbb": {"word": "c"}}
    monkeypatch.setattr("harness.config.task_table", lambda *which: table)
    assert cli.main(["--resume", str(tmp_path / "run")]) == 2
    assert "the tasks of toy have changed" in capsys.readouterr().err


def test_resume_refuses_a_model_that_has_changed(tmp_path, begin, capsys, monkeypatch):
    class Trained(LikesB):
        checksum = "1234"

    monkeypatch.setattr("harness.player_spec.load_reward_model", lambda *name, **seed: Trained())
    begin()
    assert read(tmp_path / "run" / "run.json")["models"] == {"reward_model": "1234"}
    assert cli.main(["--resume", str(tmp_path / "run")]) == 0
    Trained.checksum = "5678"
    assert cli.main(["--resume", str(tmp_path / "run")]) == 2
    assert "begun with other models" in capsys.readouterr().err


@pytest.mark.parametrize("content", [None, "{}", "half"])
def test_resume_refuses_what_is_no_run_directory(tmp_path, capsys, content):
    if content is not None:
        (tmp_path / "run.json").write_text(content)
    assert cli.main(["--resume", str(tmp_path)]) == 2
    assert "run.json" in capsys.readouterr().err


def test_rescoring_equals_a_run_with_the_other_reward_model(tmp_path, begin):
    begin("--method", "best-of-n", "--seed", 2)
    begin("--method", "best-of-n", "--seed", 2, "--rm", "oracle", name="direct")
    source, rescored = tmp_path / "run", tmp_path / "rescored"
    command = ["--rm", "oracle", "--rescore", str(source), "--out", str(rescored)]
    assert cli.main(command) == 0
    assert timeless(rescored) == timeless(tmp_path / "direct")
    assert timeless(rescored) != timeless(source)
    assert (
        read(rescored / "run.json")["rescored_from"] == read(source / "run.json")["config_sha256"]
    )
    (rescored / EPISODES_FILE).write_bytes(b"")
    assert cli.main(["--resume", str(rescored)]) == 2
    assert cli.main(["--resume", str(rescored), "--rescore", str(source)]) == 0
    assert timeless(rescored) == timeless(tmp_path / "direct")


def test_what_is_rescored_names_the_policy_that_drew_it(tmp_path, begin):
    begin("--method", "best-of-n")
    source, rescored = tmp_path / "run", tmp_path / "rescored"
    noted = read(source / "run.json")
    noted["models"] = {"policy": "abc", "reward_model": "def"}
    noted["versions"]["arithmetic"] = "float32 AVX2"
    (source / "run.json").write_text(json.dumps(noted))
    command = ["--rm", "oracle", "--rescore", str(source), "--out", str(rescored)]
    assert cli.main(command) == 0
    found = read(rescored / "run.json")
    assert found["models"] == {"policy": "abc"}
    assert found["versions"]["arithmetic"] == "float32 AVX2"
    assert cli.main(["--resume", str(rescored), "--rescore", str(source)]) == 0


def test_only_a_finished_best_of_n_run_can_be_rescored(tmp_path, begin, capsys):
    begin("--method", "beam")
    assert cli.main(["--rescore", str(tmp_path / "run"), "--out", str(tmp_path / "r1")]) == 2
    assert "needs a best-of-n run" in capsys.readouterr().err
    begin("--method", "best-of-n", name="other")
    rescore = ["--rescore", str(tmp_path / "other"), "--out", str(tmp_path / "r2"), "--rm", "none"]
    assert cli.main([*rescore, "--n", "9"]) == 2
    assert "conflicts with --n 9" in capsys.readouterr().err
    (tmp_path / "other" / EPISODES_FILE).write_bytes(b"")
    assert cli.main(rescore) == 2
    assert "no scored episode of 3 tasks" in capsys.readouterr().err


SLOW = """
import asyncio, sys
import tests.toys
from harness.policy.random import RandomPolicy
from harness.policy.registry import POLICIES
from harness import explore

class Slow(RandomPolicy):
    async def propose(self, trajectory, n, *, temperature=None):
        await asyncio.sleep(0.004)
        return await super().propose(trajectory, n, temperature=temperature)

slow = lambda request: Slow(request.seed)
POLICIES.table["slow"] = "__main__:slow"
sys.exit(explore.main(sys.argv[1:]))
"""


def test_a_run_killed_at_random_moments_and_resumed_ends_as_if_it_never_was(tmp_path, monkeypatch):
    flags = ["--policy", "slow", "--tasks", "toy", "maze", "--limit", "12", "--max-concurrent", "3"]
    flags += ["--iterations", "6"]
    killed, whole = tmp_path / "killed", tmp_path / "whole"
    monkeypatch.setitem(POLICIES.table, "slow", "harness.policy.random:load")
    assert explore.main([*flags, "--out", str(whole)]) == 0

    rng = random.Random(4)
    moments = [rng.uniform(0.25, 0.7) for _ in range(10)]
    assert killed_and_resumed([sys.executable, "-c", SLOW], flags, killed, moments) > 1
    assert timeless(killed) == timeless(whole)
    assert len((killed / EPISODES_FILE).read_bytes().splitlines()) == len(timeless(whole))
    ours, theirs = (read(directory / "summary.json") for directory in (killed, whole))
    assert {**ours, "seconds": 0} == {**theirs, "seconds": 0}


def test_ctrl_c_leaves_a_run_that_can_be_resumed(tmp_path):
    run = tmp_path / "run"
    flags = ["--policy", "slow", "--tasks", "maze", "--limit", "40", "--max-concurrent", "2"]
    process = subprocess.Popen(
        [sys.executable, "-c", SLOW, *flags, "--out", str(run)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
        # A shell's background jobs, and so a CI's tests, inherit an interrupt that is ignored.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    try:
        while not (run.is_dir() and read_episodes(run)):
            time.sleep(0.01)
            assert process.poll() is None
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=100)
    finally:
        process.kill()
        process.wait()
    assert process.returncode == 130
    assert "interrupted; --resume goes on" in err
    assert "Traceback" not in err
    assert 0 < len(read_episodes(run)) < 40
