"""SciWorld's lists of tasks: its own splits, ETO's indices and AgentBoard's labels."""

from __future__ import annotations

import json
from contextlib import closing

import pytest

from agentrm_envs import assets, make, tasks
from agentrm_envs.errors import BadData
from agentrm_envs.sciworld import simulator
from agentrm_envs.sciworld.agentboard import labels
from agentrm_envs.sciworld.generate import LEFT_OUT, PER_KIND, TIMEOUT, admitted, candidates
from agentrm_envs.sciworld.kinds import KINDS, exists, in_rounds, kind_name
from agentrm_envs.sciworld.official import indices
from agentrm_envs.task_files import listing
from agentrm_envs.task_lists import task_table
from tests.testdata import testdata


def test_the_splits_are_the_simulators():
    totals = {
        split: sum(len(kind.numbers(split)) for kind in KINDS.values())
        for split in ("train", "dev", "test")
    }
    assert totals == {"train": 3_592, "dev": 1_796, "test": 1_819}
    assert sum(kind.variations for kind in KINDS.values()) == 7_207
    assert KINDS["boil"].numbers("test") == range(21, 30)
    assert KINDS["identify-life-stages-1"].numbers("dev") == range(6, 9)


def test_the_simulator_has_these_kinds_and_splits():
    assert sorted(simulator.running().call("tasks", timeout=TIMEOUT)) == sorted(KINDS)
    assert in_the_simulator("power-component") == numbers("power-component")


@pytest.mark.soak
@pytest.mark.parametrize("kind", sorted(KINDS))
def test_the_simulator_splits_a_kind_alike(kind):
    assert in_the_simulator(kind) == numbers(kind)


def in_the_simulator(kind: str) -> dict[str, list[int]]:
    ask = simulator.running().call
    return {
        split: [int(each) for each in ask("variations", kind, split, timeout=TIMEOUT)]
        for split in ("train", "dev", "test")
    }


def numbers(kind: str) -> dict[str, list[int]]:
    return {split: list(KINDS[kind].numbers(split)) for split in ("train", "dev", "test")}


@pytest.mark.soak
@pytest.mark.parametrize("split", sorted(PER_KIND))
@pytest.mark.parametrize("kind", sorted(set(KINDS) - set(LEFT_OUT)))
def test_a_kinds_built_in_tasks_are_those_that_the_generator_admits(kind, split):
    """Each of them is solved by the expert on the way: what it admits, it has seen solved."""
    rows = [row for row in task_table("sciworld", split).values() if row["kind"] == kind]
    assert list(admitted(kind, split)) == rows


@pytest.mark.parametrize("split", ["train", "test"])
def test_built_in_tasks_stand_in_rounds_of_the_kinds(split):
    table = task_table("sciworld", split)
    by_kind: dict[str, list[str]] = {}
    for id, row in table.items():
        by_kind.setdefault(row["kind"], []).append(id)
    assert in_rounds(by_kind) == list(table)


@pytest.mark.parametrize("split", ["train", "test"])
def test_built_in_tasks_are_of_the_simulators_split_and_of_nearly_every_kind(split):
    table = task_table("sciworld", split)
    for id, row in table.items():
        kind, number = row["kind"], row["variation"]
        assert id == f"{kind}/{number}"
        assert number in KINDS[kind].numbers(split)
    counts = {kind: sum(row["kind"] == kind for row in table.values()) for kind in KINDS}
    assert max(counts.values()) <= PER_KIND[split]
    assert not any(counts[kind] for kind in LEFT_OUT)
    assert sum(count > 0 for count in counts.values()) >= 20


@pytest.mark.parametrize("split", ["train", "test"])
def test_agentboards_built_in_tasks_are_those_without_electricity(split):
    listed = {task.id for task in tasks("sciworld:agentboard", split)}
    electrical = ("power-component", "test-conductivity")
    others = [id for id in task_table("sciworld", split) if not id.startswith(electrical)]
    assert listed == {f"agentboard/{id}" for id in others}


def test_candidates_lie_all_over_the_split():
    assert candidates("boil", "test", 3) == [21, 24, 27]
    assert candidates("identify-life-stages-2", "test", 99) == [6, 7, 8, 9]


