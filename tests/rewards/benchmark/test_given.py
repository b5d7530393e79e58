"""What `python -m rewards evaluate` is given: reward models and runs, in any order."""

import json

import pytest

import tests.toys  # noqa: F401  registers the environment `toy`
from rewards.__main__ import main
from tests.rewards.trees import drawn, written


@pytest.fixture
def run(tmp_path):
    return written(tmp_path / "run", [drawn(str(i), i) for i in range(3)])


def evaluated(capsys, *words):
    assert main(["evaluate", *map(str, words), "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def test_names_and_runs_may_stand_in_any_order(run, capsys):
    report = evaluated(capsys, "oracle", run, "shortest", "--rm", "random")
    assert list(report["qualities"]) == ["oracle", "shortest", "random"]
    assert [str(run) in source for source in report["sources"]] == [True]


def test_some_environments_are_enough(run, capsys):
    report = evaluated(capsys, "oracle", run, "--tasks", "toy")
    assert sorted(report["qualities"]["oracle"]) == ["overall", "toy"]
    assert main(["evaluate", "oracle", str(run), "--tasks", "chess"]) == 2
    assert "there are no trees of chess; there are: toy" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (["runs/nowhere", "--rm", "random"], "there is no run or values file runs/nowhere, and no"),
        (["orcale"], "did you mean 'oracle'?"),
        ([], "no reward model is named"),
        (["random", "--tasks", "chess"], "no trees of chess; there are: alfworld, babyai, "),
        (["random", "--only", "values.jsonl"], "--only keeps some tasks of a run: name the run"),
    ],
)
def test_what_cannot_be_evaluated_is_told(words, complaint, capsys):
    assert main(["evaluate", *words]) == 2
    assert complaint in capsys.readouterr().err
