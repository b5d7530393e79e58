"""Another package adds an environment: by an entry point, or from Python."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import gymnasium
import pytest

from agentrm_envs import ENVS, EnvSpec, assets, contract, expert, make, names, tasks
from agentrm_envs.__main__ import main
from agentrm_envs.errors import MissingDependency, UnknownEnv
from agentrm_envs.playing import Subject
from agentrm_envs.registry import playable, register_with_gymnasium
from agentrm_envs.task_lists import task_table

ROOT = Path(__file__).parents[2]
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
    "lamps/raises.py": "raise RuntimeError('no')",
    "lamps/exits.py": "raise SystemExit(3)",
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
    assets.assets.cache_clear()
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
        ("lamps.raises:SPEC", "of lamps cannot be loaded from lamps.raises:SPEC: RuntimeError: no"),
        ("lamps.exits:SPEC", "of lamps cannot be loaded from lamps.exits:SPEC: SystemExit: 3"),
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
    assert main(["data", "list"]) == 1
    shown = capsys.readouterr()
    assert "maze: 0 files" in shown.out
    assert f"error: lamps: the environment 'lamps' {said}" in shown.err


@pytest.mark.parametrize("text", ["raise RuntimeError('no')", "raise SystemExit(3)", "LampsEnv"])
def test_an_environment_whose_own_module_cannot_be_imported_is_left_out(lamps, text):
    (lamps / "lamps/env.py").write_text(text)
    left_out: list[str] = []
    assert {"maze", "lamps"} & set(playable(left_out.append)) == {"maze"}
    assert left_out[-1].startswith("lamps is left out: lamps cannot be loaded from lamps.env:")


def test_an_environment_may_have_no_official_data_and_no_expert(lamps, capsys):
    (lamps / "lamps/expert.py").unlink()
    with pytest.raises(MissingDependency, match=r"^lamps has no expert; .*`plan` of lamps.expert"):
        expert("lamps")
    assert main(["tasks", "lamps", "--data", "official"]) == 2
    assert "lamps has no official tasks in its test split" in capsys.readouterr().err


def test_what_another_packages_environment_lacks_is_no_extra_of_ours(lamps):
    (lamps / "lamps/env.py").write_text("import no_such_simulator")
    with pytest.raises(MissingDependency, match=r"no_such_simulator, .* the package of lamps\.env"):
        make("lamps")


def test_without_the_package_there_is_no_such_environment():
    assert "lamps" not in names()
    with pytest.raises(UnknownEnv):
        make("lamps")


def test_an_environment_added_from_python_is_made_by_its_name(monkeypatch):
    spec = EnvSpec("tests.toy_env.env:ToyEnv", "agentrm/Mine-v0", max_steps=2)
    monkeypatch.setitem(ENVS, "mine", spec)
    assert "mine" in names()
    assert make("mine").max_steps == 2


@pytest.mark.usefixtures("lamps")
def test_gymnasium_makes_an_environment_of_another_package_without_importing_it_before():
    register_with_gymnasium()
    assert "acme/Lamps-v0" in gymnasium.registry
    assert "lamps.env" not in sys.modules
    with by_gymnasium("acme/Lamps-v0", max_steps=3) as env:
        assert env.reset(options={"task": "two"})[0] == "2 lamps are off."
        assert env.max_steps == 3


def by_gymnasium(id: str, **settings: Any) -> Any:
    return gymnasium.make(id, **settings).unwrapped


MAKING = "print(gymnasium.make('acme/Lamps-v0').unwrapped.name)"


def ran(folder, code):
    """What a fresh process prints that has the package's folder in its path."""
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env={"PYTHONPATH": str(folder)},
        capture_output=True,
        text=True,
    )
    return done.stdout, done.stderr


def append(folder, code):
    init = folder / "lamps" / "__init__.py"
    init.write_text(init.read_text() + code)


def test_importing_ours_is_enough_for_gymnasium(lamps):
    append(lamps, "print('lit')\n")
    out, err = ran(lamps, f"import gymnasium, agentrm_envs; {MAKING}")
    assert out == "lamps\n", err
    assert "lit" in err


def test_a_package_that_is_imported_first_registers_its_id_itself(lamps):
    append(lamps, "import agentrm_envs\nagentrm_envs.register_with_gymnasium()\n")
    out, err = ran(lamps, f"import gymnasium, lamps; {MAKING}")
    assert out == "lamps\n", err


@pytest.mark.parametrize("text", ["1 / 0", "import no_such_module", "SPEC = 3", "exit(3)"])
def test_a_broken_package_does_not_keep_ours_from_being_imported(lamps, text):
    (lamps / "lamps/__init__.py").write_text(text)
    assert ran(lamps, "import agentrm_envs; print('imported')") == ("imported\n", "")


def test_what_is_put_into_the_table_is_in_gymnasiums_registry_as_long_as_it_is_there():
    known = EnvSpec("tests.toy_env.env:ToyEnv", "agentrm/Put-v0", max_steps=2)
    ENVS["put"] = known
    try:
        with by_gymnasium("agentrm/Put-v0") as env:
            assert (env.name, env.max_steps) == ("put", 2)
        ENVS["put"] = replace(known, id="agentrm/Put-v1")
        assert "agentrm/Put-v0" not in gymnasium.registry
        assert "agentrm/Put-v1" in gymnasium.registry
    finally:
        del ENVS["put"]
    assert "agentrm/Put-v1" not in gymnasium.registry


def test_an_id_that_is_taken_stays_whose_it_is(monkeypatch):
    monkeypatch.setitem(ENVS, "longer", replace(ENVS["maze"], max_steps=50))
    with by_gymnasium("agentrm/Maze-v0") as env:
        assert (env.name, env.max_steps) == ("maze", 15)
    del ENVS["longer"]
    assert "agentrm/Maze-v0" in gymnasium.registry
    ENVS["longer"] = ENVS["maze"]


def test_an_id_that_gymnasium_refuses_is_an_error_that_names_it(lamps, capsys):
    with pytest.raises(UnknownEnv, match="odd: Gymnasium refuses the id 'two words': "):
        ENVS["odd"] = EnvSpec("tests.toy_env.env:ToyEnv", "two words", max_steps=2)
    assert "odd" not in ENVS
    init = lamps / "lamps/__init__.py"
    init.write_text(init.read_text().replace("acme/Lamps-v0", "two words"))
    assert main(["list"]) == 0
    assert "lamps is left out: lamps: Gymnasium refuses the id" in capsys.readouterr().err
