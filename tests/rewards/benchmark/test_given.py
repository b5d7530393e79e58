"""What `python -m rewards evaluate` is given: reward models and runs, in any order."""

import json
from dataclasses import replace

import pytest

import tests.toys  # noqa: F401  registers the environment `toy`
from rewards.__main__ import main
from rewards.values import ValuesRow, read_values, to_lines
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


@pytest.mark.parametrize(
    ("kept", "roles"),
    [
        (slice(1, None), "user, assistant"),
        (slice(2, None), "assistant"),
        (slice(0, 1), "system, assistant"),
    ],
)
def test_rows_that_no_state_can_be_made_of_are_refused(kept, roles, run, tmp_path, capsys):
    main(["extract", str(run), "--out", str(tmp_path), "--holdout", "0"])
    path = tmp_path / "values.jsonl"
    rows = [shortened(row, kept) for row in read_values(path)]
    path.write_bytes(to_lines(rows))
    capsys.readouterr()
    assert main(["evaluate", "oracle", str(path)]) == 2
    said = capsys.readouterr().err
    assert "a row of task '0' of toy has messages of " in said
    assert f"of {roles}" in said


def shortened(row: ValuesRow, kept: slice) -> ValuesRow:
    """The row's opening cut; of the rest all."""
    opening = row.messages[:2]
    return replace(row, messages=[*opening[kept], *row.messages[2:]])
