"""Policies whose language model vLLM runs in this machine: `vllm:PATH`."""

from __future__ import annotations

from harness.policy.language_model import LanguageModelPolicy
from harness.policy.local import ADAPTER, style_of
from rewards.factories import ModelRequest
from rewards.vllm.chat import VllmChat
from rewards.vllm.checkpoint import folder_of


def load(request: ModelRequest) -> LanguageModelPolicy:
    """`vllm:PATH` with what `hf:PATH` takes; `vllm` is the embedded policy."""
    folder = folder_of(request) or ADAPTER
    chat = VllmChat.from_folder(folder)
    return LanguageModelPolicy(chat, style_of(folder), request.seed, request.prompts)
