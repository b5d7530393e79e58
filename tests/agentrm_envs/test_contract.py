"""What every environment promises: a new row of `ENVS` is tested here without a new line."""

from __future__ import annotations

import gzip
import json
import os
import pickle
import re
import shutil
import subprocess
import sys
from contextlib import closing
from dataclasses import asdict
from functools import cache
from pathlib import Path

import pytest

import tests.toys  # noqa: F401  # registers the toy
from agentrm_envs import ENVS, assets, contract, expert, make
from agentrm_envs.errors import MissingData, NotStarted
from agentrm_envs.playing import Playthrough, Subject, at_random, planned, play, step
from agentrm_envs.task_lists import task_table
from tests.agentrm_envs.elsewhere import digest
from tests.testdata import testdata

ROOT = Path(__file__).parents[2]
NAMES = sorted(ENVS)
BUILT_IN = [name for name in NAMES if name != "toy"]
OFFICIAL = {"babyai": {"test.jsonl": "babyai/agentboard_test.jsonl"}}
OFFICIAL["pddl"] = {"": "pddl/agentboard-pddlgym"}
OFFICIAL["webshop"] = {
    "items_shuffle_1000.json": "webshop/items_shuffle_1000.reconstructed.json.gz",
    "items_ins_v2_1000.json": "webshop/items_ins_v2_1000.json.gz",
    "title_nouns.json": "webshop/title_nouns_en_core_web_sm_3.8.json.gz",
}
OFFICIAL["sciworld"] = {
    "test_indices.json": "scienceworld/lists/eto_test_indices.json",
    "train_indices.json": "scienceworld/lists/eto_train_indices.json",
    "test.jsonl": "scienceworld/agentboard_test.jsonl",
}
OFFICIAL["tool_query"] = {
    f"{app}.jsonl": f"tool-query/agentgym_{app}.jsonl" for app in ("academia", "movie", "weather")
}
OFFICIAL["tool_operation"] = {
    "todo.jsonl": "tool-operation/agentgym_todo.jsonl",
    "sheet.jsonl": "tool-operation/agentgym_sheet.jsonl",
    "projects.json": "tool-operation/todo_projects_agentgym.json",
    "sheets.xlsx": "tool-operation/sheet_template.xlsx",
    "agentboard_projects.json": "tool-operation/todo_projects_agentboard.json",
}
"""Where the recorded data holds the files of `$AGENTRM_DATA/<name>/`."""
UNRECORDED = {
    "alfworld": "the recorded games are packed as traces, not as alfworld-download's folders",
    "jericho": "nobody may pass on the twenty story files",
}
"""Why the recorded data lacks them."""


@cache
def subject(name: str) -> Subject:
    return Subject(name)


