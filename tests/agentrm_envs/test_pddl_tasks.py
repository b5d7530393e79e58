"""PDDL's built-in problems are sound, apart and varied; its expert and its texts are true."""

from __future__ import annotations

import re
from collections import Counter
from functools import cache
from importlib import resources
from itertools import islice

import pytest

import agentrm_envs
from agentrm_envs.chat import instruction, parse_action, worked_examples
from agentrm_envs.errors import NoPlan
from agentrm_envs.pddl import generate
from agentrm_envs.pddl.env import FAMILIES, PDDLEnv, builtin_domain
from agentrm_envs.pddl.expert import find_plan
from agentrm_envs.pddl.grounding import ground
from agentrm_envs.pddl.reader import read_domain, read_problem
from agentrm_envs.pddl.shape import shape
from agentrm_envs.record import Task
from agentrm_envs.task_lists import task_table

SPLITS = ("train", "test")
SIZES = {"train": 120, "test": 30}
LONGEST = 18
EXAMPLES = {
    "gripper": "train-003",
    "blockworld": "train-000",
    "barman": "train-002",
    "tyreworld": "train-021",
}
"""The training problems that the worked examples play."""


def environment(split: str) -> PDDLEnv:
    env = agentrm_envs.make("pddl", split=split)
    assert isinstance(env, PDDLEnv)
    return env


@cache
def problems(split: str):
    """What the reader makes of every problem of a split, by task id."""
    return {
        id: read_problem(task["problem"], builtin_domain(task["family"]), id)
        for id, task in task_table("pddl", split).items()
    }


@pytest.mark.parametrize("family", ["gripper", "blockworld", "barman"])
def test_the_generator_draws_the_first_training_problems_again(family):
    shipped = [t["problem"] for t in task_table("pddl", "train").values() if t["family"] == family]
    drawn = islice(generate.problems(family, generate.SEED), generate.SPARE, generate.SPARE + 5)
    assert list(drawn) == shipped[:5]


@pytest.mark.slow
def test_the_generator_writes_the_shipped_files_byte_for_byte():
    folder = resources.files("agentrm_envs.pddl")
    texts = generate.files()
    assert set(texts) == set(SPLITS)
    for split, text in texts.items():
        assert (folder / f"tasks.{split}.json").read_bytes() == text.encode()


def test_another_seed_makes_other_problems():
    for family in FAMILIES:
        here, there = (next(generate.problems(family, seed)) for seed in ("one", "two"))
        assert here != there


@pytest.mark.parametrize("split", SPLITS)
def test_a_split_has_its_share_of_every_family(split):
    ids = list(task_table("pddl", split))
    assert ids == [
        f"{family}/{split}-{number:03}" for family in FAMILIES for number in range(SIZES[split])
    ]
    assert [t["family"] for t in task_table("pddl", split).values()] == [
        id.partition("/")[0] for id in ids
    ]


def test_no_two_problems_have_the_same_start_and_goal():
    known = Counter(
        (id.partition("/")[0], problem.init, frozenset(problem.goal))
        for split in SPLITS
        for id, problem in problems(split).items()
    )
    assert (len(known), max(known.values())) == (600, 1)


def test_no_test_problem_is_another_problem_with_the_objects_renamed():
    train, test = (
        [(id.partition("/")[0], shape(problem)) for id, problem in problems(split).items()]
        for split in SPLITS
    )
    assert len(set(test)) == len(test)
    assert not set(train) & set(test)


def test_renamed_objects_keep_a_problems_shape_and_other_facts_change_it():
    domain = builtin_domain("blockworld")
    start = "(define (problem p) (:domain block-towers) (:objects x1 x2 x3) (:init (arm-empty)"
    towers = start + "(on-table x1) (on x2 x1) (clear x2) (on-table x3) (clear x3))"
    whole = towers + "(:goal (on x3 x2)))"
    turned = {"x1": "x2", "x2": "x3", "x3": "x1"}
    renamed = re.sub(r"x\d", lambda found: turned[found[0]], whole)
    texts = [whole, renamed, towers + "(:goal (on x2 x3)))", whole.replace("(clear x3)", "")]
    forms = [shape(read_problem(text, domain, "p")) for text in texts]
    assert forms[0] == forms[1]
    assert len(set(forms)) == 3


