"""Real runs on the maze: no model, so they take a moment."""

from __future__ import annotations

import shutil

import pytest

import harness.__main__
from leaderboard import source

WEAK = ["--policy", "random", "--rm", "oracle", "--method", "beam", "--width", "2", "--branch", "2"]
STRONG = ["--policy", "expert", "--rm", "none", "--method", "greedy"]


def play(out, flags):
    played = harness.__main__.main([*flags, "--tasks", "maze", "--out", str(out)])
    assert played == 0
    return out


@pytest.fixture(scope="session")
def made_runs(tmp_path_factory):
    """A random policy's and the expert's run on the same six mazes."""
    folder = tmp_path_factory.mktemp("runs")
    for name, flags in (("weak", WEAK), ("strong", STRONG)):
        play(folder / name, [*flags, "--limit", "6"])
    return folder


@pytest.fixture
def runs(made_runs, tmp_path):
    """A copy of the runs that a test may tamper with."""
    return shutil.copytree(made_runs, tmp_path / "runs")


@pytest.fixture(scope="session")
def made_pair(tmp_path_factory):
    """A random policy's run with the expert's as its rival."""
    run = tmp_path_factory.mktemp("pair") / "run"
    flags = ["--policy", "random", "--rm", "none", "--method", "greedy", "--compare", "expert"]
    return play(run, [*flags, "--limit", "3"])


@pytest.fixture
def pair(made_pair, tmp_path):
    """A copy of the two that a test may tamper with."""
    return shutil.copytree(made_pair, tmp_path / "pair")


@pytest.fixture
def weak(runs):
    return runs / "weak"


@pytest.fixture
def evidence(made_runs):
    return source.read_run(made_runs / "weak").evidence
