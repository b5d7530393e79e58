"""The main job with the embedded models is killed at ten random moments."""

import json
import random
import subprocess
import sys

import pytest

from tests.harness.killing import killed_and_resumed

pytest.importorskip("torch", reason="needs `pip install 'agentrm[hf]'`")

COMMAND = [sys.executable, "-m", "harness"]
FLAGS = ["--tasks", "maze", "tool_operation", "--limit", "6", "--width", "2", "--branch", "2"]
FLAGS += ["--max-concurrent", "2"]


def entries(run):
    """The leaderboard without what time it took and who measured it."""
    written = json.loads((run / "leaderboard.json").read_text())
    return [{**entry, "cost": {**entry["cost"], "seconds": 0}} for entry in written["entries"]]


@pytest.mark.soak
def test_the_main_job_ends_with_the_leaderboard_of_one_that_was_not_killed(tmp_path):
    whole, killed = tmp_path / "whole", tmp_path / "killed"
    subprocess.run([*COMMAND, *FLAGS, "--out", str(whole)], check=True, capture_output=True)
    rng = random.Random(0)
    moments = [rng.uniform(6, 24) for _ in range(10)]
    assert killed_and_resumed(COMMAND, FLAGS, killed, moments) > 1
    assert entries(killed) == entries(whole)
    assert len((killed / "episodes.jsonl").read_bytes().splitlines()) == 12
