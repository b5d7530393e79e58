"""Policies whose language model runs in this process: the embedded one and `hf:PATH`."""

from __future__ import annotations

from pathlib import Path

from harness.policy.language_model import TRAINED, UNTRAINED, LanguageModelPolicy
from rewards.backbone.adapters import is_adapter
from rewards.backbone.chat import LocalChat, folder_of
from rewards.errors import BadModel
from rewards.factories import ModelRequest

ADAPTER = Path(__file__).parent / "embedded_adapter"
"""The embedded policy: a LoRA adapter over the embedded base (see its model card)."""


def embedded(request: ModelRequest) -> LanguageModelPolicy:
    """The embedded policy, which needs no path: base and adapter come with the project."""
    if request.argument:
        raise BadModel(f"embedded takes no argument, not {request.argument!r}; use hf:PATH")
    return _policy(ADAPTER, request)


def local(request: ModelRequest) -> LanguageModelPolicy:
    """`hf:PATH`: a causal LM's folder, or the folder of an adapter that we trained."""
    return _policy(folder_of(request), request)


def _policy(folder: Path, request: ModelRequest) -> LanguageModelPolicy:
    style = TRAINED if is_adapter(folder) else UNTRAINED
    return LanguageModelPolicy(LocalChat.from_folder(folder), style, request.seed, request.prompts)
