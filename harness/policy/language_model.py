"""A chat model as a policy, wherever it runs."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from agentrm_envs import Action, Trajectory
from agentrm_envs.chat import parse_action, render
from agentrm_envs.prompt_tree import PromptTree
from rewards.chat_model import ChatModel, Replies, remembered
from rewards.metering import usage

TEMPERATURE = 0.7
"""Where a search names none."""


@dataclass(frozen=True, slots=True)
class Style:
    """How a policy is asked."""

    examples: int
    """Worked examples in the prompt, for models that were not trained on the environments."""
    limit: int
    """Tokens of a completion at most."""


EMBEDDED = Style(examples=0, limit=40)
"""It was trained on commands alone, which are short."""
TRAINED = Style(examples=0, limit=128)
UNTRAINED = Style(examples=1, limit=256)


class LanguageModelPolicy:
    """Proposes what a language model says next to the conversation so far."""

    def __init__(
        self, chat: ChatModel, style: Style, seed: int, prompts: PromptTree | None = None
    ) -> None:
        self.checksum = chat.checksum
        self._chat = chat
        self._style = style
        self._seed = seed
        self._prompts = prompts

    def asked_as(self, style: Style) -> LanguageModelPolicy:
        """The same model, asked in another way."""
        return LanguageModelPolicy(self._chat, style, self._seed, self._prompts)

    @property
    def capacity(self) -> int | None:
        return remembered(self._chat)

    async def propose(
        self, trajectory: Trajectory, n: int, *, temperature: float | None = None
    ) -> list[Action]:
        replies = await self._chat.reply(
            render(trajectory, examples=self._style.examples, prompts=self._prompts),
            [draw_seed(self._seed, trajectory, index) for index in range(n)],
            temperature=TEMPERATURE if temperature is None else temperature,
            limit=self._style.limit,
        )
        return taken(replies)


def taken(replies: Replies) -> list[Action]:
    """The actions that replies name; what they cost is counted on the way."""
    counts = usage()
    counts.policy_calls += 1
    counts.policy_tokens += replies.read + replies.written
    completions = [text.strip() for text in replies.texts]
    return [Action(parse_action(completion), completion) for completion in completions]


def draw_seed(seed: int, trajectory: Trajectory, index: int) -> int:
    """The seed of one proposal: of the run's seed, the task, the actions so far and its index."""
    digest = hashlib.sha256(
        f"{seed}\0{trajectory.task.env}\0{trajectory.task.id}\0{index}".encode()
    )
    for step in trajectory.steps:
        digest.update(b"\0" + step.action.text.encode())
    return int.from_bytes(digest.digest()[:8], "big")
