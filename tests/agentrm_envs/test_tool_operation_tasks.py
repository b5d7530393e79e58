"""ToolOperation's built-in tasks are sound, apart and varied; its expert and texts are true."""

from __future__ import annotations

import json
import random
from collections import Counter
from functools import cache
from importlib import resources
from itertools import islice

import pytest

import agentrm_envs
from agentrm_envs.chat import instruction, parse_action, worked_examples
from agentrm_envs.errors import NoPlan
from agentrm_envs.playing import at_random, play
from agentrm_envs.record import Task
from agentrm_envs.task_lists import task_table
from agentrm_envs.tool_operation import generate, prompts
from agentrm_envs.tool_operation.env import APPLICATIONS, problem_of
from agentrm_envs.tool_operation.expert import solves
from agentrm_envs.tool_operation.problem import Standing
from agentrm_envs.tool_operation.sheet import generate as sheet_generate
from agentrm_envs.tool_operation.todo import generate as todo_generate

SPLITS = ("train", "test")
SIZES = {"train": 330, "test": 120}
KINDS = {
    "todo": {maker.__name__ for maker in todo_generate.MAKERS},
    "sheet": {maker.__name__ for maker in sheet_generate.MAKERS},
}


@cache
def shipped(split: str, application: str):
    table = task_table("tool_operation", split)
    return {id: task for id, task in table.items() if id.startswith(f"{application}/")}


@pytest.mark.parametrize("application", APPLICATIONS)
def test_the_generator_draws_the_first_training_tasks_again(application):
    drawn = generate.tasks(application, generate.SEED)
    again = islice(drawn, generate.SPARE, generate.SPARE + 5)
    plain = [json.loads(json.dumps(task)) for task in again]
    assert plain == list(shipped("train", application).values())[:5]


@pytest.mark.slow
def test_the_generator_writes_the_shipped_files_byte_for_byte():
    folder = resources.files("agentrm_envs.tool_operation")
    for split, text in generate.files().items():
        assert text == (folder / f"tasks.{split}.json").read_text(encoding="utf-8")


def test_another_seed_gives_other_tasks():
    for application in APPLICATIONS:
        (other,) = islice(generate.tasks(application, "another"), 1)
        assert other["goal"] not in {t["goal"] for t in shipped("train", application).values()}


@pytest.mark.parametrize("application", APPLICATIONS)
def test_both_splits_have_every_kind_and_share_nothing(application):
    worlds: list[str] = []
    for split in SPLITS:
        tasks = shipped(split, application).values()
        assert len(tasks) == SIZES[split]
        kinds = Counter(task["kind"] for task in tasks)
        assert set(kinds) == KINDS[application]
        assert max(kinds.values()) <= 2 * min(kinds.values())
        worlds += [json.dumps(task.get("projects", task.get("sheets"))) for task in tasks]
    assert len(set(worlds)) == len(worlds) == sum(SIZES.values())


@pytest.mark.parametrize("application", APPLICATIONS)
def test_every_program_solves_its_task_and_no_part_of_it_does(application):
    """In the test split; the generator's own check is the same for both."""
    for id, task in shipped("test", application).items():
        problem = problem_of(task)
        start = Standing(problem.start)
        assert solves(problem, start, problem.program), id
        assert 2 <= len(problem.program) <= generate.MOST_CALLS, id
        for number, call in enumerate(problem.program):
            if call.tool != "get_note":  # what a model has to read, and the program knows
                rest = problem.program[:number] + problem.program[number + 1 :]
                assert not solves(problem, start, rest), (id, call)


def test_wordings_are_varied():
    for application in APPLICATIONS:
        tasks = shipped("train", application).values()
        openings = {kind: set() for kind in KINDS[application]}
        for task in tasks:
            openings[task["kind"]].add(" ".join(task["goal"].split()[:4]))
        assert all(len(some) >= 2 for some in openings.values()), openings


def test_yes_and_no_are_about_as_frequent():
    answers = Counter(
        task["program"][-1][1]["answer"]
        for task in shipped("train", "todo").values()
        if task["kind"] in ("same_place", "any_priority")
    )
    assert set(answers) == {"Yes", "No"}
    assert min(answers.values()) > 0.25 * answers.total()


def test_no_sheet_has_equal_numbers_where_rows_are_sorted():
    for task in shipped("test", "sheet").values():
        sheet = problem_of(task).target.sheets[0]
        for tool, arguments in task["program"]:
            if tool == "sort_sheet_by_col":
                keys = [row[arguments["col_num"] - 1] for row in sheet.texts()]
                assert len(set(keys)) == len(keys), task["goal"]


def test_random_play_solves_nothing():
    env = agentrm_envs.make("tool_operation")
    results = [play(env, id, at_random(n)).answers[-1].info for n, id in enumerate(env.tasks[::3])]
    for application in APPLICATIONS:
        own = [info for info in results if info["task"].startswith(application)]
        assert sum(info["success"] for info in own) <= 1
        assert sum(info["score"] for info in own) / len(own) < 0.25


@pytest.mark.parametrize(("wild", "least"), [(1, 60), (3, 40)])
def test_the_expert_goes_on_from_where_others_have_been(wild, least):
    """After some random calls its plan ends in success, or it says that it knows no way.

    What was deleted from a to-do list cannot be brought back.
    """
    env = agentrm_envs.make("tool_operation", max_steps=60)
    plan = agentrm_envs.expert("tool_operation")
    solved = 0
    for number, id in enumerate(env.tasks[::2]):
        rng = random.Random(number)
        env.reset(options={"task": id})
        for _ in range(wild):
            env.step(rng.choice([a for a in env.valid_actions() if not a.startswith("finish")]))
        try:
            actions = plan(env)
        except NoPlan:
            continue
        for action in actions:
            *_, info = env.step(action)
        assert info["success"], id
        solved += 1
    assert solved >= least


def test_the_expert_goes_on_when_asked_again_at_each_step():
    env = agentrm_envs.make("tool_operation")
    plan = agentrm_envs.expert("tool_operation")
    for id in env.tasks[::5]:
        env.reset(options={"task": id})
        whole, taken, done = plan(env), [], False
        while not done:
            taken.append(plan(env)[0])
            done = env.step(taken[-1])[2]
        assert taken == whole, id


@pytest.mark.parametrize("application", APPLICATIONS)
def test_instructions_and_examples_are_what_the_tools_give(application):
    folder = resources.files("agentrm_envs.tool_operation")
    written = prompts.files()
    for name in (f"instruction.{application}.txt", f"examples.{application}.json"):
        assert (folder / name).read_text(encoding="utf-8") == written[name]
    task = Task("tool_operation", f"{application}/test-000")
    assert instruction(task) == prompts.brief(application).strip()


@pytest.mark.parametrize("application", APPLICATIONS)
def test_the_worked_examples_succeed_and_are_of_no_task(application):
    goals = {t["goal"] for split in SPLITS for t in shipped(split, application).values()}
    examples = worked_examples(Task("tool_operation", f"{application}/test-000"))
    assert len(examples) == 2
    for kind, example in zip(prompts.EXAMPLES[application], examples, strict=True):
        problem = problem_of(
            prompts._drawn(application, kind, len(prompts.EXAMPLES[application][kind]))
        )
        assert problem.goal not in goals
        assert problem.goal in example[0]["content"]
        standing = Standing(problem.start)
        for said, answered in zip(example[1::2], example[2::2], strict=True):
            reply = problem.toolbox.answer(standing.state, parse_action(said["content"]))
            standing = problem.judge(standing, reply)
            assert reply.observation == answered["content"]
        assert standing.success
