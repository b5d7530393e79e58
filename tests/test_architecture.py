"""What the parts of the project may know of each other, and what none of them may do."""

from __future__ import annotations

import ast
import fnmatch
import importlib
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
ORDER = ["agentrm_envs", "rewards", "harness", "leaderboard"]
"""Each imports only those before it."""
FILES = sorted(path for package in ORDER for path in (ROOT / package).rglob("*.py"))
MAX_LINES = 300
BANNED_NAMES = {"utils", "util", "helpers", "helper", "common", "manager", "misc"}
HTTP = {"aiohttp", "http", "httpx", "httpx2", "requests", "socket", "urllib3", "urllib.request"}
MODELS = {"torch", "transformers", "peft", "safetensors", "vllm", "openai"}
PROCESSES = {"subprocess", "multiprocessing", "concurrent.futures.process", "ray"}
UNSAFE_FORMATS = {"pickle", "cloudpickle", "dill", "joblib", "marshal", "shelve"}


def test_the_packages_are_found():
    assert all(files(package) for package in ORDER)


@pytest.mark.parametrize("package", ORDER)
def test_packages_import_only_those_before_them(package):
    after = set(ORDER[ORDER.index(package) + 1 :])
    assert not [
        f"{name(path)} refers to {module}"
        for path in files(package)
        for module in [*imports(path), *late_bound(path)]
        if module.split(".")[0] in after
    ]


def test_environments_know_neither_models_nor_asyncio():
    assert not importers("agentrm_envs", MODELS | {"asyncio"}, allowed=())


def test_environments_know_no_network_but_for_fetching_official_data():
    assert not importers("agentrm_envs", HTTP, allowed=("agentrm_envs/download.py",))


def test_environments_know_no_processes_but_for_the_isolated_one():
    # Nobody plays while stories are made, and a compiler is a program.
    makers = ("agentrm_envs/jericho/generate.py",)
    allowed = ("agentrm_envs/isolated.py", "agentrm_envs/worker.py", *makers)
    assert not importers("agentrm_envs", PROCESSES, allowed=allowed)


def test_importing_the_environments_or_the_interfaces_loads_no_model_library():
    top = [path for path in FILES if path.name in {"__init__.py", "core.py", "config.py"}]
    offenders = [
        f"{name(path)} imports {module}"
        for path in top
        for module in imports(path, inside_functions=False)
        if module.split(".")[0] in MODELS
    ]
    assert not offenders


def test_searches_see_no_environment_and_no_reward():
    for path in files("harness/search"):
        seen = {node.id for node in nodes(path, ast.Name)}
        seen |= {alias.name for node in nodes(path, ast.ImportFrom) for alias in node.names}
        assert not seen & {"TextEnv", "make", "gymnasium"}, name(path)
        read = {node.attr for node in nodes(path, ast.Attribute)}
        assert not read & {"reward", "success"}, name(path)
        assert not score_properties(path), f"{name(path)} reads the score of the environment"


def test_only_the_simulator_saves_and_restores_states():
    offenders = [
        f"{name(path)}:{call.lineno}"
        for package in ("rewards", "harness", "leaderboard")
        for path in files(package)
        if name(path) != "harness/simulator.py"
        for call in nodes(path, ast.Call)
        if called(call) in {"snapshot", "restore"} and isinstance(call.func, ast.Attribute)
    ]
    assert not offenders


def test_nothing_runs_text_or_unpickles():
    offenders = [
        f"{name(path)}:{call.lineno} calls {call.func.id}"
        for path in FILES
        for call in nodes(path, ast.Call)
        if isinstance(call.func, ast.Name) and call.func.id in {"eval", "exec"}
    ]
    offenders += [
        f"{name(path)} imports {module}"
        for path in FILES
        for module in imports(path)
        if module.split(".")[0] in UNSAFE_FORMATS
    ]
    assert not offenders


def test_weights_are_loaded_as_data_only():
    for path in FILES:
        for call in nodes(path, ast.Call):
            keywords = {keyword.arg: keyword.value for keyword in call.keywords}
            where = f"{name(path)}:{call.lineno}"
            assert not is_constant(keywords.get("trust_remote_code"), True), where
            called = ast.unparse(call.func)
            if called.endswith(".from_pretrained") and called.startswith(("Auto", "kind")):
                if "gguf_file" in keywords:
                    continue  # whose checksum is pinned
                assert is_constant(keywords.get("trust_remote_code"), False), where
            if called == "torch.load":
                assert is_constant(keywords.get("weights_only"), True), where


