"""`python -m rewards` from the outside: what it prints, writes and returns."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

import tests.toys  # noqa: F401  registers the environment `toy`
from rewards import registry
from rewards.__main__ import main
from tests.rewards.trees import drawn, written

ROOT = Path(__file__).parents[2]


@pytest.fixture
def run(tmp_path):
    return written(tmp_path / "run", [drawn(str(i), i) for i in range(10)])


def test_extract_then_evaluate_as_the_help_says(run, tmp_path, capsys):
    data, report = tmp_path / "data", tmp_path / "reports" / "report.json"
    assert main(["extract", str(run), "--out", str(data), "--holdout", "0.3"]) == 0
    assert "# Values of explored states" in capsys.readouterr().out
    arguments = ["evaluate", str(run), "--only", str(data / "values.heldout.jsonl")]
    arguments += ["--rm", "oracle", "random", "--out", str(report)]
    assert main([*arguments, "--plots", str(tmp_path / "plots")]) == 0
    table = capsys.readouterr().out
    assert "leaf accuracy" in table
    assert "(3)" in table
    written_report = json.loads(report.read_text())
    assert set(written_report["qualities"]) == {"oracle", "random"}
    assert written_report["qualities"]["oracle"]["toy"]["measures"]["leaf_accuracy"]["mean"] == 1.0
    assert len(list((tmp_path / "plots").glob("*.svg"))) == 6
    assert main([*arguments, "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == written_report


def test_extract_prints_the_manifest_that_it_writes(run, tmp_path, capsys):
    assert main(["extract", str(run), "--out", str(tmp_path / "data"), "--json"]) == 0
    assert capsys.readouterr().out == (tmp_path / "data" / "dataset.json").read_text()


def test_no_limit_of_paths_keeps_every_state(run, tmp_path):
    main(["extract", str(run), "--out", str(tmp_path), "--paths", "0", "--holdout", "0"])
    manifest = json.loads((tmp_path / "dataset.json").read_text())
    counts = manifest["environments"]["values.jsonl"]["toy"]
    assert counts["states"] == counts["admitted"] == counts["explored"] > 0


def test_balance_without_a_number_is_to_the_smallest_environment(run, tmp_path):
    main(["extract", str(run), "--out", str(tmp_path), "--balance"])
    assert json.loads((tmp_path / "dataset.json").read_text())["settings"]["balance"] == 0


def test_list_names_every_reward_model(capsys):
    assert main(["list"]) == 0
    told = dict(line.split(maxsplit=1) for line in capsys.readouterr().out.splitlines())
    assert list(told) == registry.names()
    assert registry.DESCRIPTIONS.keys() == registry.REWARD_MODELS.table.keys()
    assert told["oracle"] == "the environment's own score: a ceiling, not a result"
    assert main(["list", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == registry.names()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["extract", "nowhere", "--out", "OUT"], "harness.explore"),
        (["extract", "RUN", "--out", "OUT", "--min-visits", "0"], "min_visits must be at least 1"),
        (["extract", "RUN", "--out", "OUT", "--holdout", "1"], "holdout must be in [0, 1)"),
        (["evaluate", "RUN", "--rm", "orcale"], "did you mean 'oracle'?"),
        (["evaluate", "RUN", "--rm", "oracle", "--only", "nowhere"], "there is no file nowhere"),
        (["evaluate", "nowhere", "--rm", "oracle"], "nowhere"),
    ],
)
def test_what_cannot_be_done_is_said_in_a_line(run, tmp_path, capsys, arguments, said):
    places = {"RUN": str(run), "OUT": str(tmp_path / "out")}
    assert main([places.get(word, word) for word in arguments]) == 2
    output = capsys.readouterr()
    assert output.err.strip().splitlines()[-1].startswith("error: ")
    assert said in output.err
    assert not output.out
    assert not (tmp_path / "out").exists()


def test_the_help_shows_the_whole_recipe(capsys):
    with pytest.raises(SystemExit) as left:
        main(["--help"])
    assert left.value.code == 0
    shown = capsys.readouterr().out
    assert all(f"python -m rewards {verb} " in shown for verb in ("extract", "train", "evaluate"))


WITHOUT_MODELS = (
    "import sys; sys.modules['torch'] = None; sys.modules['transformers'] = None;"
    "import tests.toys; from rewards.__main__ import main; sys.exit(main(sys.argv[1:]))"
)


def without_models(*arguments: str) -> subprocess.CompletedProcess[str]:
    """The command where no model library is installed."""
    command = [sys.executable, "-c", WITHOUT_MODELS, *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True)


def test_training_without_torch_says_what_to_install():
    done = without_models("train", "--data", "values.jsonl", "--out", "models/rm")
    assert done.returncode == 2
    assert "pip install 'agentrm[" in done.stderr
    assert "Traceback" not in done.stderr


def test_everything_but_training_works_without_model_libraries(run, tmp_path):
    data = tmp_path / "data"
    done = without_models("extract", str(run), "--out", str(data))
    assert done.returncode == 0, done.stderr
    arguments = ["--only", str(data / "values.heldout.jsonl"), "--rm", "oracle"]
    done = without_models("evaluate", str(run), *arguments)
    assert done.returncode == 0, done.stderr
    done = without_models("evaluate", str(run), "--rm", "explicit")
    assert done.returncode == 2
    assert "pip install 'agentrm[hf]'" in done.stderr
