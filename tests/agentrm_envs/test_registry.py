from __future__ import annotations

from typing import get_args, get_type_hints

import gymnasium
import pytest

import tests.toys  # noqa: F401  # registers the toy
from agentrm_envs import ENVS, EnvSpec, expert, make, names, tasks
from agentrm_envs.errors import EnvError, MissingData, MissingDependency, UnknownEnv
from agentrm_envs.isolated import IsolatedEnv
from agentrm_envs.registry import base, is_isolated, playable, register_with_gymnasium, spec
from tests.toy_env.env import ToyEnv


def test_make_passes_the_settings_on():
    env = make("toy", split="train", max_steps=2)
    assert isinstance(env, ToyEnv)
    assert (env.split, env.max_steps) == ("train", 2)
    assert env.tasks == ["aabb", "abab", "bbaa"]


@pytest.mark.parametrize(
    ("name", "protocol", "steps"),
    [
        ("alfworld", "agentboard", 30),
        ("alfworld", "eto", 40),
        ("webshop", "webshop", 10),
        ("webshop", "agentboard", 30),
        ("sciworld", "agentboard", 30),
        ("sciworld", "eto", 120),
    ],
)
@pytest.mark.parametrize("isolated", [False, True])
def test_a_protocol_has_its_own_step_limit_unless_another_is_asked_for(
    name, protocol, steps, isolated
):
    assert make(name, protocol=protocol, isolated=isolated).max_steps == steps
    assert make(name, protocol=protocol, isolated=isolated, max_steps=7).max_steps == 7


def test_a_variant_is_the_same_tasks_with_other_settings():
    with make("alfworld:eto") as env, make("alfworld:using", max_steps=3) as other:
        assert (env.name, env.protocol, env.max_steps) == ("alfworld:eto", "eto", 40)
        assert (other.protocol, other.perturbation, other.max_steps) == ("agentboard", "using", 3)
        assert env.tasks == [task.id for task in tasks("alfworld")]
        assert expert("alfworld:eto")
    assert "alfworld:eto" not in names()


@pytest.mark.parametrize("name", ["alfworld", "sciworld", "webshop"])
def test_every_protocol_has_a_name_for_command_lines(name):
    with make(name) as env:
        protocols = get_args(get_type_hints(type(env).__init__)["protocol"])
        unnamed = set(protocols) - {env.protocol}
    assert len(protocols) == 2
    for protocol in unnamed:
        with make(f"{name}:{protocol}") as other:
            assert (other.protocol, other.max_steps) == (protocol, spec(other.name).steps)


def test_a_variant_may_have_tasks_of_its_own():
    assert {task.id.partition("/")[0] for task in tasks("sciworld:agentboard")} == {"agentboard"}
    with make("sciworld:agentboard") as env, make("sciworld", protocol="agentboard") as same:
        assert env.tasks == same.tasks == [task.id for task in tasks(env.name)]
    with make("webshop:agentboard") as env:
        assert env.tasks == [task.id for task in tasks("webshop")]


def test_the_moving_grammar_has_a_name_for_command_lines():
    with make("alfworld:move") as env:
        _, info = env.reset(seed=0)
        assert (env.grammar, env.max_steps) == ("move", 30)
        assert "move" in info["goal"]


def test_a_variant_in_a_process_of_its_own_has_its_settings():
    with make("alfworld:joined", isolated=True) as env:
        _, info = env.reset(seed=0)
        assert "names without a space" in info["goal"]


@pytest.mark.parametrize(
    ("settings", "isolated"),
    [({}, False), ({"data": "official"}, True), ({"engine": "jericho"}, True)],
)
def test_what_may_hang_or_crash_gets_a_process_of_its_own(settings, isolated):
    assert is_isolated("jericho", **settings) is isolated
    with make("jericho", **settings) as env:
        assert isinstance(env, IsolatedEnv) is isolated


def test_an_unknown_variant_lists_those_there_are():
    with pytest.raises(UnknownEnv, match=r"alfworld has no variant 'et'; there are: alfworld:eto"):
        make("alfworld:et")
    with pytest.raises(UnknownEnv, match="maze has no variant 'eto'; there are: none"):
        tasks("maze:eto")


