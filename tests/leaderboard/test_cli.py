from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from harness.policy.registry import POLICIES
from leaderboard import committed
from leaderboard.__main__ import main
from tests.leaderboard.tampering import chosen_step, edit_episode, edit_json

ROOT = Path(__file__).parents[2]


def called(capsys, *words):
    capsys.readouterr()
    status = main([str(word) for word in words])
    return status, capsys.readouterr()


def test_help_says_what_there_is(capsys):
    with pytest.raises(SystemExit) as ended:
        main(["--help"])
    assert ended.value.code == 0
    text = capsys.readouterr().out
    for verb in ("build", "verify", "compare", "view", "table", "add", "export", "check"):
        assert f"    {verb} " in text
    assert "exit status" in text


WITHOUT_MODELS = (
    "import sys; sys.modules['torch'] = None; sys.modules['transformers'] = None;"
    "import tests.toys; from leaderboard.__main__ import main; sys.exit(main(sys.argv[1:]))"
)


def test_no_model_library_is_needed(runs):
    for words in (["table"], ["verify", str(runs)], ["experiment", "n-scaling", "--help"]):
        command = [sys.executable, "-c", WITHOUT_MODELS, *words]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr


def test_verify_succeeds_on_honest_runs_and_fails_on_others(runs, capsys):
    status, printed = called(capsys, "verify", runs)
    assert status == 0
    assert printed.out.count("verified: ") == 2
    edit_episode(runs / "weak", lambda episode: chosen_step(episode, 2).update(observation="x"))
    status, printed = called(capsys, "verify", runs)
    assert status == 1
    assert "NOT VERIFIED" in printed.out
    assert "step 2" in printed.out


def test_progress_goes_to_stderr_and_the_result_to_stdout(runs, tmp_path, capsys):
    out = tmp_path / "out.json"
    status, printed = called(capsys, "build", runs, "--out", out, "--json")
    assert status == 0
    assert json.loads(printed.out) == json.loads(out.read_text())
    assert "replay" in printed.err


def test_build_shows_a_table_and_fails_if_something_is_not_verified(runs, tmp_path, capsys):
    out = tmp_path / "out.json"
    edit_episode(runs / "weak", lambda episode: chosen_step(episode, 2).update(observation="x"))
    status, printed = called(capsys, "build", runs, "--out", out)
    assert status == 1
    assert "expert, greedy" in printed.out
    assert called(capsys, "build", runs, "--out", out, "--no-replay")[0] == 0


def test_table_shows_a_file_in_both_ways(weak, capsys):
    assert "maze" in called(capsys, "table", weak / "leaderboard.json")[1].out
    assert "maze" in called(capsys, "table", weak)[1].out
    assert "|---|" in called(capsys, "table", weak / "leaderboard.json", "--markdown")[1].out


def test_compare_prints_words_or_data(runs, capsys):
    status, printed = called(capsys, "compare", runs / "strong", runs / "weak")
    assert status == 0
    assert "A: expert, greedy" in printed.out
    status, printed = called(capsys, "compare", runs / "strong", runs / "weak", "--json")
    assert json.loads(printed.out)["rows"]["overall"]["difference"] > 0


def test_view_writes_a_page_beside_the_run(weak, capsys):
    status, printed = called(capsys, "view", weak)
    assert status == 0
    assert str(weak / "view.html") in printed.out
    assert (weak / "view.html").read_text().startswith("<!doctype html>")


def test_check_fails_with_a_diff_and_writes_if_told(tmp_path, capsys):
    status, printed = called(capsys, "check", "--folder", tmp_path)
    assert status == 1
    assert '+  "entries": []' in printed.out
    assert called(capsys, "check", "--folder", tmp_path, "--write")[0] == 0
    assert called(capsys, "check", "--folder", tmp_path)[0] == 0


def test_a_leaderboard_without_entries_is_said_to_have_none(tmp_path, capsys):
    called(capsys, "check", "--folder", tmp_path, "--write")
    assert called(capsys, "check", "--folder", tmp_path)[1].out == "there are no entries yet\n"


def test_export_writes_a_file_that_verify_takes(weak, capsys):
    status, printed = called(capsys, "export", weak)
    assert status == 0
    assert str(weak / "entry.json") in printed.out
    assert called(capsys, "verify", weak / "entry.json")[0] == 0


def test_the_committed_leaderboard_is_what_its_entries_come_to(capsys):
    status, printed = called(capsys, "check")
    assert status == 0, printed.out


@pytest.mark.parametrize("verb", ["verify", "build", "view", "table"])
def test_what_is_not_there_is_named_without_a_traceback(verb, tmp_path, capsys):
    status, printed = called(capsys, verb, tmp_path / "nothing")
    assert status == 2
    assert "nothing" in printed.err
    assert printed.err.startswith("error: ")


def test_a_leaderboard_is_no_source(weak, capsys):
    status, printed = called(capsys, "verify", weak / "leaderboard.json")
    assert status == 2
    assert "is a leaderboard, which has no actions to replay; give the run" in printed.err


def test_an_incomplete_run_is_refused_unless_allowed(weak, tmp_path, capsys):
    path = weak / "episodes.jsonl"
    path.write_text("".join(path.read_text().splitlines(keepends=True)[1:]))
    out = tmp_path / "out.json"
    status, printed = called(capsys, "build", weak, "--out", out)
    assert status == 2
    assert "--resume" in printed.err
    assert called(capsys, "build", weak, "--out", out, "--allow-incomplete")[0] == 1


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"policy": "expertt"}, "did you mean 'expert'"),
        ({"policy": "expert:lots"}, "not 'lots'"),
        ({"reward_model": "ensemble:oracle", "method": "beam"}, "two reward models or more"),
        ({"policy": "bare"}, "needs nothing_of_this_name, which is not installed"),
        ({"params": {"split": "test", "limit": 6, "seed": 0, "n": 0}}, "--n must be at least 1"),
    ],
)
def test_an_entry_whose_models_cannot_play_anew_is_told_in_a_line(
    runs, tmp_path, capsys, monkeypatch, change, said
):
    monkeypatch.setitem(POLICIES.table, "bare", "nothing_of_this_name:load")
    folder = tmp_path / "board"
    committed.add(runs / "strong", "strong", folder=folder)
    edit_json(folder / "entries" / "strong.json", lambda file: file["entry"].update(change))
    called(capsys, "check", "--folder", folder, "--write")
    status, printed = called(capsys, "check", "--folder", folder, "--write", "--play", "1")
    assert status == 2
    assert printed.err.splitlines()[-1].startswith("error: ")
    assert said in printed.err
