"""Tasks of an entry that are played anew with its models."""

from __future__ import annotations

import importlib
from dataclasses import replace

import pytest

from agentrm_envs import Task
from leaderboard import committed, source
from leaderboard.__main__ import main
from leaderboard.anew import config_of, parting, play_anew, shortest
from leaderboard.errors import LeaderboardError
from leaderboard.evidence import Played
from tests.leaderboard.tampering import edit_json


def episode(env, number, actions, **other):
    return Played(Task(env, str(number)), ("go",) * actions, 0.0, False, (), **other)


def test_models_that_are_the_same_act_the_same(evidence):
    found = play_anew(evidence, 3)
    assert found.same, str(found)
    assert found.episodes == 3
    assert "every action and score is the same" in str(found)


def test_another_policy_is_found_out(evidence):
    lying = replace(evidence, entry=replace(evidence.entry, policy="expert:0.5"))
    found = play_anew(lying, 3)
    assert not found.same
    assert "action 1" in str(found)


def test_another_seed_is_found_out(evidence):
    entry = evidence.entry
    lying = replace(evidence, entry=replace(entry, params={**entry.params, "seed": 1}))
    assert not play_anew(lying, 6).same


def test_models_with_other_checksums_are_told_and_do_not_play(evidence):
    run = evidence.entry.run
    other = replace(run, versions={**run.versions, "policy sha256": "ab" * 32})
    found = play_anew(replace(evidence, entry=replace(evidence.entry, run=other)), 1)
    assert found.episodes == 0
    assert not found.same
    assert "policy sha256" in str(found)


def test_models_that_computed_in_other_numbers_are_refused(evidence, monkeypatch):
    pytest.importorskip("torch", reason="needs `pip install 'agentrm[hf]'`")
    importlib.import_module("rewards.backbone.arithmetic")  # as where a language model computes
    monkeypatch.setenv("AGENTRM_DTYPE", "float32")
    run = evidence.entry.run
    other = replace(run, versions={**run.versions, "arithmetic": "bfloat16 AVX512"})
    with pytest.raises(LeaderboardError, match="AGENTRM_DTYPE=bfloat16"):
        play_anew(replace(evidence, entry=replace(evidence.entry, run=other)), 1)


def test_prompts_that_are_not_part_of_the_entry_are_refused(evidence):
    entry = replace(evidence.entry, params={**evidence.entry.params, "prompts": "ab" * 32})
    with pytest.raises(LeaderboardError, match="prompts"):
        config_of(entry)


def test_the_config_is_that_of_the_run(evidence, made_runs):
    again = config_of(evidence.entry)
    assert (again.policy, again.rm, again.method) == ("random", "oracle", "beam")
    assert (again.width, again.branch, again.limit) == (2, 2, 6)


def test_the_shortest_of_every_environment_come_first():
    episodes = [episode("maze", i, actions=i) for i in (3, 1, 2)]
    episodes += [episode("pddl", 4, actions=9), episode("babyai", 5, actions=0, error="broke off")]
    chosen = shortest(episodes, 3)
    assert [(one.task.env, one.task.id) for one in chosen] == [
        ("maze", "1"),
        ("pddl", "4"),
        ("maze", "2"),
    ]


def test_where_two_episodes_part():
    one, two = episode("maze", 1, actions=2), episode("maze", 1, actions=3)
    assert parting(one, one) is None
    assert "action 3" in str(parting(one, two))
    assert "the end" in str(parting(two, one))
    assert "score 0.5" in str(parting(one, replace(one, score=0.5)))
    assert "broke" in str(parting(one, replace(one, error="broke")))


def test_the_check_plays_when_it_is_asked(runs, tmp_path, capsys):
    folder = tmp_path / "board"
    committed.add(runs / "strong", "strong", folder=folder)
    check = ["check", "--folder", str(folder)]
    assert main([*check, "--play", "2"]) == 0
    assert "played anew: expert, greedy (2 episodes)" in capsys.readouterr().out
    edit_json(folder / "entries" / "strong.json", _of_a_random_policy)
    assert main([*check, "--write"]) == 0
    assert main([*check, "--play", "2"]) == 1
    assert "NOT THE SAME" in capsys.readouterr().out


def _of_a_random_policy(content):
    content["entry"]["policy"] = "random"


def test_the_committed_entries_say_which_models_made_them():
    for path in sorted((committed.FOLDER / "entries").glob("*.json")):
        versions = source.read(path).evidence.entry.run.versions
        assert "policy sha256" in versions, path
