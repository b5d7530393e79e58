"""A causal language model as a policy."""

from __future__ import annotations

import asyncio

import pytest

pytest.importorskip("torch")
pytest.importorskip("transformers")

from agentrm_envs import Action, Step, Trajectory, make, tasks
from harness.policy.language_model import (
    EMBEDDED,
    TRAINED,
    UNTRAINED,
    LanguageModelPolicy,
    draw_seed,
)
from harness.policy.local import ADAPTER, style_of
from harness.policy.registry import load
from rewards.backbone.training import TRAINING_FILE
from rewards.chat_model import Replies
from rewards.errors import BadModel
from rewards.metering import metered
from tests.tiny_model import tiny_base


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tiny_base(tmp_path_factory.mktemp("policy"))


@pytest.fixture(scope="module")
def policy(folder):
    return load(f"hf:{folder}", seed=3)


@pytest.fixture(scope="module")
def start():
    task = tasks("maze")[0]
    observation, info = make("maze").reset(options={"task": task.id})
    return Trajectory(task, info["goal"], observation)


def after(trajectory, *actions):
    steps = tuple(Step(Action(action), "There is a wall.") for action in actions)
    return Trajectory(trajectory.task, trajectory.goal, trajectory.observation, steps)


def ask(policy, *requests):
    async def all_at_once():
        calls = [policy.propose(t, n, temperature=heat) for t, n, heat in requests]
        return await asyncio.gather(*calls)

    return asyncio.run(all_at_once())


def test_proposals_do_not_depend_on_what_is_asked_beside_them(policy, start):
    other = after(start, "move up")
    [alone] = ask(policy, (start, 4, 1.0))
    [_, beside] = ask(policy, (other, 3, 1.0), (start, 4, 1.0))
    [fewer] = ask(policy, (start, 2, 1.0))
    assert alone == beside
    assert fewer == alone[:2]
    assert len({action.completion for action in alone}) > 1


def test_a_proposal_keeps_its_command_and_its_words(policy, start):
    [actions] = ask(policy, (start, 3, 1.0))
    assert all(action.text in action.completion for action in actions)


def test_likeliest_proposals_are_the_same_whatever_the_seed(folder, policy, start):
    [one] = ask(policy, (start, 1, 0.0))
    [other] = ask(load(f"hf:{folder}", seed=4), (start, 1, 0.0))
    assert one == other


def test_seeds_differ_by_run_task_prefix_and_index(start):
    seeds = {
        draw_seed(0, start, 0),
        draw_seed(1, start, 0),
        draw_seed(0, start, 1),
        draw_seed(0, after(start, "move up"), 0),
        draw_seed(0, after(start, "move down"), 0),
    }
    assert len(seeds) == 5
    assert draw_seed(0, start, 0) == draw_seed(0, start, 0)


def test_tokens_are_metered_and_a_known_prefix_is_free(folder, start):
    policy = load(f"hf:{folder}", seed=5)
    unseen = after(start, "move up", "move up")
    with metered() as first:
        ask(policy, (unseen, 1, 0.0))
    with metered() as second:
        ask(policy, (unseen, 1, 0.0))
    assert first.policy_calls == second.policy_calls == 1
    generated = second.policy_tokens
    assert first.policy_tokens > generated > 0


def test_a_path_that_holds_no_model_is_refused(tmp_path):
    with pytest.raises(BadModel, match="needs the folder"):
        load("hf:")
    with pytest.raises(BadModel, match="has no tokenizer that can be read"):
        load(f"hf:{tmp_path}")


class Asked:
    """A chat model that remembers how it was asked."""

    checksum = "asked"

    async def reply(self, messages, seeds, *, temperature, limit):
        self.messages, self.limit = messages, limit
        return Replies(["Action: look"] * len(seeds), 0, 0)


def test_a_trained_model_is_shown_no_example(start):
    chat = Asked()
    policy = LanguageModelPolicy(chat, UNTRAINED, seed=0)
    ask(policy, (start, 1, 0.0))
    shown, limit = len(chat.messages), chat.limit
    ask(policy.asked_as(TRAINED), (start, 1, 0.0))
    assert [message["role"] for message in chat.messages] == ["system", "user"]
    assert len(chat.messages) < shown
    assert chat.limit < limit


def test_what_was_trained_here_is_known_by_its_folder(folder, tmp_path):
    assert style_of(ADAPTER) == EMBEDDED
    assert style_of(folder) == UNTRAINED
    (tmp_path / TRAINING_FILE).touch()
    assert style_of(tmp_path) == TRAINED


def test_another_program_s_training_can_be_told(folder, start):
    told, plain = load(f"trained:hf:{folder}", seed=3), load(f"hf:{folder}", seed=3)
    assert told.checksum == plain.checksum
    assert ask(told, (start, 3, 1.0)) == ask(plain.asked_as(TRAINED), (start, 3, 1.0))


@pytest.mark.parametrize("argument", ["", ":random", ":expert:0.5"])
def test_only_language_models_can_be_trained(argument):
    with pytest.raises(BadModel, match="trained:POLICY"):
        load(f"trained{argument}")