@pytest.mark.parametrize("entry", [make, expert, tasks])
def test_an_unknown_name_suggests_the_close_one(entry):
    with pytest.raises(UnknownEnv, match="no environment is named 'tyo'; did you mean 'toy'"):
        entry("tyo")


def test_a_name_like_no_other_lists_them_all():
    with pytest.raises(UnknownEnv, match=r"there are: .*maze.*toy"):
        make("0123456789")


@pytest.mark.parametrize("given", ["maze,toy", "maze, toy,", "maze,alfworld:eto"])
def test_names_with_commas_are_told_apart_by_spaces(given):
    names = " ".join(given.replace(",", " ").split())
    with pytest.raises(UnknownEnv, match=f"named '{given}'; separate names by spaces: {names}$"):
        spec(given)


@pytest.mark.parametrize(
    ("given", "name"),
    [
        ("agentrm/Maze-v0", "maze"),
        ("agentrm/ToolQuery-v0", "tool_query"),
        ("agentrm/Other-v0", "renamed"),
        ("Maze-v0", "maze"),
        ("agentrm/ALFWorld-v3", "alfworld"),
        ("ALFWorld", "alfworld"),
    ],
)
def test_gymnasiums_id_suggests_the_name(given, name, monkeypatch):
    monkeypatch.setitem(ENVS, "renamed", EnvSpec("tests.toy_env.env:ToyEnv", "agentrm/Other-v0", 3))
    with pytest.raises(UnknownEnv, match=f"'{given}'; did you mean '{name}'"):
        make(given)


def test_a_variants_base_is_the_environment_that_it_is_one_of():
    assert [base(name) for name in ("alfworld:eto", "maze")] == ["alfworld", "maze"]


def test_a_missing_dependency_says_what_to_install(monkeypatch):
    missing = EnvSpec("no_such_simulator.env:Env", "agentrm/Missing-v0", 3, extra="simulator")
    monkeypatch.setitem(ENVS, "missing", missing)
    with pytest.raises(MissingDependency, match=r"pip install 'agentrm\[simulator\]'"):
        make("missing")


def test_an_environment_whose_dependency_is_missing_is_left_out_with_a_line(monkeypatch):
    missing = EnvSpec("no_such_simulator.env:Env", "agentrm/Missing-v0", 3, extra="simulator")
    monkeypatch.setitem(ENVS, "missing", missing)
    said: list[str] = []
    found = playable(said.append)
    assert "toy" in found
    assert "missing" not in found
    [line] = [each for each in said if each.startswith("missing ")]
    assert line == (
        "missing is left out: missing needs no_such_simulator, which is not installed; "
        "run `pip install 'agentrm[simulator]'`"
    )


def test_every_built_in_id_is_in_gymnasiums_registry():
    register_with_gymnasium()
    for known in ENVS.values():
        assert known.id in gymnasium.registry
        assert known.id.startswith("agentrm/")


def test_gymnasium_makes_the_toy_with_settings():
    with gymnasium.make("agentrm/Toy-v0", split="train") as env:
        assert env.reset(options={"task": "bbaa"})[1]["goal"] == "Spell 'bbaa'."
        assert env.unwrapped.split == "train"


def test_tasks_are_records_in_the_order_of_the_list():
    assert [task.id for task in tasks("toy")] == ["abba", "baba", "bbbb"]
    assert {task.env for task in tasks("toy")} == {"toy"}


def test_unknown_data_is_an_error_that_lists_the_known():
    with pytest.raises(EnvError, match="no data is named 'magic'; there are: builtin, official"):
        tasks("toy", data="magic")


def test_a_split_without_tasks_is_missing_data(monkeypatch):
    bare = EnvSpec("tests.harness.env:Env", "agentrm/Bare-v0", 3)
    monkeypatch.setitem(ENVS, "bare", bare)
    with pytest.raises(MissingData, match="bare has no builtin tasks in its test split"):
        tasks("bare")


def test_the_expert_spells_the_word_from_where_it_is():
    env = make("toy")
    env.reset(options={"task": "abba"})
    env.step("a")
    assert expert("toy")(env) == ["b", "b", "a"]
