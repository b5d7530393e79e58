"""A language model that chooses among the actions that its environment says are valid."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from agentrm_envs import Action, Trajectory
from agentrm_envs.chat import Message, completion, render
from harness.policy.follower import Follower
from harness.policy.language_model import TEMPERATURE, Style, draw_seed, taken
from rewards.chat_model import ChatModel, Replies, remembered
from rewards.factories import ModelRequest


class ChoosingChat(ChatModel, Protocol):
    """A chat model whose replies can be held to some texts."""

    async def choose(
        self,
        messages: Sequence[Message],
        choices: Sequence[str],
        seeds: Sequence[int],
        *,
        temperature: float,
    ) -> Replies:
        """One of the choices for each seed, by the model's chances among them."""
        ...


class ValidActionsPolicy:
    """Proposes valid actions only: constrained decoding over what the environment lists.

    The list is the environment's own `valid_actions`, which the upstream tasks show an agent
    only when it asks: so this policy knows more than one that speaks freely, and the two are
    different systems. Where nothing is listed the model speaks freely.
    """

    def __init__(self, chat: ChoosingChat, style: Style, request: ModelRequest) -> None:
        self.checksum = chat.checksum
        self._chat = chat
        self._style = style
        self._request = request
        self._follower = Follower(request.data)

    @property
    def capacity(self) -> int | None:
        return remembered(self._chat)

    async def propose(
        self, trajectory: Trajectory, n: int, *, temperature: float | None = None
    ) -> list[Action]:
        replies = await self._replies(
            trajectory,
            [draw_seed(self._request.seed, trajectory, index) for index in range(n)],
            TEMPERATURE if temperature is None else temperature,
        )
        return taken(replies)

    async def _replies(
        self, trajectory: Trajectory, seeds: Sequence[int], temperature: float
    ) -> Replies:
        style, prompts = self._style, self._request.prompts
        messages = render(trajectory, examples=style.examples, prompts=prompts)
        valid = await self._follower.look(trajectory, lambda env: env.valid_actions())
        if not valid:
            limit = style.limit
            return await self._chat.reply(messages, seeds, temperature=temperature, limit=limit)
        choices = [completion(Action(text)) for text in valid]
        return await self._chat.choose(messages, choices, seeds, temperature=temperature)
