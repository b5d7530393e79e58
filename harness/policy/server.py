"""Policies whose language model a server runs: `openai:MODEL@BASE_URL`."""

from __future__ import annotations

from harness.policy.language_model import UNTRAINED, LanguageModelPolicy
from rewards import openai_chat
from rewards.factories import ModelRequest


def load(request: ModelRequest) -> LanguageModelPolicy:
    """The model is taken as one that was not trained on the environments: it sees an example."""
    chat = openai_chat.load(request)
    return LanguageModelPolicy(chat, UNTRAINED, request.seed, request.prompts)