def test_no_built_in_problem_is_satisfied_at_its_start():
    for split in SPLITS:
        for problem in problems(split).values():
            assert not problem.init.issuperset(problem.goal)


@pytest.mark.parametrize(
    ("split", "every"),
    [("test", 1), ("train", 6), pytest.param("train", 1, marks=pytest.mark.slow)],
)
def test_the_expert_solves_the_problems_within_eighteen_actions(split, every):
    env = environment(split)
    plan = agentrm_envs.expert("pddl")
    lengths: dict[str, list[int]] = {family: [] for family in FAMILIES}
    for id in env.tasks[::every]:
        env.reset(options={"task": id})
        before = env.snapshot()
        actions = plan(env)
        assert (env.snapshot(), env.snapshot().state) == (before, before.state)
        for number, action in enumerate(actions, 1):
            assert action in env.valid_actions()
            *_, terminated, _, info = env.step(action)
            assert terminated == info["success"] == (number == len(actions)), id
        assert info["score"] == 1.0
        lengths[id.partition("/")[0]].append(len(actions))
    for found in lengths.values():
        assert 3 <= min(found) <= max(found) <= LONGEST
        assert len(set(found)) >= 4


def test_the_problems_vary_in_objects_and_goals():
    for family in FAMILIES:
        mine = [problem for id, problem in problems("train").items() if id.startswith(family)]
        assert len({len(problem.objects) for problem in mine}) >= 2
        assert len({len(problem.goal) for problem in mine}) >= 3
        started = {atom.predicate for problem in mine for atom in problem.init}
        assert len(started) >= 4


def test_the_expert_goes_on_from_the_middle_and_has_nothing_to_do_at_the_end():
    env = environment("test")
    plan = agentrm_envs.expert("pddl")
    for id in env.tasks[::15]:
        env.reset(options={"task": id})
        env.step(env.valid_actions()[-1])
        for action in plan(env):
            *_, info = env.step(action)
        assert info["success"], id
        assert plan(env) == []


def test_a_goal_out_of_reach_has_no_plan():
    text = task_table("pddl")["gripper/test-000"]["problem"]
    impossible = re.sub(r"\(:goal.*", "(:goal (and (at left rooma))))", text)
    problem = ground(read_problem(impossible, builtin_domain("gripper"), "p"), "p")
    with pytest.raises(NoPlan):
        find_plan(problem, problem.init)


def test_the_shipped_domains_read_without_a_fault():
    folder = resources.files("agentrm_envs.pddl") / "domains"
    for family in FAMILIES:
        text = (folder / f"{family}.pddl").read_text(encoding="utf-8")
        domain = read_domain(text, family)
        assert domain.name == generate.DOMAINS[family]
        assert domain == builtin_domain(family)


# --- what the agent is told --------------------------------------------------------------


@pytest.mark.parametrize("family", FAMILIES)
def test_an_instruction_names_every_action_and_the_form_of_an_answer(family):
    text = instruction(Task("pddl", f"{family}/test-000"))
    assert len(text.split()) <= 200
    assert all(schema.name in text for schema in builtin_domain(family).schemas)
    assert "check valid actions" in text
    assert text.endswith("Action: <command>")


@pytest.mark.parametrize("family", FAMILIES)
def test_a_worked_example_was_really_played_on_a_training_problem(family):
    (turns,) = worked_examples(Task("pddl", f"{family}/test-000"))
    env = environment("train")
    observation, info = env.reset(options={"task": f"{family}/{EXAMPLES[family]}"})
    expected = f"Your task: {info['goal']}\n{observation}"
    for asked, answered in zip(turns[::2], turns[1::2], strict=True):
        assert (asked["role"], answered["role"]) == ("user", "assistant")
        assert asked["content"] == expected
        thought, _, action = answered["content"].partition("\nAction: ")
        assert thought.startswith("Thought: ")
        assert parse_action(answered["content"]) == action
        expected, *_, info = env.step(action)
    assert info["success"]
