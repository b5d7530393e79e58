"""A policy's likelihood as a reward model."""

from __future__ import annotations

import asyncio

import pytest

torch = pytest.importorskip("torch")
transformers = pytest.importorskip("transformers")

from agentrm_envs import tasks  # noqa: E402
from agentrm_envs.chat import render_scored  # noqa: E402
from rewards import registry  # noqa: E402
from rewards.chat_registry import CHAT_MODELS  # noqa: E402
from rewards.errors import BadModel  # noqa: E402
from rewards.metering import metered  # noqa: E402
from tests.rewards.walks import walk  # noqa: E402
from tests.tiny_model import STOP, tiny_base  # noqa: E402


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tiny_base(tmp_path_factory.mktemp("likelihood"))


@pytest.fixture(scope="module")
def reward_model(folder):
    return registry.load(f"likelihood:hf:{folder}")


def scores(model, trajectories):
    return asyncio.run(model.score(trajectories))


def naive(folder, trajectory):
    """The mean over the tokens of all replies, by transformers, the whole text read at once."""
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
    model = transformers.AutoModelForCausalLM.from_pretrained(folder)
    ids, said = [], []
    for message in render_scored(trajectory):
        own = tokenizer.apply_chat_template([message], tokenize=True)["input_ids"]
        ids += own
        reply = message["role"] == "assistant"
        opening = len(tokenizer("<|im_start|>assistant\n").input_ids)
        closed = own.index(tokenizer.convert_tokens_to_ids(STOP))
        said += [reply and opening <= i <= closed for i in range(len(own))]
    with torch.no_grad():
        log_probs = model(input_ids=torch.tensor([ids])).logits[0].log_softmax(-1)
    chosen = [log_probs[i - 1, ids[i]].item() for i, own in enumerate(said) if own]
    return sum(chosen) / len(chosen)


def test_it_is_the_mean_over_the_tokens_of_all_actions(folder, reward_model):
    trajectories = walk(tasks("maze")[0], 4)[1:]
    found = scores(reward_model, trajectories)
    assert found == pytest.approx([naive(folder, each) for each in trajectories], abs=1e-4)
    assert len(set(found)) == len(found)


def test_a_trajectory_without_an_action_has_no_likelihood(reward_model):
    assert scores(reward_model, walk(tasks("maze")[0], 0)) == [0.0]
    assert scores(reward_model, []) == []


def test_what_was_read_before_is_not_read_again(folder):
    *_, trajectory = walk(tasks("maze")[1], 3)
    with metered() as alone:
        scores(registry.load(f"likelihood:hf:{folder}"), [trajectory])
    with metered() as again:
        scores(registry.load(f"likelihood:hf:{folder}"), [trajectory])
    assert alone.rm_tokens > again.rm_tokens == 0
    assert again.rm_calls == 1


def test_a_model_behind_a_server_is_refused(monkeypatch):
    monkeypatch.setitem(CHAT_MODELS.table, "far", f"{__name__}:far")
    with pytest.raises(BadModel, match="needs a model in this process"):
        registry.load("likelihood:far:away")


def far(request):
    return object()
