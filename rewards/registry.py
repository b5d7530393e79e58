"""Which reward models there are and how to make one."""

from __future__ import annotations

import sys

from agentrm_envs.prompt_tree import PromptTree
from rewards.core import RewardModel
from rewards.factories import Factories

REWARD_MODELS: Factories[RewardModel] = Factories(
    kind="reward model",
    group="agentrm.reward_models",
    table={
        "none": "rewards.baselines:no_reward",
        "random": "rewards.baselines:random_reward",
        "oracle": "rewards.baselines:oracle_reward",
        "longest": "rewards.baselines:longest",
        "shortest": "rewards.baselines:shortest",
        "majority": "rewards.baselines:majority",
        "likelihood": "rewards.likelihood:load",
        "ensemble": "rewards.ensemble:mean",
        "ensemble-min": "rewards.ensemble:minimum",
        "explicit": "rewards.explicit:load",
        "vllm": "rewards.vllm.values:load",
        "judge": "rewards.judge:load",
        "implicit": "rewards.implicit:load",
    },
    light=frozenset({"none", "random", "oracle", "longest", "shortest", "majority"}),
    plain=frozenset({"none", "random", "oracle", "longest", "shortest"}),
)
"""Each name refers to a function from a `ModelRequest` to a `RewardModel`."""


def names() -> list[str]:
    """Every reward model's name."""
    return REWARD_MODELS.names()


def load(
    reference: str, *, seed: int = 0, data: str = "builtin", prompts: PromptTree | None = None
) -> RewardModel:
    """The reward model that `name` or `name:argument` refers to, as in `explicit:models/rm`."""
    return REWARD_MODELS.make(reference, seed=seed, data=data, prompts=prompts)


def forget_loaded() -> None:
    """Let go of the language models that this process keeps for the next reward model."""
    if backbone := sys.modules.get("rewards.backbone.language_model"):
        backbone.shared.cache_clear()
