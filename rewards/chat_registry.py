"""Which chat models there are and how to make one: policies and judges refer to them."""

from __future__ import annotations

from rewards.chat_model import ChatModel
from rewards.factories import Factories

CHAT_MODELS: Factories[ChatModel] = Factories(
    kind="chat model",
    group="agentrm.chat_models",
    table={
        "embedded": "rewards.backbone.chat:load_base",
        "hf": "rewards.backbone.chat:load",
        "vllm": "rewards.vllm.chat:load",
        "openai": "rewards.openai_chat:load",
    },
)
"""Each name refers to a function from a `ModelRequest` to a `ChatModel`."""


def load(reference: str) -> ChatModel:
    """The chat model that `name` or `name:argument` refers to, as in `hf:models/llama`."""
    return CHAT_MODELS.make(reference)
