"""Tasks of an entry that are played anew with its models."""

from __future__ import annotations

import importlib
from dataclasses import replace

import pytest

from agentrm_envs import Task
from harness.policy.registry import POLICIES
from leaderboard import committed, source
from leaderboard.__main__ import main
from leaderboard.anew import parting, play_anew, shortest
from leaderboard.entry_config import config_of
from leaderboard.errors import LeaderboardError, NotPlayable
from leaderboard.evidence import Played
from leaderboard.own_models import is_own_reward_model
from leaderboard.verify import verify
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
    with pytest.raises(NotPlayable, match="prompts"):
        play_anew(replace(evidence, entry=entry), 1)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"policy": "expertt"}, "did you mean 'expert'"),
        ({"policy": "expert:1.2.3"}, "not '1.2.3'"),
        ({"policy": "openai:m@http://127.0.0.1:1/v1"}, "does not come with the project"),
        ({"policy": "hf:/etc"}, "does not come with the project"),
        ({"policy": "trained:hf:/etc"}, "does not come with the project"),
        ({"reward_model": "explicit:/etc"}, "does not come with the project"),
        ({"reward_model": "judge:openai:m@http://127.0.0.1:1/v1"}, "not come with the project"),
        ({"reward_model": "implicit:/etc?score=min"}, "does not come with the project"),
        ({"reward_model": "ensemble:oracle+judge:/etc"}, "does not come with the project"),
        ({"reward_model": "ensemble:oracle"}, "two reward models or more"),
        ({"policy": "random:x"}, "takes no argument"),
    ],
)
def test_models_that_are_not_the_projects_are_never_opened(evidence, change, said):
    with pytest.raises(NotPlayable, match=said):
        play_anew(replace(evidence, entry=replace(evidence.entry, **change)), 1)


@pytest.mark.parametrize(
    "model", ["none", "implicit:?score=min", "judge", "ensemble-min:explicit+likelihood:embedded"]
)
def test_the_projects_own_reward_models_are_known_as_such(model):
    assert is_own_reward_model(model)


def test_what_is_not_installed_is_not_playable(evidence, monkeypatch):
    monkeypatch.setitem(POLICIES.table, "random", "nothing_of_this_name:load")
    with pytest.raises(NotPlayable, match="nothing_of_this_name, which is not installed"):
        play_anew(evidence, 1)


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("width", "two", "valid integer at width"),
        ("width", True, "valid integer at width"),
        ("limit", 6.5, "valid integer at limit"),
        ("temperature", None, "valid number at temperature"),
        ("temperature", [1], "valid number at temperature"),
        ("branch", 0, "--branch must be at least 1"),
        ("split", 3, "valid string at split"),
        ("tasks", "maze", "at tasks"),
        ("tasks", [{}], "at tasks"),
    ],
)
def test_params_that_no_run_can_have_are_told_in_words(evidence, key, value, said):
    entry = replace(evidence.entry, params={**evidence.entry.params, key: value})
    lying = replace(evidence, entry=entry)
    with pytest.raises(LeaderboardError, match=said):
        play_anew(lying, 1)
    [difference] = verify(lying).differences
    assert difference.where == "entry: params"
    assert said in difference.got


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


def test_an_entry_that_cannot_be_played_here_is_told_and_the_others_are_played(
    runs, tmp_path, capsys
):
    folder = tmp_path / "board"
    for name in ("strong", "weak"):
        committed.add(runs / name, name, folder=folder)

    def play(*names):
        for name in names:
            edit_json(folder / "entries" / f"{name}.json", _of_somebodys_policy)
        capsys.readouterr()
        status = main(["check", "--folder", str(folder), "--write", "--play", "1"])
        return status, capsys.readouterr().out

    status, out = play("strong")
    assert status == 0
    assert "not playable here: expert, greedy: the policy 'hf:somebodys'" in out
    assert "played anew: random, beam 2x2, oracle RM (1 episodes)" in out
    status, out = play("weak")
    assert status == 1
    assert "no entry could be played anew here" in out


def _of_somebodys_policy(content):
    content["entry"]["policy"] = "hf:somebodys"


def _of_a_random_policy(content):
    content["entry"]["policy"] = "random"


def test_the_committed_entries_say_which_models_made_them():
    for path in sorted((committed.FOLDER / "entries").glob("*.json")):
        versions = source.read(path).evidence.entry.run.versions
        assert "policy sha256" in versions, path
