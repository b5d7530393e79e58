"""A language model that is held to the actions that its environment says are valid."""

from __future__ import annotations

import asyncio

import pytest

pytest.importorskip("torch")
pytest.importorskip("transformers")

from agentrm_envs import Step, TextEnv, Trajectory, make, tasks
from agentrm_envs.chat import completion
from harness.policy.registry import load
from rewards.errors import BadModel
from rewards.metering import metered
from tests.tiny_model import tiny_base


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tiny_base(tmp_path_factory.mktemp("policy"))


def propose(policy, trajectory, n, temperature):
    return asyncio.run(policy.propose(trajectory, n, temperature=temperature))


def begun(name):
    """An environment at a task's beginning, and the trajectory there."""
    env = make(name)
    observation, info = env.reset(options={"task": tasks(name)[0].id})
    return env, Trajectory(tasks(name)[0], info["goal"], observation)


@pytest.mark.parametrize("name", ["babyai", "maze", "pddl", "webshop"])
def test_a_model_that_knows_nothing_proposes_valid_actions_all_along(folder, name):
    policy = load(f"valid:hf:{folder}", seed=3)
    env, at = begun(name)
    for _ in range(3):
        actions = propose(policy, at, 4, 1.0)
        assert {action.text for action in actions} <= set(env.valid_actions())
        assert all(action.completion == completion(action) for action in actions)
        observation, reward, terminated, truncated, _ = env.step(actions[0].text)
        step = Step(actions[0], observation, reward, terminated, truncated)
        at = Trajectory(at.task, at.goal, at.observation, (*at.steps, step))
        if step.done:
            break


def test_draws_differ_by_seed_and_are_the_same_in_any_company(folder):
    _, at = begun("pddl")
    [one, other] = (load(f"valid:hf:{folder}", seed=seed) for seed in (3, 4))
    assert propose(one, at, 6, 1.0)[:2] == propose(one, at, 2, 1.0)
    assert propose(one, at, 6, 1.0) != propose(other, at, 6, 1.0)
    assert propose(one, at, 1, 0.0) == propose(other, at, 1, 0.0)


def test_where_nothing_is_listed_the_model_speaks_freely(folder, monkeypatch):
    policy, free = load(f"valid:hf:{folder}", seed=3), load(f"hf:{folder}", seed=3)
    _, at = begun("maze")
    monkeypatch.setattr(type(make("maze")), "valid_actions", TextEnv.valid_actions)
    assert propose(policy, at, 2, 1.0) == propose(free, at, 2, 1.0)


def test_choices_are_metered(folder):
    policy = load(f"valid:hf:{folder}", seed=3)
    _, at = begun("maze")
    with metered() as usage:
        propose(policy, at, 2, 1.0)
    assert usage.policy_calls == 1
    assert usage.policy_tokens > 0


@pytest.mark.parametrize("inner", ["", "random", "openai:m@http://127.0.0.1:1/v1", "embedded:x"])
def test_a_policy_whose_tokens_cannot_be_held_is_refused(inner):
    with pytest.raises(BadModel, match="valid:POLICY holds a model in this process"):
        load(f"valid:{inner}")
