from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

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


def test_permutations_and_their_seed_are_checked(runs, capsys):
    pair = ["compare", runs / "strong", runs / "weak"]
    for flag, value in (("--permutations", 0), ("--permutations", -5), ("--seed", -1)):
        status, printed = called(capsys, *pair, flag, value)
        assert status == 2
        assert printed.err.startswith(f"error: {flag} must be at least")


@pytest.mark.parametrize(
    "change",
    [
        lambda episode: chosen_step(episode, 1).update(reward=float("nan")),
        lambda episode: chosen_step(episode, 1).update(reward=float("inf")),
        lambda episode: episode.update(seconds=float("inf")),
    ],
)
def test_numbers_that_are_not_finite_are_named_by_their_episode(weak, capsys, change):
    changed = edit_episode(weak, change)
    for verb in ("view", "verify", "build"):
        status, printed = called(capsys, verb, weak)
        assert status == 2
        assert f"the episode of maze {changed['task']['id']} is damaged" in printed.err
        assert "finite" in printed.err


def test_an_entry_without_an_episode_is_told_without_a_traceback(weak, capsys):
    called(capsys, "export", weak)
    edit_json(weak / "entry.json", lambda content: content.update(episodes=[]))
    for verb in ("verify", "build"):
        status, printed = called(capsys, verb, weak / "entry.json")
        assert status == 2
        assert "episodes: " in printed.err


def test_adding_under_the_name_of_another_run_is_refused(runs, tmp_path, capsys):
    add = ["add", "--name", "mine", "--folder", tmp_path / "board"]
    assert called(capsys, *add, runs / "weak")[0] == 0
    status, printed = called(capsys, *add, runs / "strong")
    assert status == 2
    assert "--replace" in printed.err
    assert called(capsys, *add, runs / "strong", "--replace")[0] == 0


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


@pytest.mark.parametrize("n", ["none", 0])
def test_an_entry_with_impossible_params_is_told_without_a_traceback(runs, tmp_path, capsys, n):
    folder = tmp_path / "board"
    committed.add(runs / "weak", "weak", folder=folder)
    edit_json(folder / "entries" / "weak.json", lambda file: file["entry"]["params"].update(n=n))
    status, printed = called(capsys, "check", "--folder", folder, "--write", "--play", "1")
    assert status == 1
    assert "NOT VERIFIED: random, beam" in printed.out
    assert "are no run's settings" in printed.out
