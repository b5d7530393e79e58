"""The docs' commands parse, their links lead somewhere, their examples run."""

from __future__ import annotations

import asyncio
import importlib
import importlib.util
import json
import re
import shlex
import subprocess
import sys
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import gymnasium
import pytest

from agentrm_envs import ENVS, EnvSpec, Task
from agentrm_envs.contract import CHECKS, check
from agentrm_envs.playing import Subject
from harness.runner import Player
from harness.search import BestOfN
from rewards.factories import ModelRequest

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
OURS = ("agentrm_envs", "rewards", "harness", "leaderboard")
BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
INLINE = re.compile(r"`([^`\n]*)`")
LINK = re.compile(r"\]\((?!https?://)([^)#\s]*)(?:#([^)\s]*))?\)")
EXTRA = re.compile(r"agentrm\[([\w,]+)\]|--extras[ =]([\w,]+)")


@dataclass(frozen=True)
class Command:
    """A `python -m` command of the docs: the words before its first flag, and its flags."""

    words: tuple[str, ...]
    flags: tuple[str, ...]


def commands(page: Path) -> list[Command]:
    """The commands shown in a page's blocks and, within backticks, in its text."""
    blocks = [code for language, code in BLOCK.findall(page.read_text()) if language != "python"]
    prose = BLOCK.sub("", page.read_text())
    lines = [line for code in blocks for line in code.replace("\\\n", " ").splitlines()]
    lines += [code for code in INLINE.findall(prose) if "python -m " in code]
    return [
        command(part)
        for line in lines
        for part in re.split(r"&&|\||;", line)
        if re.search(r"python -m \w", part)
    ]


def command(line: str) -> Command:
    tokens = shlex.split(line[line.index("python -m ") :], comments=True)[2:]
    plain = [t for t in tokens if not re.search(r"[\[\]<>]|\.\.\.", t)]
    flags = [t.partition("=")[0] for t in plain if t.startswith("--")]
    words: list[str] = []
    for token in plain:
        if token.startswith("-") or not re.fullmatch(r"[a-z_.-]+", token):
            break
        words.append(token)
    return Command(tuple(words), tuple(flags))


COMMANDS = sorted({(c.words, c.flags) for page in PAGES for c in commands(page)})


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page):
    for target, anchor in LINK.findall(BLOCK.sub("", page.read_text())):
        file = (page.parent / target) if target else page
        assert file.exists(), f"{page.name} links to {target}"
        if anchor:
            assert anchor in anchors(file), f"{page.name} links to {target}#{anchor}"


def test_every_page_is_in_the_index():
    index = (ROOT / "docs" / "index.md").read_text()
    missing = [page.name for page in PAGES if page.parent.name == "docs" and page.name not in index]
    assert missing == ["index.md"]


def test_every_dependency_is_justified():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    lists = [project["dependencies"], *project["optional-dependencies"].values()]
    needed = {re.split(r"[\[<>=;! ]", text)[0] for texts in lists for text in texts} - {"agentrm"}
    rows = re.findall(r"^\| ([\w, -]+) \|", (ROOT / "docs/dependencies.md").read_text(), re.M)
    assert {name.strip() for row in rows for name in row.split(",")} - {"Dependency"} == needed


def test_extras_exist():
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    named = {
        name
        for page in PAGES
        for either in EXTRA.findall(page.read_text())
        for name in "".join(either).split(",")
    }
    assert named <= set(extras["optional-dependencies"])


@pytest.mark.parametrize(("words", "flags"), COMMANDS, ids=lambda value: " ".join(value))
def test_commands_exist_with_their_flags(words, flags):
    """`python -m MODULE VERB --help` succeeds and names every flag that the docs use."""
    module, *verbs = words
    if not module.startswith(OURS) and importlib.util.find_spec(module.partition(".")[0]) is None:
        pytest.skip(f"{module} is not installed")
    shown = helped(module, *verbs)
    unknown = [flag for flag in flags if not re.search(rf"{flag}\b", shown)]
    assert not unknown, f"python -m {' '.join(words)}: its --help does not name {unknown}"


