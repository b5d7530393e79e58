"""Policies whose language model runs in this process: embedded, `hf:PATH`, `valid:POLICY`."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from harness.policy.language_model import (
    EMBEDDED,
    TRAINED,
    UNTRAINED,
    LanguageModelPolicy,
    Style,
)
from harness.policy.valid_actions import ValidActionsPolicy
from rewards.backbone.adapters import is_adapter
from rewards.backbone.chat import LocalChat, folder_of
from rewards.backbone.training import TRAINING_FILE
from rewards.errors import BadModel
from rewards.factories import ModelRequest

ADAPTER = Path(__file__).parent / "embedded_adapter"
"""The embedded policy: a LoRA adapter over the embedded base (see its model card)."""


def embedded(request: ModelRequest) -> LanguageModelPolicy:
    """The embedded policy, which needs no path: base and adapter come with the project."""
    if request.argument:
        raise BadModel(f"embedded takes no argument, not {request.argument!r}; use hf:PATH")
    return LanguageModelPolicy(*_model(ADAPTER), request.seed, request.prompts)


def local(request: ModelRequest) -> LanguageModelPolicy:
    """`hf:PATH`: a causal LM's folder, or the folder of an adapter that we trained."""
    return LanguageModelPolicy(*_model(folder_of(request)), request.seed, request.prompts)


def valid(request: ModelRequest) -> ValidActionsPolicy:
    """`valid:embedded` or `valid:hf:PATH`: such a model held to valid actions."""
    name, _, argument = request.argument.partition(":")
    if name == "embedded" and not argument:
        folder = ADAPTER
    elif name == "hf":
        folder = folder_of(replace(request, argument=argument))
    else:
        raise BadModel(
            "valid:POLICY holds a model in this process to valid actions: valid:embedded or "
            f"valid:hf:PATH, not valid:{request.argument}"
        )
    return ValidActionsPolicy(*_model(folder), request)


def _model(folder: Path) -> tuple[LocalChat, Style]:
    return LocalChat.from_folder(folder), style_of(folder)


def style_of(folder: Path) -> Style:
    """How the model of a folder is asked: what was trained here has seen no worked examples."""
    if folder == ADAPTER:
        return EMBEDDED
    ours = is_adapter(folder) or (folder / TRAINING_FILE).is_file()
    return TRAINED if ours else UNTRAINED
