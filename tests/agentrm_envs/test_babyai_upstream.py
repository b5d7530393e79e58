"""BabyAI's texts beside recorded ones: AgentBoard's labels and AgentGym's trajectories."""

from __future__ import annotations

import json
import lzma

import pytest

import agentrm_envs
from agentrm_envs.babyai.levels import short_name
from agentrm_envs.task_lists import task_table
from tests.testdata import testdata


@pytest.fixture
def rows():
    text = testdata("babyai/agentboard_test.jsonl").read_text(encoding="utf-8")
    return [json.loads(line) for line in text.splitlines()]


@pytest.fixture
def official(tmp_path, monkeypatch):
    source = testdata("babyai/agentboard_test.jsonl")
    (tmp_path / "babyai").mkdir()
    (tmp_path / "babyai" / "test.jsonl").write_bytes(source.read_bytes())
    monkeypatch.setenv("AGENTRM_DATA", str(tmp_path))
    task_table.cache_clear()
    yield agentrm_envs.make("babyai", data="official")
    task_table.cache_clear()


def test_all_112_tasks_begin_with_the_recorded_observation(official, rows):
    assert len(official.tasks) == len(rows) == 112
    for task, row in zip(official.tasks, rows, strict=True):
        observation, info = official.reset(options={"task": task})
        assert task.startswith(short_name(row["additional_info"]["subtask"]) + "/")
        assert observation == row["additional_info"]["init_obs"], task
        # The labels name some orders that AgentBoard's environment rewrites for the agent.
        assert info["goal"] == row["goal"].replace("then", "and").replace("after you", "and")


def test_two_tasks_have_subgoals_with_alternatives(official):
    table = task_table("babyai", "test", "official")
    either = [id for id, task in table.items() if any(len(s) > 1 for s in task["subgoals"])]
    assert either == ["OpenDoorLoc/1234", "OpenDoorLoc/1236"]


@pytest.mark.parametrize("part", range(4))
def test_the_expert_completes_the_official_tasks_or_shows_most_subgoals(official, part):
    scores = []
    for task in official.tasks[part::4]:
        official.reset(options={"task": task})
        info = {"score": 0.0}
        for action in agentrm_envs.expert("babyai")(official):
            *_, info = official.step(action)
        scores.append(info["score"])
    assert len(scores) == 28
    assert sum(score == 1 for score in scores) >= 26
    assert sum(scores) / len(scores) > 0.95


def test_all_810_recorded_trajectories_replay_to_the_letter():
    recorded = testdata("babyai/trajectories/agenttraj-l_babyai_train.json.xz")
    env = agentrm_envs.make("babyai", data="official", max_steps=1_000)
    items = json.loads(lzma.decompress(recorded.read_bytes()))
    played = [replay(env, item["item_id"], item["conversations"][2:]) for item in items]
    assert (len(items), sum(steps for steps, _ in played)) == (810, 3_832)
    assert all(success for _, success in played)


def replay(env, task, turns):
    """Check the answers to a recorded episode's actions: how many, and if the last is the end."""
    first, *told = [turn["value"] for turn in turns]
    observation, info = env.reset(options={"task": task})
    assert first == f"Your goal: {info['goal']}\n{observation}", task
    answers = told[1::2]
    for number, said in enumerate(told[::2]):
        action = said.rpartition("Action:")[2].strip()
        observation, *_, info = env.step(action)
        assert answers[number : number + 1] in ([], [observation]), (task, action)
    return len(answers), info["success"]
