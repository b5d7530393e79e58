"""How likely a language model finds a trajectory's actions: what the policy itself would prefer."""

from __future__ import annotations

from collections.abc import Sequence

from agentrm_envs import Trajectory
from agentrm_envs.prompt_tree import PromptTree
from rewards import chat_registry
from rewards.backbone.chat import LocalChat
from rewards.backbone.likelihood import Likelihood, action_logprobs
from rewards.backbone.reading import Reading
from rewards.errors import BadModel
from rewards.factories import ModelRequest
from rewards.metering import usage


def load(request: ModelRequest) -> LikelihoodReward:
    """`likelihood`, of the embedded base, or `likelihood:hf:PATH`."""
    chat = chat_registry.load(request.argument or "embedded")
    if not isinstance(chat, LocalChat):
        raise BadModel(
            f"likelihood needs a model in this process, as hf:PATH, not {request.argument}: "
            "a server does not say how likely a given text is"
        )
    return LikelihoodReward(chat, request.prompts)


class LikelihoodReward:
    """The mean log-probability of the tokens of all actions, in nats: 0 or less."""

    def __init__(self, chat: LocalChat, prompts: PromptTree | None = None) -> None:
        self.checksum = chat.checksum
        self._prompts = prompts
        self._chat = chat

    async def score(self, trajectories: Sequence[Trajectory]) -> list[float]:
        reading = Reading.of(trajectories, prompts=self._prompts)
        model = self._chat.model
        found, read = await model.run(
            self._chat.adapter,
            lambda engine: action_logprobs(engine, model.head, model.conversation, reading.calls),
        )
        counts = usage()
        counts.rm_calls += 1
        counts.rm_tokens += sum(read)
        return [_mean(actions) for actions in reading.in_order(found)]


def _mean(actions: Sequence[Likelihood]) -> float:
    tokens = sum(action.tokens for action in actions)
    return sum(action.log_prob for action in actions) / tokens if tokens else 0.0