def test_nothing_uses_the_global_random_state():
    allowed = {"Random", "SystemRandom", "default_rng", "Generator", "SeedSequence", "PCG64"}
    offenders = [
        f"{name(path)}:{node.lineno} uses {ast.unparse(node)}"
        for path in FILES
        for node in nodes(path, ast.Attribute)
        if ast.unparse(node.value) in {"random", "np.random", "numpy.random"}
        and node.attr not in allowed
        and imports_module(path, ast.unparse(node.value).split(".")[0])
    ]
    assert not offenders


def test_files_are_short():
    lengths = {name(path): len(path.read_text().splitlines()) for path in FILES}
    assert not {path: lines for path, lines in lengths.items() if lines > MAX_LINES}


def test_modules_are_named_for_what_they_hold():
    parts = {part for path in FILES for part in path.relative_to(ROOT).with_suffix("").parts}
    assert not parts & BANNED_NAMES


def test_every_data_file_of_the_packages_is_shipped():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    patterns = project["tool"]["setuptools"]["package-data"]["*"]
    data = [
        path
        for package in ORDER
        for path in (ROOT / package).rglob("*")
        if path.is_file() and path.suffix not in {".py", ".pyc"}
    ]
    missing = [
        name(path)
        for path in data
        if not any(fnmatch.fnmatch(path.name, pattern) for pattern in patterns)
    ]
    assert not missing, "add a pattern to package-data in pyproject.toml"


def test_the_entry_points_of_the_project_lead_somewhere():
    """What stands higher is found through them: a run ends with a leaderboard."""
    groups = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["entry-points"]
    for reference in (point for group in groups.values() for point in group.values()):
        module, _, attribute = reference.partition(":")
        assert callable(getattr(importlib.import_module(module), attribute)), reference


@pytest.mark.parametrize("package", ORDER)
def test_packages_tell_type_checkers_that_they_are_typed(package):
    assert (ROOT / package / "py.typed").is_file()


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def files(folder: str) -> list[Path]:
    return [path for path in FILES if path.is_relative_to(ROOT / folder)]


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


def nodes(path: Path, kind):
    return [node for node in ast.walk(tree(path)) if isinstance(node, kind)]


def imports(path: Path, *, inside_functions: bool = True) -> Iterator[str]:
    """The modules that a file imports, everywhere or only when it is imported itself."""
    walk = ast.walk(tree(path)) if inside_functions else outside_functions(tree(path))
    for node in walk:
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"{name(path)}:{node.lineno} imports relatively"
            yield node.module or ""
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def outside_functions(node: ast.AST) -> Iterator[ast.AST]:
    for child in ast.iter_child_nodes(node):
        type_checking = isinstance(child, ast.If) and "TYPE_CHECKING" in ast.unparse(child.test)
        if not isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef) and not type_checking:
            yield child
            yield from outside_functions(child)


def late_bound(path: Path) -> Iterator[str]:
    """The modules that a file names in strings, as for importlib: `package.module[:object]`."""
    for node in nodes(path, ast.Constant):
        if isinstance(node.value, str) and node.value.partition(".")[0] in ORDER:
            module = node.value.partition(":")[0]
            parts = module.split(".")
            if len(parts) > 1 and all(map(str.isidentifier, parts)) and parts[-1] != "json":
                yield module


def importers(package: str, modules: set[str], *, allowed: tuple[str, ...]) -> list[str]:
    return [
        f"{name(path)} imports {module}"
        for path in files(package)
        if name(path) not in allowed
        for module in imports(path)
        if module in modules or module.split(".")[0] in modules
    ]


def called(call: ast.Call) -> str:
    return ast.unparse(call.func).rpartition(".")[2]


def score_properties(path: Path) -> list[str]:
    """Where a file reads an attribute `score` rather than calling a method of that name."""
    methods = {id(call.func) for call in nodes(path, ast.Call)}
    return [
        f"{name(path)}:{node.lineno}"
        for node in nodes(path, ast.Attribute)
        if node.attr == "score" and id(node) not in methods
    ]


def is_constant(node: ast.AST | None, value: object) -> bool:
    return isinstance(node, ast.Constant) and node.value is value


def imports_module(path: Path, module: str) -> bool:
    """Whether the name `module` in a file is the module, or numpy under its usual alias."""
    return {"np": "numpy"}.get(module, module) in set(imports(path))
