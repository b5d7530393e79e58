"""What a variant of ALFWorld tells a policy before it begins: the forms that hold in it."""

from __future__ import annotations

import re

import pytest

from agentrm_envs import Task, tasks
from agentrm_envs.alfworld import perturbed
from agentrm_envs.chat import instruction, parse_action, render_scored, worked_examples
from agentrm_envs.record import Trajectory
from agentrm_envs.registry import ENVS

PERTURBED = [name for name in perturbed.PERTURBATIONS if name != "none"]
CHANGED = {
    "using": ["clean {obj} using {recep}", "heat {obj} using {recep}", "cool {obj} using {recep}"],
    "move-to": ["move to {recep}"],
    "from-first": ["from {recep} take {obj}"],
    "with-first": [
        "with {recep} clean {obj}",
        "with {recep} heat {obj}",
        "with {recep} cool {obj}",
    ],
    "joined": [],
    "move": ["move {obj} to {recep}"],
    "eto-move": ["move {obj} to {recep}"],
    "eto": [],
}


def a_task(variant=""):
    return Task(f"alfworld:{variant}" if variant else "alfworld", tasks("alfworld")[0].id)


def said(variant=""):
    examples = worked_examples(a_task(variant))
    return [turn["content"] for each in examples for turn in each if turn["role"] == "assistant"]


def heard(variant=""):
    examples = worked_examples(a_task(variant))
    return [turn["content"] for each in examples for turn in each if turn["role"] == "user"]


@pytest.mark.parametrize("variant", ENVS["alfworld"].variants)
def test_the_instruction_lists_the_commands_that_hold(variant):
    usual = instruction(a_task()).split("\n")
    here = instruction(a_task(variant)).split("\n")
    assert [ours for theirs, ours in zip(usual, here, strict=True) if ours != theirs] == CHANGED[
        variant
    ]


@pytest.mark.parametrize("variant", PERTURBED)
def test_worked_actions_are_read_as_the_usual_ones(variant):
    usual, here = map(parse_action, said()), map(parse_action, said(variant))
    pairs = list(zip(usual, here, strict=True))
    assert [perturbed.read(other, variant) for _, other in pairs] == [each for each, _ in pairs]
    assert any(each != other for each, other in pairs)


def test_joined_names_are_joined_in_thoughts_and_observations_too():
    for text in [*said("joined"), *heard("joined")]:
        assert not re.search(r"\b[a-z]+ \d", text), text


@pytest.mark.parametrize("variant", ["move", "eto-move"])
def test_the_new_grammar_puts_nothing(variant):
    for text in [*said(variant), *heard(variant)]:
        assert "Action: put" not in text
        assert "You put" not in text
    assert any("Action: move mug 2 to drawer 4" in text for text in said(variant))
    assert "You move the mug 2 to the drawer 4." in heard(variant)


def test_a_reward_model_is_told_the_same():
    told = render_scored(Trajectory(a_task("using"), "a goal", "a room"))[0]["content"]
    assert "clean {obj} using {recep}" in told
