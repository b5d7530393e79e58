"""ToolQuery's built-in tasks: what is shipped, and that it is what the generator makes."""

from __future__ import annotations

import json
import math
import random
import re
from collections import Counter
from collections.abc import Mapping
from importlib import resources
from itertools import chain
from typing import Any

import pytest

from agentrm_envs import make
from agentrm_envs.chat import instruction, parse_action, worked_examples
from agentrm_envs.core import MAX_ACTION_LENGTH
from agentrm_envs.record import Task
from agentrm_envs.registry import expert, spec
from agentrm_envs.task_lists import SPLITS, task_table
from agentrm_envs.tool_query import generate, prompts
from agentrm_envs.tool_query.applications import APPLICATIONS
from agentrm_envs.tool_query.programs import Unsuitable, best, only
from agentrm_envs.tool_query.wording import wordings
from agentrm_envs.tools.rendering import INTRODUCTION

NAME = "tool_query"


def tables() -> dict[str, Mapping[str, Any]]:
    return {split: task_table(NAME, split) for split in SPLITS}


def test_every_application_has_its_share_of_tasks():
    for split, least in (("train", 300), ("test", 100)):
        counts = Counter(task["app"] for task in tables()[split].values())
        assert set(counts) == set(APPLICATIONS)
        assert min(counts.values()) >= least
        assert all(id.startswith(f"{task['app']}/") for id, task in tables()[split].items())


def test_every_program_is_in_both_splits():
    for table in tables().values():
        programs = {(task["app"], task["program"]) for task in table.values()}
        assert programs == {(a, p) for a, (_, known) in generate.QUESTIONS.items() for p in known}


def test_no_two_tasks_make_the_same_calls_for_the_same_user():
    def key(task: Mapping[str, Any]) -> str:
        return json.dumps([task[name] for name in ("program", "init", "calls")])

    keys = [key(task) for table in tables().values() for task in table.values()]
    assert len(set(keys)) == len(keys)


def test_no_question_is_asked_in_both_splits():
    asked = {
        split: {(task["goal"], json.dumps(task["init"])) for task in table.values()}
        for split, table in tables().items()
    }
    assert not asked["train"] & asked["test"]


def test_the_shipped_files_are_what_the_generator_makes():
    for split, text in generate.files().items():
        shipped = resources.files(spec(NAME).package) / f"tasks.{split}.json"
        assert shipped.read_text("utf-8") == text


def test_every_wording_is_used_and_every_question_has_several():
    known = wordings()
    asked = [(t["app"], t["goal"]) for table in tables().values() for t in table.values()]
    for app, questions in ((app, known[app]) for app in APPLICATIONS):
        goals = [goal for of, goal in asked if of == app]
        for question, forms in questions.items():
            assert len(set(forms)) == len(forms) >= 2, question
            assert question.partition(".")[0] in generate.QUESTIONS[app][1]
            for form in forms:
                pattern = "(.+)".join(re.escape(part) for part in re.split(r"{\w+}", form))
                assert any(re.match(pattern, goal) for goal in goals), form
    assert all(
        any(goal.endswith(end) for _, goal in asked) for end in chain(*known["answers"].values())
    )


def test_another_seed_makes_other_tasks():
    first, other = (next(generate.tasks("movie", seed)) for seed in ("one", "two"))
    assert first != other


@pytest.mark.parametrize("split", SPLITS)
def test_the_expert_solves_every_task_with_room_to_spare(split):
    env, plan = make(NAME, split=split), expert(NAME)
    for task in env.tasks:
        env.reset(options={"task": task})
        actions = plan(env)
        assert len(actions) == env.problem.least_calls
        assert len(actions) <= generate.MAX_CALLS + 1 <= env.max_steps - 5
        for action in actions:
            assert len(action) <= MAX_ACTION_LENGTH
            observation, _, terminated, _, info = env.step(action)
            assert not observation.startswith("ERROR")
        assert terminated, task
        assert (info["score"], info["success"]) == (1.0, True), task


def test_no_call_that_is_a_subgoal_can_be_left_out():
    env, plan = make(NAME), expert(NAME)
    rng = random.Random(0)
    for task in rng.sample(env.tasks, 60):
        env.reset(options={"task": task})
        actions = plan(env)
        skipped = rng.choice([n for n in env.problem.task["subgoals"] if isinstance(n, int)])
        env.reset(options={"task": task})
        for number, action in enumerate(actions):
            if number != skipped:
                info = env.step(action)[-1]
        assert not info["success"], (task, actions[skipped])


def test_random_play_solves_nothing():
    env = make(NAME)
    for number, task in enumerate(env.tasks[::6]):
        rng = random.Random(number)
        env.reset(options={"task": task})
        done = False
        while not done:
            *_, terminated, truncated, info = env.step(rng.choice(env.valid_actions()))
            done = terminated or truncated
        assert not info["success"]


def test_suggestions_never_know_more_than_what_was_told():
    env = make(NAME)
    env.reset(options={"task": "movie/test-000"})
    assert not any("movie_id" in action for action in env.valid_actions())
    env.step(expert(NAME)(env)[0])
    assert any("movie_id" in action for action in env.valid_actions())
    assert env.valid_actions() == sorted(set(env.valid_actions()))


def test_answers_are_varied_enough_not_to_be_guessed():
    for table in tables().values():
        answers = Counter(json.dumps(task["answer"]) for task in table.values())
        assert answers.most_common(1)[0][1] / len(table) < 0.05


def test_ties_and_empty_answers_are_rejected():
    assert best({"a": 1, "b": 2}) == "b"
    assert best({"a": 1, "b": 2}, smallest=True) == "a"
    with pytest.raises(Unsuitable):
        best({"a": 2, "b": 2, "c": 1})
    assert only(["a"]) == "a"
    for values in ([], ["a", "b"]):
        with pytest.raises(Unsuitable):
            only(values)
    for table in tables().values():
        for task in table.values():
            assert task["answer"] not in ("", [], None)
            if isinstance(task["answer"], float):
                assert math.isfinite(task["answer"])


@pytest.mark.parametrize("app", sorted(APPLICATIONS))
def test_instructions_are_made_from_the_tools(app):
    told = instruction(Task(NAME, f"{app}/test-000"))
    assert told == prompts.brief(app).strip()
    full = prompts.in_full(app)
    assert full.startswith(INTRODUCTION)
    for tool in APPLICATIONS[app].tools:
        assert f"{tool.name}({', '.join(tool.parameters)}): {tool.description}" in told
        assert f"Name: {tool.name}({', '.join(tool.parameters)})\n" in full


def test_the_shipped_prompts_are_what_the_tools_and_tasks_make():
    for name, text in prompts.files().items():
        assert (resources.files(spec(NAME).package) / name).read_text("utf-8") == text, name


@pytest.mark.parametrize("app", sorted(APPLICATIONS))
def test_worked_examples_solve_training_tasks(app):
    env = make(NAME, split="train")
    examples = worked_examples(Task(NAME, f"{app}/train-000"))
    assert len(examples) == 2
    for first, *turns in examples:
        task = next(id for id in env.tasks if f"{goal_of(env, id)}\n" in first["content"])
        observation, info = env.reset(options={"task": task})
        assert first["content"] == f"Your task: {info['goal']}\n{observation}"
        for said, heard in zip(turns[::2], turns[1::2], strict=True):
            assert said["content"].startswith("Thought: ")
            observation, *_, info = env.step(parse_action(said["content"]))
            assert heard == {"role": "user", "content": observation}
        assert info["success"]


def goal_of(env: Any, task: str) -> str:
    return str(task_table(NAME, env.split)[task]["goal"])
