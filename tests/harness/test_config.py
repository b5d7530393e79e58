"""What a run is, as flags, as JSON and as a checksum."""

import json
from dataclasses import fields, replace

import pytest

from agentrm_envs import ENVS, Task, tasks
from agentrm_envs.errors import MissingDependency, UnknownEnv, UnknownTask
from harness.config import (
    HEEDED,
    METHODS,
    ConfigError,
    RunConfig,
    as_json,
    from_json,
    sha256,
)
from harness.search import MCTS, BeamSearch, BestOfN, Greedy
from rewards.factories import UnknownModel

TOY = RunConfig(policy="random", rm="oracle", tasks=("toy",), limit=0)


def test_the_defaults_are_the_main_job():
    config = RunConfig()
    assert (config.policy, config.rm, config.method) == ("embedded", "explicit", "beam")
    assert config.search() == BeamSearch(width=5, branch=5, temperature=0.7)
    assert (config.split, config.limit, config.data, config.seed) == ("test", 1, "builtin", 0)


def test_each_method_gets_its_own_settings():
    config = RunConfig(n=3, width=4, branch=2, temperature=0.5, iterations=9, rollouts=0)
    searches = {name: replace(config, method=name).search() for name in METHODS}
    assert searches == {
        "greedy": Greedy(),
        "best-of-n": BestOfN(3, 0.5),
        "beam": BeamSearch(4, 2, 0.5),
        "mcts": MCTS(9, 2, 0, 0.7, 0.5),
    }


def test_a_setting_that_the_method_does_not_heed_is_named():
    assert RunConfig(method="beam").idle(["n", "width", "seed", "rollouts"]) == ["n", "rollouts"]
    assert RunConfig(method="greedy").idle(["temperature", "tasks"]) == ["temperature"]
    assert set(HEEDED) == set(METHODS)


def test_every_setting_has_words_for_its_flag():
    assert all(len(field.metadata["help"]) > 10 for field in fields(RunConfig))


def test_a_config_is_read_back_from_json():
    assert from_json(json.loads(json.dumps(as_json(TOY)))) == TOY


def test_a_config_of_another_version_is_refused_by_the_field():
    with pytest.raises(ConfigError, match=r"differs in \['depth'\]"):
        from_json({**as_json(TOY), "depth": 3})


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"n": 0}, "--n must be at least 1, not 0"),
        ({"temperature": -0.1}, "--temperature must be at least 0"),
        ({"temperature": float("nan")}, "--temperature must be at least 0, not nan"),
        ({"limit": -1}, "--limit must be at least 0"),
        ({"method": "bfs"}, "--method must be one of greedy, best-of-n, beam, mcts: 'bfs'"),
        ({"split": "dev"}, "--split must be one of train, test: 'dev'"),
    ],
)
def test_an_impossible_setting_is_named(wrong, message):
    with pytest.raises(ConfigError, match=message):
        RunConfig(**wrong)


def test_names_are_checked_before_anything_is_loaded():
    with pytest.raises(UnknownEnv, match="did you mean 'toy'"):
        replace(TOY, tasks=("tyo",)).checked()
    with pytest.raises(UnknownEnv, match="did you mean 'maze'"):
        replace(TOY, tasks=("agentrm/Maze-v0",)).checked()
    with pytest.raises(UnknownModel, match="did you mean 'oracle'"):
        replace(TOY, rm="oracel").checked()
    with pytest.raises(UnknownModel, match="did you mean 'expert'"):
        replace(TOY, policy="exprt").checked()


def test_without_tasks_all_environments_are_played():
    assert set(replace(TOY, tasks=()).checked().tasks) == set(ENVS)


def test_an_environment_named_twice_is_played_once():
    assert replace(TOY, tasks=("toy", "maze", "toy")).checked().tasks == ("toy", "maze")


def test_greedy_has_no_reward_model():
    assert replace(TOY, method="greedy").checked().rm == "none"
    assert TOY.checked().rm == "oracle"


def test_the_task_list_follows_the_config():
    assert replace(TOY, limit=2).task_list() == [tasks("toy")[0], tasks("toy")[1]]
    assert replace(TOY, split="train", limit=0).task_list() == tasks("toy", "train")


def test_single_tasks_are_named_by_environment_and_id():
    config = replace(TOY, tasks=("toy/baba", "maze", "toy/baba"), limit=1).checked()
    named, other = config.task_list()
    assert (named, other.env) == (Task("toy", "baba"), "maze")
    assert config.environments() == ("toy", "maze")
    assert config.task_sums().keys() == {"toy", "maze"}
    assert config.task_sums()["maze"] == replace(TOY, tasks=("maze",), limit=1).task_sums()["maze"]


def test_an_unknown_task_is_refused_before_the_run_begins():
    with pytest.raises(UnknownTask, match=r"toy has no builtin task 'bab'.*did you mean 'baba'"):
        replace(TOY, tasks=("toy/bab",)).checked()
    with pytest.raises(UnknownTask, match="agentrm_envs tasks toy` lists them"):
        replace(TOY, tasks=("toy/1234",)).checked()


def test_a_named_environment_that_cannot_be_imported_is_refused_before_the_run_begins(monkeypatch):
    gone = replace(ENVS["toy"], entry_point="not_there.env:Env", extra="toys")
    monkeypatch.setitem(ENVS, "toy", gone)
    with pytest.raises(MissingDependency, match=r"toy needs not_there.*agentrm\[toys\]"):
        TOY.checked()


def test_the_checksum_of_the_tasks_sees_their_content(monkeypatch):
    before = TOY.task_sums()
    assert TOY.task_sums() == before
    assert replace(TOY, limit=1).task_sums() != before
    table = {"abba": {"word": "abba"}, "baba": {"word": "baba"}, "bbbb": {"word": "other"}}
    monkeypatch.setattr("harness.config.task_table", lambda *which: table)
    monkeypatch.setattr("harness.config.chosen", lambda *which: [Task("toy", id) for id in table])
    assert TOY.task_sums() != before


def test_the_checksum_of_official_tasks_sees_their_files(monkeypatch, tmp_path):
    monkeypatch.setenv("AGENTRM_DATA", str(tmp_path))
    monkeypatch.setattr("harness.config.task_table", lambda *which: {"abba": {"word": "abba"}})
    monkeypatch.setattr("harness.config.chosen", lambda *which: [Task("toy", "abba")])
    official = replace(TOY, data="official")
    (tmp_path / "toy").mkdir()
    (tmp_path / "toy" / "words.txt").write_text("abba")
    before = official.task_sums()
    assert official.task_sums() == before
    (tmp_path / "toy" / "words.txt").write_text("abba and others")
    assert official.task_sums() != before


def test_the_checksum_of_data_is_that_of_its_canonical_json():
    assert sha256({"b": 1, "a": "ü"}) == sha256({"a": "ü", "b": 1})
    assert sha256([]) == "4f53cda18c2baa0c0354bb5f9a3ecbe5ed12ab4d8e11ba873c2f11161202b945"