def run(*arguments: str, hash_seed: str = "0") -> str:
    done = subprocess.run(
        [sys.executable, "-W", "error", *arguments],
        cwd=ROOT,
        env={**os.environ, "PYTHONHASHSEED": hash_seed},
        capture_output=True,
        text=True,
        timeout=100,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture
def fresh_tables():
    """Task tables are read once a process: forget them around a test that moves the data."""
    task_table.cache_clear()
    yield
    task_table.cache_clear()


@pytest.mark.parametrize("check", contract.CHECKS)
@pytest.mark.parametrize("name", NAMES)
def test_keeps_the_contract(name, check):
    [verdict] = contract.check(subject(name), [check])
    assert verdict.status == "PASS", verdict.detail


VARIANTS: list[tuple[str, dict[str, str]]] = [
    ("alfworld", {"protocol": "eto", "grammar": "move"}),
    ("alfworld", {"perturbation": "joined"}),
    ("alfworld", {"perturbation": "from-first", "grammar": "move"}),
    ("webshop", {"protocol": "agentboard"}),
    ("webshop", {"mode": "text_rich"}),
    ("sciworld", {"protocol": "agentboard"}),
    ("jericho", {"engine": "jericho"}),
]
"""Settings that change what is told, how it is scored, or what simulates it."""


@pytest.mark.slow
@pytest.mark.parametrize(
    "variant",
    [
        pytest.param(each, id="-".join([each[0], *each[1].values()]), marks=pytest.mark.soak)
        for each in VARIANTS
    ],
)
def test_keeps_the_contract_with_other_settings(variant):
    name, settings = variant
    pytest.importorskip(settings.get("engine", "agentrm_envs"))
    checks = [each for each in contract.CHECKS if name == "alfworld" or each != "expert-solves"]
    verdicts = contract.check(Subject(name, settings=settings), checks)
    assert [v for v in verdicts if v.status == "FAIL"] == []


SLOW_SIMULATORS = {"jericho", "sciworld"}
"""Every task of theirs takes minutes; `expert-solves` above plays some of each."""


def soaked(name: str) -> object:
    return pytest.param(name, marks=pytest.mark.soak) if name in SLOW_SIMULATORS else name


@pytest.mark.slow
@pytest.mark.parametrize("split", ["test", "train"])
@pytest.mark.parametrize("name", [soaked(name) for name in NAMES])
def test_the_expert_solves_every_admitted_task(name, split):
    [verdict] = contract.check(Subject(name, split=split, limit=0), ["expert-solves"])
    assert verdict.status == "PASS", verdict.detail


@pytest.mark.parametrize("name", BUILT_IN)
def test_gymnasium_makes_it_without_an_import_of_ours(name):
    code = f"""
import gymnasium
env = gymnasium.make("agentrm_envs:{ENVS[name].id}", split="train")
observation, info = env.reset(options={{"task": env.unwrapped.tasks[-1]}})
assert info["task"] == env.unwrapped.tasks[-1]
env.step("look")
env.close()
print("made", env.unwrapped.name, env.unwrapped.split)
"""
    assert run("-c", code) == f"made {name} train\n"


@pytest.mark.parametrize("name", NAMES)
def test_every_process_hash_seed_and_order_gives_the_same_text(name):
    elsewhere = "tests.agentrm_envs.elsewhere"
    found = {
        run("-m", elsewhere, verb, name, hash_seed=hash_seed).strip()
        for hash_seed, verb in (("0", "digest"), ("1", "reversed"), ("random", "digest"))
    }
    assert found == {digest(name)}


@pytest.mark.parametrize("name", NAMES)
def test_restore_loads_the_saved_state_and_replays_without_it(name, monkeypatch):
    with closing(make(name)) as env:
        loads, starts = [], []
        load, start = env._load, env._start
        monkeypatch.setattr(env, "_load", lambda state: [loads.append(1), load(state)])
        monkeypatch.setattr(env, "_start", lambda task: [starts.append(1), start(task)][1])
        snapshots = solve(name, env).snapshots
        began, saved = len(starts), [s for s in snapshots if s.state is not None]
        assert saved, f"{name} saves no state"
        for snapshot in reversed(snapshots):
            env.restore(snapshot)
        assert len(loads) == len(saved)
        assert len(starts) - began == len(snapshots) - len(saved)


@pytest.mark.parametrize("name", NAMES)
def test_an_isolated_one_loads_the_saved_state_too(name, monkeypatch):
    with closing(make(name, isolated=True)) as env:
        snapshots = solve(name, env).snapshots
        sent, call = [], env._call
        spy = lambda *request: [sent.append(request[0]), call(*request)][1]  # noqa: E731
        monkeypatch.setattr(env, "_call", spy)
        for snapshot in reversed(snapshots):
            env.restore(snapshot)
        assert sent == ["load"] * len(snapshots)


@pytest.mark.parametrize("name", NAMES)
def test_a_snapshot_can_be_restored_in_another_process(name, tmp_path):
    with closing(make(name)) as env:
        files, expected = [], []
        for part, played in enumerate([solve(name, env), play(env, env.tasks[-1], at_random(5))]):
            half = len(played.actions) // 2
            files.append(str(tmp_path / f"{part}.pickle"))
            left = (name, played.snapshots[half], played.actions[half:])
            Path(files[-1]).write_bytes(pickle.dumps(left))
            expected.append([asdict(answer) for answer in played.answers[half:]])
    lines = run("-m", "tests.agentrm_envs.elsewhere", "continue", *files).splitlines()
    assert [json.loads(line) for line in lines] == [[answers, answers] for answers in expected]


@pytest.mark.parametrize("name", NAMES)
def test_the_expert_leaves_the_environment_as_it_was_and_plans_alike_in_a_worker(name):
    task = subject(name).tasks[0]
    with closing(make(name)) as env, closing(make(name, isolated=True)) as there:
        for one in (env, there):
            one.reset(options={"task": task})
        before = env.snapshot()
        actions = expert(name)(env)
        assert env.snapshot() == before
        assert env.snapshot().state == before.state
        assert expert(name)(there) == actions
        assert step(env, actions[0]) == step(there, actions[0])


@pytest.mark.parametrize("name", NAMES)
def test_valid_actions_are_listed_in_a_fixed_order_and_change_nothing(name):
    with closing(make(name)) as env, closing(make(name)) as other:
        for one in (env, other):
            one.reset(options={"task": subject(name).tasks[0]})
        before = env.snapshot()
        listed = env.valid_actions()
        assert listed == env.valid_actions() == other.valid_actions()
        assert len(set(listed)) == len(listed) > 0
        assert env.snapshot().state == before.state


@pytest.mark.parametrize("name", BUILT_IN)
def test_before_its_first_task_it_says_to_begin_one(name):
    with closing(make(name)) as env:
        for question in (env.valid_actions, env.snapshot, lambda: expert(name)(env)):
            with pytest.raises(NotStarted, match=f"{name}: call reset first"):
                question()


@pytest.mark.parametrize("name", NAMES)
def test_observations_do_not_speak_of_the_score(name):
    with closing(make(name)) as env:
        for played in subject(name).playthroughs(env):
            for answer in played.answers:
                assert not re.search(r"(?i)\b(score|reward)\b", answer.observation)


@pytest.mark.parametrize("name", NAMES)
def test_play_of_one_task_leaves_no_trace_in_the_next(name):
    with closing(make(name)) as env:
        first, *_, last = subject(name).tasks
        before = play(env, first, at_random(1))
        play(env, last, at_random(2))
        assert play(env, first, at_random(1)).answers == before.answers


@pytest.fixture
def official_data(name, tmp_path, monkeypatch, fresh_tables):
    if name in UNRECORDED:
        pytest.skip(UNRECORDED[name])
    monkeypatch.setenv(assets.ROOT_VARIABLE, str(tmp_path))
    for target, recorded in OFFICIAL.get(name, {}).items():
        source, to = testdata(recorded), tmp_path / name / target
        if source.is_dir():
            shutil.copytree(source, to)
        else:
            to.parent.mkdir(exist_ok=True)
            packed = source.suffix == ".gz"
            to.write_bytes(gzip.decompress(source.read_bytes()) if packed else source.read_bytes())


@pytest.mark.parametrize("name", BUILT_IN)
@pytest.mark.usefixtures("official_data")
def test_official_data_keeps_the_contract(name):
    assert set(assets.verify(name).values()) <= {"ok"}
    official = Subject(name, data="official", limit=2)
    verdicts = list(contract.check(official))
    assert [v for v in verdicts if v.status == "FAIL"] == []
    skipped = {v.check for v in verdicts if v.status == "SKIP"}
    assert skipped == {"train-test-apart", "expert-solves"}


@pytest.mark.parametrize("name", [name for name in BUILT_IN if assets.assets(name).files])
@pytest.mark.usefixtures("fresh_tables")
def test_missing_official_data_names_the_command_to_run(name, tmp_path, monkeypatch):
    monkeypatch.setenv(assets.ROOT_VARIABLE, str(tmp_path))
    with pytest.raises(MissingData, match=f"python -m agentrm_envs data fetch {name}"):
        make(name, data="official").reset()


def solve(name: str, env) -> Playthrough:
    """The expert's play of the first task."""
    task = subject(name).tasks[0]
    return play(env, task, planned(subject(name).plan(task)))