def test_a_listing_is_json_with_a_task_a_line():
    rows = {"boil/1": {"kind": "boil", "variation": 1}}
    assert json.loads(listing(rows)) == rows
    assert len(listing(rows).splitlines()) == 3


def test_rounds_take_one_of_each_kind_there_and_back():
    by_kind = {"boil": ["b1", "b2"], "find-plant": ["p1", "p2", "p3"], "grow-fruit": ["f1"]}
    assert in_rounds(by_kind) == ["p1", "f1", "b1", "b2", "p2", "p3"]
    assert in_rounds({}) == []


@pytest.mark.parametrize(
    ("upstream", "today"),
    [
        ("task-1-boil", "boil"),
        ("task-2a-test-conductivity", "test-conductivity"),
        ("task-5-chemistry-mix-paint-(secondary-color)", "chemistry-mix-paint-secondary-color"),
        ("task-9-mendellian-genetics-(known-plant)", "mendelian-genetics-known-plant"),
        ("find-plant", "find-plant"),
    ],
)
def test_older_names_of_kinds_are_known(upstream, today):
    assert kind_name(upstream) == today
    assert exists(today, "0")


def test_etos_lists_are_read_whole():
    expected = {"test": 211, "train": 1_483}
    for split, count in expected.items():
        text = testdata(f"scienceworld/lists/eto_{split}_indices.json").read_text()
        table = indices(text, "here")
        pairs = [(kind_name(kind), number) for kind, number in json.loads(text)]
        assert len(table) == count
        assert sorted((row["kind"], row["variation"]) for row in table.values()) == sorted(pairs)
        assert len({row["kind"] for row in table.values()}) == 24


def test_etos_step_limits_are_kept():
    limits = json.loads(testdata("scienceworld/lists/eto_max_steps.json").read_text())
    assert {kind_name(name): steps for name, steps in limits.items()} == {
        kind_name(name): KINDS[kind_name(name)].steps for name in limits
    }


def test_agentboards_labels_are_read_whole():
    table = labels(testdata("scienceworld/agentboard_test.jsonl").read_text(), "here")
    assert len(table) == 90
    assert all(id.startswith("agentboard/") for id in table)
    row = table["agentboard/lifespan-longest-lived/5"]
    assert row["subgoals"] == ["You move to the outside.", "You focus on the crocodile egg."]
    assert row["goal"].startswith("Your task is to find the animal")


def test_agentboards_labelled_tasks_have_a_name_for_command_lines(tmp_path, monkeypatch):
    monkeypatch.setenv(assets.ROOT_VARIABLE, str(tmp_path))
    (tmp_path / "sciworld").mkdir()
    labelled = testdata("scienceworld/agentboard_test.jsonl").read_bytes()
    (tmp_path / "sciworld" / "test.jsonl").write_bytes(labelled)
    task_table.cache_clear()
    listed = [task.id for task in tasks("sciworld:agentboard", data="official")]
    with closing(make("sciworld:agentboard", data="official")) as env:
        assert env.tasks == listed
        _, info = env.reset(options={"task": listed[0]})
    task_table.cache_clear()
    assert len(listed) == 90
    assert info["goal"] == json.loads(labelled.splitlines()[0])["goal"]


def label(**more: object) -> str:
    info = {"env_name": "boil", "var": 1, **more.pop("info", {})}
    return json.dumps({"goal": "g", "subgoals": ["a"], "additional_info": info, **more})


@pytest.mark.parametrize(
    "text",
    [
        "{",
        "[]",
        label(subgoals=[]),
        label(subgoals=["("]),
        label(info={"env_name": "no-such-kind"}),
        label(info={"var": 30}),
        label(info={"var": -1}),
        json.dumps({"additional_info": {"env_name": "boil", "var": 1}}),
    ],
)
def test_a_bad_label_row_is_refused_with_its_line(text):
    with pytest.raises(BadData, match="here, line 2: not a SciWorld label"):
        labels(label() + "\n" + text, "here")


@pytest.mark.parametrize("text", ["{", "[1]", '[["boil"]]', '[["boil", 30]]', '[["no", 1]]'])
def test_a_bad_index_is_refused(text):
    with pytest.raises(BadData, match="here: not a list of ScienceWorld's tasks"):
        indices(text, "here")
