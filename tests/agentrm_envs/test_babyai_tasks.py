"""BabyAI's built-in tasks, its expert and the texts beside it."""

from __future__ import annotations

import json
from collections import Counter
from importlib import resources

import pytest

import agentrm_envs
from agentrm_envs.babyai import generate
from agentrm_envs.babyai.levels import LEVELS, OFFICIAL_SEEDS
from agentrm_envs.chat import instruction, parse_action, worked_examples
from agentrm_envs.record import Task
from agentrm_envs.task_files import listing
from agentrm_envs.task_lists import task_table
from tests.agentrm_envs.babyai_transcript import GOLDEN, transcript

SPLITS = (generate.TEST, generate.TRAIN)
SOME = ("GoToSeqS5R2", "PutNextLocalS6N4", "UnlockLocalDist")


@pytest.mark.parametrize("split", SPLITS, ids=lambda split: split.name)
def test_a_split_has_its_tasks_from_every_level_but_one(split):
    table = task_table("babyai", split.name)
    levels = Counter(task["level"] for task in table.values())
    assert len(table) == split.tasks
    assert set(LEVELS) - set(levels) == {"KeyInBox"}
    assert min(levels.values()) >= split.tasks // 40
    assert [id for id, task in table.items() if id != f"{task['level']}/{task['seed']}"] == []
    assert {task["seed"] for task in table.values()} <= set(split.seeds)
    lengths = {task["plan_length"] for task in table.values()}
    assert lengths <= set(range(generate.MIN_COMMANDS, generate.MAX_COMMANDS + 1))


def test_the_seeds_of_the_splits_and_of_agentboard_are_apart():
    test, train = (set(split.seeds) for split in SPLITS)
    assert not test & train
    assert not (test | train) & set(OFFICIAL_SEEDS)


def test_no_two_tasks_begin_alike_not_even_across_the_splits():
    rows = [task for split in SPLITS for task in task_table("babyai", split.name).values()]
    beginnings = Counter(generate.beginning(row["level"], row["seed"]) for row in rows)
    assert len(beginnings) == len(rows)


def test_beginnings_that_differ_only_in_the_seed_are_the_same():
    alike = Counter(generate.beginning("GoToObjS6", seed) for seed in range(700))
    assert max(alike.values()) > 1


def test_the_first_tasks_are_of_many_levels():
    for split in SPLITS:
        first = list(task_table("babyai", split.name).values())[:39]
        assert len({task["level"] for task in first}) == 39


@pytest.mark.parametrize("split", SPLITS, ids=lambda split: split.name)
def test_generating_some_levels_again_gives_the_same_tasks(split):
    table = task_table("babyai", split.name)
    again = generate.generate(split, SOME)
    kept = {id: row for id, row in table.items() if row["level"] in SOME}
    assert len(kept) >= 3 * split.per_level - 3
    assert kept.items() <= again.items()


def test_the_task_files_are_as_the_generator_writes_them():
    for split in SPLITS:
        file = resources.files("agentrm_envs.babyai") / f"tasks.{split.name}.json"
        text = file.read_text(encoding="utf-8")
        assert text == listing(json.loads(text))


def test_a_key_in_a_box_is_out_of_reach_of_every_command():
    assert generate.solve("KeyInBox", 1) is None


def test_the_expert_plans_from_the_middle_and_again_the_same():
    env = agentrm_envs.make("babyai")
    plan = agentrm_envs.expert("babyai")
    for task in env.tasks[:20]:
        env.reset(options={"task": task})
        env.step("turn left")
        before = env.snapshot()
        actions = plan(env)
        assert plan(env) == actions
        assert env.snapshot() == before
        assert env.snapshot().state == before.state
        for action in actions:
            *_, info = env.step(action)
        assert info["success"], task


def test_the_expert_of_a_finished_task_has_nothing_to_do():
    env = agentrm_envs.make("babyai")
    env.reset(options={"task": env.tasks[0]})
    plan = agentrm_envs.expert("babyai")
    for action in plan(env):
        env.step(action)
    assert plan(env) == []


def test_the_worked_examples_are_real_and_of_no_task():
    env = agentrm_envs.make("babyai")
    task = Task("babyai", env.tasks[0])
    known = {*task_table("babyai", "test"), *task_table("babyai", "train")}
    for example, id in zip(worked_examples(task), EXAMPLES, strict=True):
        assert id not in known
        observation, info = env.reset(options={"task": id})
        said = [message["content"] for message in example]
        assert [message["role"] for message in example[::2]] == ["user"] * (len(said) // 2 + 1)
        assert said[0] == f"Your task: {info['goal']}\n{observation}"
        for completion, answer in zip(said[1::2], said[2::2], strict=True):
            observation, *_, info = env.step(parse_action(completion))
            assert observation == answer
        assert info["success"]


EXAMPLES = ("GoToRedBallNoDists/40004", "UnlockLocalDist/40003")


def test_the_instruction_is_short_and_names_every_kind_of_command():
    text = instruction(Task("babyai", "BossLevel/1"))
    assert len(text.split()) <= 120
    assert text.endswith("Action: <command>")
    for verb in ("turn left", "turn right", "move forward", "go to", "pickup", "drop", "toggle"):
        assert f"\n{verb}" in text
    assert "\ncheck available actions" in text


def test_play_is_as_in_the_golden_transcript():
    assert transcript() == GOLDEN.read_text(encoding="utf-8")
