"""Policies of models that were trained on the environments elsewhere: `trained:POLICY`."""

from __future__ import annotations

from harness.policy.language_model import TRAINED, LanguageModelPolicy
from harness.policy.registry import load as load_policy
from rewards.errors import BadModel
from rewards.factories import ModelRequest


def load(request: ModelRequest) -> LanguageModelPolicy:
    """`trained:hf:PATH`, `trained:vllm:PATH` or `trained:openai:MODEL@URL`: without examples.

    A model that `harness.sft` trained is known by its folder where that can be seen. Behind a
    server, or trained by another program, it has to be said.
    """
    if not request.argument:
        raise BadModel("trained:POLICY names a language model, as in trained:openai:MODEL@URL")
    policy = load_policy(
        request.argument, seed=request.seed, data=request.data, prompts=request.prompts
    )
    if not isinstance(policy, LanguageModelPolicy):
        raise BadModel(f"trained:POLICY is for language models that speak, not {request.argument}")
    return policy.asked_as(TRAINED)
