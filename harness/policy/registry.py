"""Which policies there are and how to make one."""

from __future__ import annotations

from agentrm_envs.prompt_tree import PromptTree
from harness.policy.core import Policy
from rewards.factories import Factories

POLICIES: Factories[Policy] = Factories(
    kind="policy",
    group="agentrm.policies",
    table={
        "embedded": "harness.policy.local:embedded",
        "hf": "harness.policy.local:local",
        "vllm": "harness.policy.vllm:load",
        "openai": "harness.policy.server:load",
        "trained": "harness.policy.trained:load",
        "valid": "harness.policy.local:valid",
        "random": "harness.policy.random:load",
        "expert": "harness.policy.expert:load",
    },
    light=frozenset({"openai", "random", "expert"}),
    plain=frozenset({"random"}),
)
"""Each name refers to a function from a `ModelRequest` to a `Policy`."""


def names() -> list[str]:
    """Every policy's name."""
    return POLICIES.names()


def load(
    reference: str, *, seed: int = 0, data: str = "builtin", prompts: PromptTree | None = None
) -> Policy:
    """The policy that `name` or `name:argument` refers to, as in `hf:models/llama`."""
    return POLICIES.make(reference, seed=seed, data=data, prompts=prompts)
