"""`python -m rewards evaluate` from the outside: its probes, its matrix, its help."""

import json

import pytest

import tests.toys  # noqa: F401  registers the environment `toy`
from rewards.__main__ import main
from rewards.benchmark.perturbations import PERTURBATIONS
from tests.rewards.trees import drawn, written


@pytest.fixture
def run(tmp_path):
    return written(tmp_path / "run", [drawn(str(i), i) for i in range(3)])


def test_all_perturbations_and_a_matrix_are_printed_written_and_drawn(run, tmp_path, capsys):
    report, plots = tmp_path / "report.json", tmp_path / "plots"
    arguments = ["evaluate", str(run), "--rm", "oracle", "random", "--matrix", "regret"]
    assert main([*arguments, "--perturb", "--out", str(report), "--plots", str(plots)]) == 0
    shown, read = capsys.readouterr().out, json.loads(report.read_text())
    assert set(read["changes"]["oracle"]) == set(PERTURBATIONS) == set(read["settings"]["perturb"])
    assert read["matrix"]["rows"]["oracle"][0]["mean"] == 0.0
    for name in PERTURBATIONS:
        assert shown.count(f"\n{name} ") == 2
    assert "\nregret  " in shown
    assert {path.name for path in plots.glob("matrix.*")} == {
        "matrix.regret.csv",
        "matrix.regret.svg",
    }


def test_without_being_asked_nothing_is_read_twice(run, capsys):
    assert main(["evaluate", str(run), "--rm", "oracle", "--json"]) == 0
    read = json.loads(capsys.readouterr().out)
    assert (read["changes"], read["matrix"]) == ({}, None)


def test_only_the_named_perturbations_are_applied(run, capsys):
    arguments = ["evaluate", str(run), "--rm", "oracle", "--json", "--perturb", "goal-asked"]
    assert main(arguments) == 0
    assert list(json.loads(capsys.readouterr().out)["changes"]["oracle"]) == ["goal-asked"]
    assert main([*arguments[:-1], "goal-askd"]) == 2
    assert "there are: goal-asked, " in capsys.readouterr().err


def test_the_help_describes_every_perturbation(capsys):
    with pytest.raises(SystemExit):
        main(["evaluate", "--help"])
    shown = capsys.readouterr().out
    for name, function in PERTURBATIONS.items():
        assert name in shown
        assert function.__doc__ in shown
