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

DESCRIPTIONS = {
    "none": "the same number for all: the search keeps what the policy drew first",
    "random": "a random number for each trajectory: the floor",
    "oracle": "the environment's own score: a ceiling, not a result",
    "longest": "the number of steps",
    "shortest": "its negative: a baseline that is hard to beat where success ends an episode",
    "majority": "self-consistency: how much a candidate's actions agree with its rivals'",
    "likelihood": "the mean log-probability of the actions' tokens; likelihood:hf:PATH",
    "ensemble": "the mean of several models' standings; ensemble:explicit+judge",
    "ensemble-min": "the least of them; ensemble-min:explicit+judge",
    "explicit": "a language model with a scalar head, the embedded one or explicit:PATH",
    "vllm": "what explicit takes, computed by vLLM; vllm:PATH",
    "judge": "a chat model that compares candidates, untrained; judge:openai:MODEL@URL",
    "implicit": "a policy against its reference, by log-ratios, the embedded one or implicit:PATH",
}
"""What the built-in ones say of a trajectory, in a line each."""


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
