from __future__ import annotations

import io
import json
import subprocess
import sys
from pathlib import Path

import pytest

import tests.toys  # noqa: F401  # registers the toy
from agentrm_envs import ENVS, EnvSpec, contract, subject_flags
from agentrm_envs.__main__ import main
from agentrm_envs.playing import Subject
from agentrm_envs.task_lists import task_table
from tests.toy_env.env import ToyEnv

ROOT = Path(__file__).parents[2]


@pytest.fixture
def typed(monkeypatch):
    """Sets what is piped in."""
    return lambda text: monkeypatch.setattr("sys.stdin", io.StringIO(text))


def test_help_teaches_by_examples(capsys):
    with pytest.raises(SystemExit, match="0"):
        main(["--help"])
    out = capsys.readouterr().out
    assert "python -m agentrm_envs play maze" in out
    for verb in ("list", "play", "check", "data"):
        assert verb in out


def test_no_verb_is_misuse(capsys):
    with pytest.raises(SystemExit, match="2"):
        main([])
    assert "VERB" in capsys.readouterr().err


def test_list_shows_every_environment(capsys):
    assert main(["list"]) == 0
    out = capsys.readouterr().out
    for name, known in ENVS.items():
        assert name in out
        assert known.id in out
        assert all(f" {name}:{variant}" in out for variant in known.variants)


def test_list_for_programs(capsys):
    assert main(["list", "--json"]) == 0
    [toy] = [row for row in json.loads(capsys.readouterr().out) if row["name"] == "toy"]
    assert toy == {
        "name": "toy",
        "id": "agentrm/Toy-v0",
        "max_steps": 4,
        "metric": "score",
        "isolated": False,
        "extra": "",
        "variants": [],
        "test_tasks": 3,
        "train_tasks": 3,
        "official_files": 0,
    }


def test_tasks_are_listed_as_the_harness_takes_them(capsys):
    assert main(["tasks", "maze", "--split", "train", "--limit", "2"]) == 0
    first, second = capsys.readouterr().out.splitlines()
    assert first == f"maze/{next(iter(task_table('maze', 'train')))}"
    assert second.startswith("maze/")


def test_play_reads_actions_and_shows_the_score(capsys, typed):
    typed("a\nb\nb\na\n")
    assert main(["play", "toy", "--task", "abba", "--valid"]) == 0
    out = capsys.readouterr().out
    rules = 'You spell words. Each turn, say "Action: " and one letter.\n\n'
    assert out.startswith(rules + "task abba: Spell 'abba'.\n\nType a letter.\nvalid: a, b\n")
    assert "You typed ab.\n[score 0.500, reward +0.250]\n" in out
    assert out.endswith("\nsuccess, score 1.000\n")


def test_play_ends_with_its_input_without_success(capsys, typed):
    typed("a\n\n")
    assert main(["play", "toy", "--task", "abba"]) == 1
    assert capsys.readouterr().out.endswith("\nno success, score 0.250\n")


def test_play_draws_the_task_by_seed(capsys, typed):
    shown = []
    for _ in range(2):
        typed("")
        main(["play", "toy", "--seed", "3", "--split", "train", "--no-instruction"])
        shown.append(capsys.readouterr().out)
    assert shown[0] == shown[1]
    assert shown[0].startswith(("task aabb", "task abab", "task bbaa"))


@pytest.mark.parametrize(
    ("words", "rule"),
    [
        (["alfworld:move"], "move {obj} to {recep}"),
        (["alfworld", "--set", "grammar=move"], "move {obj} to {recep}"),
        (["pddl"], "Action: <command>"),
    ],
)
def test_play_tells_the_rules_in_the_words_that_hold(words, rule, capsys, typed):
    typed("")
    main(["play", *words])
    told = capsys.readouterr().out.partition("\ntask ")[0]
    assert rule in told


def test_play_takes_an_action_in_the_form_that_the_rules_ask_for(capsys, typed):
    typed("Action: a\nAction:b\nb\na\n")
    assert main(["play", "toy", "--task", "abba"]) == 0


class Crowded(ToyEnv):
    def valid_actions(self) -> list[str]:
        return [f"letter {number}" for number in range(100)]


class Terminal(io.StringIO):
    """A keyboard."""

    def isatty(self) -> bool:
        return True


