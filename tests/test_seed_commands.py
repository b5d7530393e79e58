"""The commands of the paper's repository do what ours do."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from harness.explore import main as explore

SCRIPTS = Path(__file__).parents[1] / "scripts" / "agentrm"


def call(script: str, *arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(SCRIPTS / script), *arguments]
    return subprocess.run(command, capture_output=True, text=True, cwd=cwd, timeout=120)


@pytest.fixture
def roots(tmp_path):
    """The trees of four maze tasks."""
    flags = ["--policy", "expert:0.5", "--tasks", "maze", "--limit", "4", "--iterations", "4"]
    assert explore([*flags, "--out", str(tmp_path / "roots" / "maze")]) == 0
    return tmp_path


def test_the_inference_command_runs_the_harness(tmp_path):
    flags = ["--inference_method", "greedy", "--tasks", "maze", "--port", "8000"]
    ours = ["--policy", "expert", "--limit", "2", "--out", "run"]
    done = call("inference_script_policy.py", *flags, *ours, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "--port not needed" in done.stderr
    config = json.loads((tmp_path / "run" / "run.json").read_text())["config"]
    assert (config["method"], config["rm"], config["tasks"]) == ("greedy", "none", ["maze"])
    assert len((tmp_path / "run" / "episodes.jsonl").read_text().splitlines()) == 2


def test_the_inference_command_says_which_environments_there_are(tmp_path):
    flags = ["--inference_method", "bestofn", "--tasks", "chess"]
    done = call("inference_script_policy.py", *flags, cwd=tmp_path)
    assert done.returncode == 2
    assert "no environment is named 'chess'" in done.stderr


@pytest.mark.parametrize(
    ("script", "out"),
    [
        ("extract_regression_samples.py", "samples/maze"),
        ("combine_regression_samples.py", "samples_all"),
    ],
)
def test_the_sample_commands_extract_the_states_of_all_trees(roots, script, out):
    done = call(script, "--holdout", "0.25", cwd=roots)
    assert done.returncode == 0, done.stderr
    assert (roots / out / "values.jsonl").read_text().count("\n") > 0


def test_without_trees_the_sample_commands_say_how_to_make_some(tmp_path):
    done = call("extract_regression_samples.py", cwd=tmp_path)
    assert done.returncode == 1
    assert "python -m harness.explore" in done.stderr
