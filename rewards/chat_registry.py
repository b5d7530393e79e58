"""Which chat models there are and how to make one: policies and judges refer to them."""

from __future__ import annotations

from pathlib import Path

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
    """The chat model that `name` or `name:argument` refers to, as in `hf:models/llama`.

    The path of a folder alone stands for `hf:` and that path.
    """
    name = reference.partition(":")[0]
    is_path = "/" in name or (name not in CHAT_MODELS.names() and Path(name).is_dir())
    return CHAT_MODELS.make(f"hf:{reference}" if is_path else reference)
