"""Finding reward models by name: built-in ones, those of other packages, and those from Python."""

import asyncio
import subprocess
import sys
from pathlib import Path

import pytest

from agentrm_envs import Task, Trajectory
from rewards import registry
from rewards.factories import MissingModelDependency, ModelRequest, UnknownModel
from rewards.registry import REWARD_MODELS

ROOT = Path(__file__).parents[2]
SOMEWHERE = Trajectory(Task("maze", "train-1"), "Reach the goal.", "You are at 1, 1.")
BREVITY = """
class Brevity:
    def __init__(self, weight):
        self.weight = weight

    async def score(self, trajectories):
        return [-self.weight * len(trajectory.steps) + 1.0 for trajectory in trajectories]


def load(request):
    return Brevity(float(request.argument or 1))
"""


@pytest.fixture
def brevity(tmp_path, monkeypatch):
    """Another package, as an installer leaves it: a module and its entry point."""
    (tmp_path / "brevity.py").write_text(BREVITY)
    info = tmp_path / "brevity-1.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: brevity\nVersion: 1\n")
    (info / "entry_points.txt").write_text("[agentrm.reward_models]\nbrevity = brevity:load\n")
    monkeypatch.syspath_prepend(tmp_path)
    yield "brevity"
    sys.modules.pop("brevity", None)


def test_a_reward_model_of_another_package_is_listed_without_being_imported(brevity):
    assert brevity in registry.names()
    assert brevity not in sys.modules


def test_a_reward_model_of_another_package_is_loaded_with_its_argument(brevity):
    assert asyncio.run(registry.load("brevity:0.5").score([SOMEWHERE])) == [1.0]
    assert registry.load("brevity:0.5").weight == 0.5


def test_without_the_package_there_is_no_such_reward_model():
    with pytest.raises(UnknownModel, match="no reward model is named 'brevity'"):
        registry.load("brevity")


def test_a_reward_model_from_python_is_told_argument_seed_and_data(monkeypatch):
    monkeypatch.setitem(REWARD_MODELS.table, "told", f"{__name__}:told")
    request = registry.load("told:a:b", seed=3, data="official")
    assert request == ModelRequest("a:b", 3, "official")


def told(request):
    return request


def test_a_name_is_checked_without_loading_anything(monkeypatch):
    monkeypatch.setitem(REWARD_MODELS.table, "broken", "no_such_module:load")
    REWARD_MODELS.check("broken:argument")
    with pytest.raises(UnknownModel, match="did you mean 'broken'"):
        REWARD_MODELS.check("borken")


def test_a_missing_dependency_says_what_to_install(monkeypatch):
    monkeypatch.setitem(REWARD_MODELS.table, "broken", "no_such_module:load")
    with pytest.raises(MissingModelDependency, match=r"needs no_such_module.*pip install"):
        registry.load("broken")


def test_an_error_of_our_own_is_not_mistaken_for_a_missing_dependency(monkeypatch):
    monkeypatch.setitem(REWARD_MODELS.table, "broken", "rewards.no_such_module:load")
    with pytest.raises(ModuleNotFoundError, match=r"rewards\.no_such_module") as caught:
        registry.load("broken")
    assert not isinstance(caught.value, MissingModelDependency)


def test_listing_names_loads_no_model_library():
    code = (
        "import sys; from rewards import registry; registry.names(); registry.load('oracle'); "
        "sys.exit(bool({'torch', 'transformers', 'peft'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, timeout=60).returncode == 0


def test_a_package_that_is_broken_is_named(brevity, tmp_path):
    (tmp_path / "brevity.py").write_text("import no_such_module\n")
    with pytest.raises(
        MissingModelDependency,
        match=r"'brevity' of brevity cannot be loaded from brevity:load: .*no_such_module",
    ):
        registry.load("brevity")


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("1 / 0", "ZeroDivisionError: division by zero"),
        ("raise OSError('no library')", "OSError: no library"),
        ("def", "SyntaxError: "),
    ],
)
def test_whatever_a_package_s_import_raises_is_told(brevity, tmp_path, code, said):
    (tmp_path / "brevity.py").write_text(code + "\n")
    with pytest.raises(
        MissingModelDependency,
        match=rf"'brevity' of brevity cannot be loaded from brevity:load: {said}",
    ):
        registry.load("brevity")


def test_an_argument_that_would_be_ignored_is_refused():
    with pytest.raises(UnknownModel, match="'oracle' takes no argument, not 'strict'"):
        REWARD_MODELS.check("oracle:strict")
