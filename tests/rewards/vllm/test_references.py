"""What can be said of `vllm:PATH` where vLLM is not installed: names, settings, remedies."""

from __future__ import annotations

import importlib
import os
import sys

import pytest

pytest.importorskip("torch")

import rewards.vllm
from harness.policy.registry import POLICIES
from rewards.chat_registry import CHAT_MODELS
from rewards.errors import BadModel, BadSetting
from rewards.factories import MissingModelDependency, ModelRequest
from rewards.registry import REWARD_MODELS
from rewards.vllm.checkpoint import folder_of
from rewards.vllm.resources import MAX_TOKENS, POLICY_SHARE, REWARD_SHARE, Resources

OURS = ("rewards.vllm.engine", "rewards.vllm.chat", "rewards.vllm.values", "harness.policy.vllm")


@pytest.fixture(autouse=True)
def environment(monkeypatch):
    for name in (POLICY_SHARE, REWARD_SHARE, MAX_TOKENS):
        monkeypatch.delenv(name, raising=False)


@pytest.mark.parametrize("factories", [POLICIES, CHAT_MODELS, REWARD_MODELS], ids=lambda f: f.kind)
def test_a_missing_vllm_is_told_with_its_remedy(factories, monkeypatch):
    for name in [name for name in sys.modules if name.startswith("vllm") or name in OURS]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "vllm", None)
    with pytest.raises(MissingModelDependency, match=r"pip install 'agentrm\[vllm\]'"):
        factories.make("vllm:models/llama")


def test_a_path_that_is_no_folder_is_refused(tmp_path):
    assert folder_of(ModelRequest(str(tmp_path))) == tmp_path
    assert folder_of(ModelRequest()) is None
    with pytest.raises(BadModel, match=r"vllm:PATH needs the folder of a model, .*there is none"):
        folder_of(ModelRequest(str(tmp_path / "there")))


def test_two_engines_fit_one_gpu_unless_told_otherwise(monkeypatch):
    both = [Resources.of(name) for name in (POLICY_SHARE, REWARD_SHARE)]
    assert sum(one.share for one in both) < 1
    monkeypatch.setenv(POLICY_SHARE, "0.7")
    monkeypatch.setenv(MAX_TOKENS, "8192")
    assert Resources.of(POLICY_SHARE) == Resources(0.7, 8192)
    assert Resources.of(REWARD_SHARE).share == both[1].share


@pytest.mark.parametrize("text", ["0", "1.5", "half", "-1", "nan"])
def test_a_share_that_is_none_is_refused(text, monkeypatch):
    monkeypatch.setenv(REWARD_SHARE, text)
    with pytest.raises(BadSetting, match=rf"{REWARD_SHARE} is a share .*, not '{text}'"):
        Resources.of(REWARD_SHARE)


@pytest.mark.parametrize("text", ["0", "-5", "many", "1e3"])
def test_a_number_of_tokens_that_is_none_is_refused(text, monkeypatch):
    monkeypatch.setenv(MAX_TOKENS, text)
    with pytest.raises(BadSetting, match=rf"{MAX_TOKENS} is a number of tokens, not '{text}'"):
        Resources.of(POLICY_SHARE)


def test_engines_do_not_begin_as_copies_of_this_process(monkeypatch):
    monkeypatch.delenv("VLLM_WORKER_MULTIPROC_METHOD", raising=False)
    importlib.reload(rewards.vllm)
    assert os.environ["VLLM_WORKER_MULTIPROC_METHOD"] == "spawn"
