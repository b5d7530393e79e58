"""Policies whose language model vLLM runs in this machine: `vllm:PATH`."""

from __future__ import annotations

from harness.policy.language_model import TRAINED, UNTRAINED, LanguageModelPolicy
from harness.policy.local import ADAPTER
from rewards.backbone.adapters import is_adapter
from rewards.factories import ModelRequest
from rewards.vllm.chat import VllmChat
from rewards.vllm.checkpoint import folder_of


def load(request: ModelRequest) -> LanguageModelPolicy:
    """`vllm:PATH` with what `hf:PATH` takes; `vllm` is the embedded policy."""
    folder = folder_of(request) or ADAPTER
    style = TRAINED if is_adapter(folder) else UNTRAINED
    return LanguageModelPolicy(VllmChat.from_folder(folder), style, request.seed, request.prompts)