@pytest.fixture
def crowded(monkeypatch):
    known = EnvSpec(f"{__name__}:Crowded", "agentrm/Crowded-v0", 4)
    monkeypatch.setitem(ENVS, "crowded", known)
    monkeypatch.setattr(subject_flags, "made", lambda subject: Crowded("toy", 4))


@pytest.mark.usefixtures("crowded")
def test_play_leaves_out_most_of_a_long_list_and_says_how_many(capsys, typed):
    typed("")
    main(["play", "crowded", "--valid"])
    [line] = [line for line in capsys.readouterr().out.splitlines() if line.startswith("valid: ")]
    assert line.startswith("valid: letter 0, letter 2, ")
    assert line.count("letter") == 40
    assert line.endswith(" ... and 60 more")


@pytest.mark.usefixtures("crowded")
def test_play_tells_a_person_how_to_list_all_actions(capsys, monkeypatch):
    monkeypatch.setattr("sys.stdin", Terminal("?\na\n"))
    main(["play", "crowded"])
    out = capsys.readouterr().out
    assert "? lists actions that do something now" in out
    assert "--valid" in out
    assert out.count("letter ") == 100
    assert out.count("[score") == 1


def test_play_says_where_no_action_is_listed(capsys, typed, monkeypatch):
    monkeypatch.setattr(ToyEnv, "valid_actions", lambda self: [])
    typed("")
    main(["play", "toy", "--valid"])
    assert "\nvalid: none is listed\n" in capsys.readouterr().out


def test_play_takes_bytes_that_are_no_text():
    command = [sys.executable, "-m", "agentrm_envs", "play", "maze"]
    done = subprocess.run(command, cwd=ROOT, input=b"\xff\xfe\0\nmove up\n", capture_output=True)
    assert done.stderr == b""
    assert b"no success, score 0.000" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["play", "tyo"], "no environment is named 'tyo'; did you mean 'toy'?"),
        (["check", "tyo"], "did you mean 'toy'?"),
        (["data", "verify", "tyo"], "did you mean 'toy'?"),
        (["play", "toy", "--task", "zz"], "toy has no builtin task 'zz'"),
    ],
)
def test_an_error_is_one_line_and_status_2(arguments, message, capsys):
    assert main(arguments) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert message in captured.err
    assert captured.err.count("\n") == 1


