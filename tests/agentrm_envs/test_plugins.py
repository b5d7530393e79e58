"""Another package adds an environment: by an entry point, or from Python."""

from __future__ import annotations

import sys
import textwrap
from contextlib import closing

import pytest

from agentrm_envs import ENVS, EnvSpec, contract, expert, make, names, tasks
from agentrm_envs.__main__ import main
from agentrm_envs.errors import UnknownEnv
from agentrm_envs.playing import Subject
from agentrm_envs.registry import playable
from agentrm_envs.task_lists import task_table

FILES = {
    "lamps/__init__.py": """
        from agentrm_envs import EnvSpec

        SPEC = EnvSpec("lamps.env:LampsEnv", "acme/Lamps-v0", 5)
    """,
    "lamps/env.py": """
        from agentrm_envs import Outcome, TextEnv


        class LampsEnv(TextEnv):
            def _start(self, task):
                self.off = list(range(task["lamps"]))
                return "Switch on every lamp.", f"{len(self.off)} lamps are off."

            def _act(self, action):
                total = self._find(self._at.task.id)["lamps"]
                if action.isdecimal() and int(action[:9]) in self.off:
                    self.off.remove(int(action[:9]))
                done = not self.off
                text = f"{len(self.off)} lamps are off."
                return Outcome(text, 1 - len(self.off) / total, done, done)

            def _save(self):
                return tuple(self.off)

            def _load(self, state):
                self.off = list(state)

            def valid_actions(self):
                return [str(lamp) for lamp in self.off]
    """,
    "lamps/expert.py": """
        def plan(env):
            return env.valid_actions()
    """,
    "lamps/tasks.test.json": '{"two": {"lamps": 2}, "four": {"lamps": 4}}',
    "lamps/tasks.train.json": '{"three": {"lamps": 3}}',
    "lamps-1.0.dist-info/METADATA": """
        Metadata-Version: 2.1
        Name: lamps
        Version: 1.0
    """,
    "lamps-1.0.dist-info/entry_points.txt": """
        [agentrm.envs]
        lamps = lamps:SPEC
    """,
}


@pytest.fixture
def lamps(tmp_path, monkeypatch):
    """A package `lamps` as pip would install it, in a folder of its own."""
    for path, text in FILES.items():
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_text(textwrap.dedent(text).lstrip())
    monkeypatch.syspath_prepend(tmp_path)
    yield tmp_path
    ENVS.pop("lamps", None)
    task_table.cache_clear()
    for module in [module for module in sys.modules if module.partition(".")[0] == "lamps"]:
        del sys.modules[module]


@pytest.mark.usefixtures("lamps")
def test_an_environment_of_another_package_is_listed_without_being_imported():
    assert names()[-1] == "lamps"
    assert "lamps" not in sys.modules


@pytest.mark.usefixtures("lamps")
def test_an_environment_of_another_package_is_made_by_its_name():
    assert [task.id for task in tasks("lamps")] == ["two", "four"]
    env = make("lamps")
    assert env.reset(options={"task": "two"})[0] == "2 lamps are off."
    assert expert("lamps")(env) == ["0", "1"]
    assert env.max_steps == 5


@pytest.mark.usefixtures("lamps")
def test_an_environment_of_another_package_runs_in_a_process_too():
    with closing(make("lamps", isolated=True)) as env:
        env.reset(options={"task": "two"})
        assert env.step("1")[0] == "1 lamps are off."
        assert expert("lamps")(env) == ["0"]


@pytest.mark.usefixtures("lamps")
def test_the_contracts_checks_run_on_an_environment_of_another_package(capsys):
    verdicts = list(contract.check(Subject("lamps")))
    assert [v for v in verdicts if v.status != "PASS"] == []
    assert main(["list"]) == 0
    assert "acme/Lamps-v0" in capsys.readouterr().out


@pytest.mark.usefixtures("lamps")
def test_a_name_that_is_nearly_another_packages_is_suggested():
    with pytest.raises(UnknownEnv, match="did you mean 'lamps'"):
        make("lamp")


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("lamps:NONE", "of lamps cannot be loaded from lamps:NONE: "),
        ("lamp_shades:SPEC", "of lamps cannot be loaded from lamp_shades:SPEC: "),
        ("lamps.env:LampsEnv", "of lamps: lamps.env:LampsEnv is a "),
    ],
)
def test_a_broken_package_is_named_and_leaves_the_others_as_they_are(lamps, capsys, value, said):
    points = lamps / "lamps-1.0.dist-info" / "entry_points.txt"
    points.write_text(f"[agentrm.envs]\nlamps = {value}\n")
    assert main(["check", "lamps"]) == 2
    assert f"error: the environment 'lamps' {said}" in capsys.readouterr().err
    assert main(["list"]) == 0
    shown = capsys.readouterr()
    assert "agentrm/Maze-v0" in shown.out
    assert f"lamps is left out: the environment 'lamps' {said}" in shown.err
    left_out: list[str] = []
    assert "lamps" not in playable(left_out.append)
    assert said in left_out[-1]


def test_without_the_package_there_is_no_such_environment():
    assert "lamps" not in names()
    with pytest.raises(UnknownEnv):
        make("lamps")


def test_an_environment_added_from_python_is_made_by_its_name(monkeypatch):
    spec = EnvSpec("tests.toy_env.env:ToyEnv", "agentrm/Mine-v0", max_steps=2)
    monkeypatch.setitem(ENVS, "mine", spec)
    assert "mine" in names()
    assert make("mine").max_steps == 2
