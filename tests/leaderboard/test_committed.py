from __future__ import annotations

import shutil

import pytest

from leaderboard import committed, source
from leaderboard import entry as entries
from leaderboard.errors import BadFile, IncompleteRun, LeaderboardError, NotVerified
from leaderboard.verify import verify
from tests.leaderboard.tampering import chosen_step, edit_episode, edit_json


@pytest.fixture
def folder(runs, tmp_path):
    folder = tmp_path / "board"
    committed.add(runs / "weak", "weak", folder=folder)
    committed.add(runs / "strong", "strong", folder=folder, system="The solver")
    return folder


def test_added_runs_make_a_leaderboard_that_passes(folder):
    check = committed.check(folder)
    assert check.passed, check.difference
    names = [entry.system for entry in entries.read(folder / "leaderboard.json").entries]
    assert names == ["The solver", "random, beam 2x2, oracle RM"]
    assert all(entry.verified for entry in entries.read(folder / "leaderboard.json").entries)


def test_adding_a_run_again_changes_no_byte(folder, runs):
    files = [folder / "leaderboard.json", folder / "entries" / "weak.json"]
    before = [file.read_bytes() for file in files]
    committed.add(runs / "weak", "weak", folder=folder)
    assert [file.read_bytes() for file in files] == before


def test_the_name_of_another_runs_entry_is_refused_unless_it_is_to_be_replaced(folder, runs):
    file = folder / "entries" / "weak.json"
    before = file.read_bytes()
    with pytest.raises(LeaderboardError, match=r"weak\.json is of another run, 'random.*--replace"):
        committed.add(runs / "strong", "weak", folder=folder)
    assert file.read_bytes() == before
    committed.add(runs / "strong", "weak", folder=folder, replacing=True)
    assert source.read(file).evidence.entry.policy == "expert"


@pytest.mark.parametrize("system", ["a\nb", "a\x1b[2J", "a" * 201])
def test_a_row_has_a_name_that_can_be_shown(runs, tmp_path, system):
    with pytest.raises(LeaderboardError, match=r"--system .* cannot name a row"):
        committed.add(runs / "weak", "weak", folder=tmp_path / "board", system=system)
    assert not (tmp_path / "board").exists()


def test_a_number_edited_by_hand_is_shown_as_a_diff(folder):
    path = folder / "leaderboard.json"
    path.write_text(path.read_text().replace('"mean_over_tasks": 1.0', '"mean_over_tasks": 0.9'))
    check = committed.check(folder)
    assert not check.passed
    assert '-        "mean_over_tasks": 0.9' in check.difference
    assert '+        "mean_over_tasks": 1.0' in check.difference


def test_an_entry_edited_by_hand_does_not_pass_even_if_the_table_agrees(folder):
    def claim(content):
        lost = next(episode for episode in content["episodes"] if not episode["success"])
        lost.update(score=1.0, success=True)

    edit_json(folder / "entries" / "weak.json", claim)
    (folder / "leaderboard.json").write_text(committed.check(folder).rebuilt)
    check = committed.check(folder)
    assert not check.difference
    assert not check.passed


def test_a_missing_leaderboard_is_a_difference(folder):
    (folder / "leaderboard.json").unlink()
    assert not committed.check(folder).passed


def test_an_entry_that_is_none_is_named(folder):
    (folder / "entries" / "odd.json").write_text("{}")
    with pytest.raises(BadFile, match=r"odd\.json"):
        committed.check(folder)


def test_a_tampered_run_is_not_added(runs, tmp_path):
    edit_episode(runs / "weak", lambda episode: chosen_step(episode, 2).update(observation="x"))
    with pytest.raises(NotVerified, match="step 2"):
        committed.add(runs / "weak", "weak", folder=tmp_path / "board")
    assert not (tmp_path / "board").exists()


def test_an_incomplete_run_is_not_added(runs, tmp_path):
    (runs / "weak" / "episodes.jsonl").write_text("")
    with pytest.raises(IncompleteRun):
        committed.add(runs / "weak", "weak", folder=tmp_path / "board")


@pytest.mark.parametrize("name", ["", "../x", "A", "a/b", ".hidden", "a" * 101])
def test_entries_have_plain_names(runs, tmp_path, name):
    with pytest.raises(LeaderboardError, match="cannot name an entry"):
        committed.add(runs / "weak", name, folder=tmp_path / "board")


def test_an_exported_run_can_be_verified_without_the_run(runs, tmp_path):
    exported = tmp_path / "mine.json"
    committed.export(runs / "weak", exported, system="Mine")
    shutil.rmtree(runs / "weak")
    found = source.read(exported)
    assert found.evidence.entry.system == "Mine"
    assert verify(found.evidence).verified


def test_a_tampered_run_is_not_exported(runs, tmp_path):
    edit_episode(runs / "weak", lambda episode: chosen_step(episode, 1)["action"].update(text="x"))
    with pytest.raises(NotVerified, match="step 1"):
        committed.export(runs / "weak", tmp_path / "mine.json")
    assert not list(tmp_path.glob("mine*"))