def test_check_passes_a_good_environment(capsys):
    assert main(["check", "toy"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[:2] for line in lines] == [["PASS", check] for check in contract.CHECKS]


def test_check_for_programs(capsys):
    assert main(["check", "toy", "--only", "lists-tasks", "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert rows == [{"check": "lists-tasks", "status": "PASS", "detail": ""}]


def test_check_and_play_pass_keywords_on(capsys, typed):
    assert main(["check", "toy", "--only", "keeps-order", "--set", "max_steps=2"]) == 0
    typed("b\nb\nb\n")
    main(["play", "toy", "--set", "max_steps=2"])
    assert capsys.readouterr().out.count("[score") == 2


@pytest.mark.parametrize("verb", ["check", "play"])
@pytest.mark.parametrize(
    ("given", "message"),
    [
        ("steps=2", "toy has no keyword 'steps'; did you mean 'max_steps'? It has: max_steps\n"),
        ("foo=3", "toy has no keyword 'foo'; it has: max_steps\n"),
        ("name=x", "toy has no keyword 'name'; it has: max_steps\n"),
        ("max_steps=x", "toy: max_steps is a number from 1, not 'x'\n"),
        ("max_steps=0", "toy: max_steps is a number from 1, not 0\n"),
        ("split=train", "--set split=train: that is a flag of its own, --split\n"),
        ("=2", "--set takes KEYWORD=VALUE"),
        ("x", "'x'"),
    ],
)
def test_a_keyword_that_there_is_not_is_refused(verb, given, message, capsys):
    assert main([verb, "toy", "--set", given]) == 2
    assert message in capsys.readouterr().err


@pytest.mark.parametrize("verb", ["check", "play"])
@pytest.mark.parametrize("name", ["alfworld", "alfworld:eto"])
def test_the_keywords_of_an_environment_are_its_own_and_those_of_all(verb, name, capsys, typed):
    typed("")
    assert main([verb, name, "--set", "foo=3"]) == 2
    said = f"error: {name} has no keyword 'foo'; it has: grammar, max_steps, perturbation, protocol"
    assert capsys.readouterr().err == said + "\n"


def test_an_isolated_environment_names_its_keywords_too(capsys, typed):
    typed("")
    assert main(["play", "jericho", "--set", "engine=jericho", "foo=3"]) == 2
    said = "error: jericho has no keyword 'foo'; it has: engine, max_steps\n"
    assert capsys.readouterr().err == said


PLAYING = ["alike-elsewhere", "restores", "hides-outcome", "expert-solves"]
"""Checks that play tasks to their end, and so meet every score."""


@pytest.mark.parametrize(
    ("flaw", "failing"),
    [
        ("Forgetful", ["restores"]),
        ("Fragile", ["answers-anything"]),
        ("Talkative", ["alike-elsewhere", "restores"]),
        ("Generous", ["keeps-score", *PLAYING]),
    ],
)
def test_check_fails_an_environment_with_a_flaw(flaw, failing, capsys, monkeypatch):
    known = EnvSpec(f"tests.toy_env.flawed:{flaw}Env", f"agentrm/{flaw}-v0", 4)
    monkeypatch.setitem(ENVS, "flawed", known)
    assert main(["check", "flawed", "--json"]) == 1
    rows = json.loads(capsys.readouterr().out)
    assert [row["check"] for row in rows if row["status"] == "FAIL"] == failing
    assert all(row["detail"] for row in rows if row["status"] != "PASS")


@pytest.mark.parametrize(
    "words",
    [
        ("tasks", "maze", "--limit", "-1"),
        ("check", "maze", "--limit", "-1", "--only", "keeps-score"),
        ("play", "maze", "--seed", "-1"),
    ],
)
def test_a_number_below_0_is_refused(words, capsys):
    with pytest.raises(SystemExit, match="2"):
        main(list(words))
    assert "takes a whole number, 0 or more, not '-1'" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("tasks", "check", "detail"),
    [
        ([], "keeps-score", "there was no task to check it on"),
        (["abba", "gone"], "lists-tasks", "no builtin task 'gone'"),
    ],
)
def test_a_check_looks_at_tasks_and_at_every_one(tasks, check, detail, monkeypatch):
    monkeypatch.setattr(ToyEnv, "tasks", tasks)
    [verdict] = contract.check(Subject("toy", limit=1), [check])
    assert verdict.status == "FAIL"
    assert detail in verdict.detail


def test_data_list_shows_what_there_is(capsys):
    assert main(["data", "list", "pddl"]) == 0
    out = capsys.readouterr().out
    assert out.startswith("pddl: 64 files, 67,245 bytes to download; AgentBoard")
    assert "barman/p01.pddl" in out
    assert main(["data", "list"]) == 0
    assert "maze: 0 files" in capsys.readouterr().out


@pytest.mark.parametrize("verb", ["fetch", "verify"])
def test_an_environment_that_needs_no_data_says_so(verb, capsys):
    assert main(["data", verb, "maze"]) == 0
    assert "its official tasks are part of the package" in capsys.readouterr().out


@pytest.mark.parametrize("verb", ["fetch", "verify"])
def test_data_that_cannot_be_fetched_is_told_where_to_put(verb, capsys, monkeypatch, tmp_path):
    monkeypatch.setenv("AGENTRM_DATA", str(tmp_path))
    assert main(["data", verb, "jericho"]) == 0
    assert f"put into {tmp_path / 'jericho'} by hand the twenty story" in capsys.readouterr().out


def test_data_verify_names_what_is_missing_and_the_command(capsys, monkeypatch, tmp_path):
    monkeypatch.setenv("AGENTRM_DATA", str(tmp_path))
    assert main(["data", "verify", "babyai"]) == 1
    out = capsys.readouterr().out
    assert f"missing: {tmp_path / 'babyai' / 'test.jsonl'}" in out
    assert "run `python -m agentrm_envs data fetch babyai`" in out


def test_data_without_a_folder_says_what_to_set(capsys, monkeypatch):
    monkeypatch.delenv("AGENTRM_DATA", raising=False)
    assert main(["data", "verify", "babyai"]) == 2
    assert "AGENTRM_DATA is not set" in capsys.readouterr().err
