from __future__ import annotations

import json
import math
from dataclasses import replace

import pytest

from leaderboard import entry as entries
from leaderboard import evidence as evidences
from leaderboard.entry import ranked
from leaderboard.errors import BadFile


@pytest.fixture
def file(evidence, tmp_path):
    path = tmp_path / "leaderboard.json"
    entries.write(ranked([evidence.entry]), path)
    return path


def change(path, where, value):
    content = json.loads(path.read_text())
    at = content
    for key in where[:-1]:
        at = at[key]
    if value is None:
        del at[where[-1]]
    else:
        at[where[-1]] = value
    path.write_text(json.dumps(content))


def test_a_leaderboard_has_the_keys_of_the_contract(file):
    content = json.loads(file.read_text())
    assert set(content) == {"schema_version", "entries"}
    assert content["schema_version"] == 1
    [entry] = content["entries"]
    assert set(entry) == {
        *("system", "policy", "reward_model", "method", "params", "data"),
        *("results", "overall", "cost", "verified", "run"),
    }
    result = entry["results"]["maze"]
    assert set(result) == {"metric", "mean", "stderr", "ci95", "episodes", "errors"}
    assert result["metric"] == "success"
    assert len(result["ci95"]) == 2
    assert set(entry["overall"]) == {"mean_over_tasks", "mean_over_episodes", "stderr"}
    assert set(entry["cost"]) == {"policy_tokens", "rm_tokens", "env_steps", "seconds"}
    assert set(entry["run"]) == {"config_sha256", "tasks_sha256", "versions"}


def test_what_is_written_is_read_back_to_the_digits_that_are_kept(file):
    read = entries.read(file)
    assert entries.dumps(read) == file.read_text()


def test_the_same_entries_are_the_same_bytes_in_any_order(evidence):
    other = replace(evidence.entry, system="another")
    assert entries.dumps(ranked([evidence.entry, other])) == entries.dumps(
        ranked([other, evidence.entry])
    )


def test_the_best_entry_comes_first(evidence):
    entry = evidence.entry
    best = replace(entry, system="best", overall=replace(entry.overall, mean_over_tasks=1.0))
    worst = replace(entry, system="worst", overall=replace(entry.overall, mean_over_tasks=0.0))
    assert [one.system for one in ranked([worst, best]).entries] == ["best", "worst"]


MEAN = ("entries", 0, "results", "maze", "mean")


@pytest.mark.parametrize(
    ("where", "value", "words"),
    [
        (MEAN, "high", ["results.maze.mean", "valid number", '"high"']),
        (MEAN, 1.5, ["results.maze.mean", "less than or equal to 1", "1.5"]),
        (MEAN, None, ["results.maze.mean", "required"]),
        (("entries", 0, "results", "maze", "metric"), "luck", ["metric", "'score' or 'success'"]),
        (("entries", 0, "results", "maze", "ci95"), [0.5], ["results.maze.ci95"]),
        (("entries", 0, "results", "maze", "errors"), -1, ["errors", "greater", "-1"]),
        (("entries", 0, "results"), {}, ["results", "at least 1"]),
        (("entries", 0, "note"), "hello", ["note", "nexpected", "hello"]),
        (("entries", 0, "data"), "mine", ["data", "'builtin' or 'official'", "mine"]),
        (("entries", 0, "run", "tasks_sha256"), "abc", ["run.tasks_sha256", "pattern", "abc"]),
        (("entries", 0, "system"), "", ["system", "at least 1"]),
        (("entries", 0, "system"), "a\n# b", ["system", "one line", '"a\\n# b"']),
        (("entries", 0, "policy"), "a\x1b[2J", ["policy", "without control characters"]),
        (("entries", 0, "method"), "a\u202eb", ["method", "without control characters"]),
        (("entries", 0, "results", "maze\n# x"), {}, ["results.maze # x", "pattern"]),
        (("entries", 0, "params", "n"), math.nan, ["params", "JSON compliant"]),
    ],
)
def test_a_wrong_entry_is_refused_by_its_name_and_key(file, where, value, words):
    change(file, where, value)
    with pytest.raises(BadFile) as refused:
        entries.read(file)
    for word in [str(file), "entries[0]", *words]:
        assert word in str(refused.value)


def test_the_message_names_the_entry(file):
    change(file, MEAN, 2)
    with pytest.raises(BadFile, match="random, beam 2x2, oracle RM"):
        entries.read(file)


@pytest.mark.parametrize(
    "text", ["", "{", "[]", '{"schema_version": 2, "entries": []}', '{"entries": [7]}', "\xff"]
)
def test_what_is_no_leaderboard_is_refused(tmp_path, text):
    path = tmp_path / "leaderboard.json"
    path.write_bytes(text.encode("latin-1"))
    with pytest.raises(BadFile, match=r"leaderboard\.json"):
        entries.read(path)


def test_not_a_number_is_refused(file):
    file.write_text(file.read_text().replace('"stderr": 0', '"stderr": NaN, "x": 0', 1))
    with pytest.raises(BadFile):
        entries.read(file)


@pytest.mark.parametrize("name", ["maze", "alfworld:eto-move", "my_env.2"])
def test_environments_and_their_variants_can_have_results(file, name):
    result = json.loads(file.read_text())["entries"][0]["results"]["maze"]
    change(file, ("entries", 0, "results"), {name: result})
    assert list(entries.read(file).entries[0].results) == [name]


def test_evidence_without_an_episode_is_refused(evidence, tmp_path):
    path = tmp_path / "entry.json"
    evidences.write(replace(evidence, episodes=()), path)
    with pytest.raises(BadFile, match=r"episodes: .* at least 1 item"):
        evidences.read(path)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(BadFile, match=r"none\.json cannot be read"):
        entries.read(tmp_path / "none.json")
