"""What episodes are played with, as plain data: another machine can make the same player of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from agentrm_envs import Task
from agentrm_envs.prompt_tree import PromptTree
from harness.config import RunConfig
from harness.episode import Episode
from harness.policy.core import Policy
from harness.policy.registry import load as load_policy
from harness.rescore import Rescorer
from harness.runner import Play, Player
from harness.search.core import Search
from rewards.core import RewardModel
from rewards.registry import load as load_reward_model


@dataclass(frozen=True, slots=True)
class Models:
    """The models by their references, with what they draw from and look into."""

    policy: str
    """An empty name where nobody proposes, as episodes are only chosen anew."""
    rm: str
    seed: int = 0
    data: str = "builtin"
    prompts: PromptTree | None = None

    def load_policy(self) -> Policy:
        return load_policy(self.policy, seed=self.seed, data=self.data, prompts=self.prompts)

    def load_reward_model(self) -> RewardModel:
        return load_reward_model(self.rm, seed=self.seed, data=self.data, prompts=self.prompts)


@dataclass(frozen=True, slots=True)
class PlayerSpec:
    """The models, and what is done with them."""

    models: Models
    search: Search
    rescored: Mapping[Task, Episode] | None = None
    """Episodes that were played before, where only the choice among their leaves is made anew."""

    @classmethod
    def of(cls, config: RunConfig, rescored: Mapping[Task, Episode] | None = None) -> PlayerSpec:
        policy = config.policy if rescored is None else ""
        models = Models(policy, config.rm, config.seed, config.data, config.prompt_tree())
        return cls(models, config.search(), rescored)

    def play(self, policy: Policy | None, reward_model: RewardModel, deadline: float) -> Play:
        """What plays an episode within `deadline` seconds, if not 0.

        `reward_model` serves concurrent callers.
        """
        if self.rescored is not None:
            return Rescorer(self.rescored, reward_model, deadline)
        assert policy is not None
        return Player(policy, reward_model, self.search, self.models.data, deadline)