def test_run_md_has_every_flag_of_the_main_job():
    flags = set(re.findall(r"--[a-z][a-z-]*", helped("harness"))) - {"--help"}
    documented = set(re.findall(r"^\| `(--[a-z-]+)`", (ROOT / "docs/run.md").read_text(), re.M))
    assert flags == documented


def test_ci_runs_the_test_command_of_the_readme():
    [line] = [line for line in (ROOT / "README.md").read_text().splitlines() if "--dev &&" in line]
    ci = (ROOT / ".ci" / "run").read_text().replace('"$python"', "python3")
    for part in line.split("&&"):
        assert part.strip() in ci


def test_the_environment_of_the_docs_keeps_the_contract(tmp_path, monkeypatch):
    """The page's class and expert, written where it says, pass every check of the contract."""
    env, expert, spec = blocks("add-an-environment.md", "python")
    folder = tmp_path / "my_package" / "count"
    folder.mkdir(parents=True)
    (folder / "env.py").write_text(env)
    (folder / "expert.py").write_text(expert)
    (folder.parent / "__init__.py").write_text(spec)
    (folder / "__init__.py").write_text("")
    (folder / "instruction.txt").write_text("Count; the only action is next.")
    for split, targets in {"train": (3, 4), "test": (5, 6)}.items():
        tasks = {f"{split}-{target}": {"target": target} for target in targets}
        (folder / f"tasks.{split}.json").write_text(json.dumps(tasks))
    monkeypatch.syspath_prepend(tmp_path)
    counting = importlib.import_module("my_package").COUNT
    assert isinstance(counting, EnvSpec)
    monkeypatch.setitem(ENVS, "count", counting)
    with gymnasium.make("my_package/Count-v0") as made:
        assert made.reset(options={"task": "test-5"})[0] == "You are at 0."
    # Another process knows only environments that are installed, so these two stay out.
    inside = [name for name in CHECKS if name not in {"alike-elsewhere", "restores"}]
    verdicts = list(check(Subject("count"), inside))
    assert {verdict.check: verdict.detail for verdict in verdicts if verdict.status == "FAIL"} == {}
    assert any(verdict.status == "PASS" for verdict in verdicts)


def test_the_reward_model_and_the_policy_of_the_docs_run():
    brevity, upwards = (
        load(code) for code in blocks("add-a-reward-model.md", "python") if "def load(" in code
    )
    play = Player(upwards(ModelRequest()), brevity(ModelRequest()), BestOfN(n=2))
    [first, *_] = Subject("maze").tasks
    episode = asyncio.run(play(Task("maze", first)))
    assert episode.error is None
    chosen = episode.tree.trajectory(episode.chosen)
    assert {step.action.text for step in chosen.steps} == {"move up"}
    assert episode.tree.nodes[episode.chosen].value == -len(chosen.steps)


def test_the_example_of_the_readme_runs():
    [code] = [
        code for language, code in BLOCK.findall(PAGES[0].read_text()) if language == "python"
    ]
    names: dict[str, object] = {}
    exec(compile(code, "README.md", "exec"), names)
    assert isinstance(names["observation"], str)


def blocks(page: str, language: str) -> list[str]:
    text = (ROOT / "docs" / page).read_text()
    return [code for marked, code in BLOCK.findall(text) if marked == language]


def load(code: str):
    names: dict[str, object] = {}
    exec(compile(code, "docs", "exec"), names)
    return names["load"]


def anchors(page: Path) -> set[str]:
    """The anchors of a page's headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.*)$", BLOCK.sub("", page.read_text()), re.MULTILINE)
    return {
        re.sub(r"[^\w\- ]", "", heading).strip().lower().replace(" ", "-") for heading in headings
    }


@cache
def helped(*words: str) -> str:
    """What `python -m WORDS --help` prints; fails where it does not exit with 0."""
    command = [sys.executable, "-m", *words, "--help"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, timeout=120)
    assert done.returncode == 0, f"{' '.join(command)}:\n{done.stderr}"
    return done.stdout
