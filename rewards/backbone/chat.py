"""A causal language model in this process as a chat model."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from agentrm_envs.chat import Message
from rewards.backbone.adapters import BASE, is_adapter, read_adapter
from rewards.backbone.base import embedded_base
from rewards.backbone.continuations import Wish
from rewards.backbone.engine import Engine
from rewards.backbone.language_model import (
    LanguageModel,
    base_of,
    folder_checksum,
    model_checksum,
    shared,
    shared_base,
)
from rewards.backbone.model_folder import model_folder
from rewards.backbone.proposals import continue_all
from rewards.backbone.token_tree import TokenTree
from rewards.batching import Batcher, portions
from rewards.chat_model import Replies
from rewards.errors import BadModel
from rewards.factories import ModelRequest

_BATCH = 24
"""Requests that are answered together at most: each has a copy of its prefix meanwhile."""


def load(request: ModelRequest) -> LocalChat:
    """`hf:PATH`: a causal LM's folder, or the folder of an adapter that we trained."""
    return LocalChat.from_folder(folder_of(request))


def load_base(request: ModelRequest) -> LocalChat:
    """`embedded`: the embedded base as it is, without any adapter."""
    if request.argument:
        raise BadModel(f"embedded takes no argument, not {request.argument!r}; use hf:PATH")
    return LocalChat(shared_base(), BASE, folder_checksum(embedded_base()))


def folder_of(request: ModelRequest) -> Path:
    """The folder that `hf:PATH` names, or that of `hf:OWNER/NAME` in the hub's cache."""
    folder = model_folder(request.argument) if request.argument else None
    if folder is None:
        raise BadModel(
            "hf:PATH needs the folder of a causal language model, or a name that "
            f"`hf download NAME` put in the hub's cache, not {request.argument!r}"
        )
    return folder


class LocalChat:
    """Says what a language model says next; concurrent callers share its batches."""

    def __init__(self, model: LanguageModel, adapter: str, checksum: str) -> None:
        self.checksum = checksum
        self.model = model
        self.adapter = adapter
        self._reply = Batcher[Wish, Replies](self._reply_all, _BATCH)

    @property
    def capacity(self) -> int:
        """Tokens of prefixes that can be kept at once."""
        return self.model.engine(self.adapter).capacity

    @classmethod
    def from_folder(cls, folder: Path) -> LocalChat:
        """Of a whole model's folder, or of an adapter's, which finds the model below it."""
        if not is_adapter(folder):
            return cls(shared(folder), BASE, model_checksum(folder))
        adapter = read_adapter(folder)
        model = base_of(adapter)
        model.add(adapter)
        return cls(model, adapter.name, model_checksum(folder))

    async def reply(
        self,
        messages: Sequence[Message],
        seeds: Sequence[int],
        *,
        temperature: float,
        limit: int,
    ) -> Replies:
        path = self.model.conversation.reply_path(messages)
        return await self._reply(Wish(path, seeds, temperature, limit))

    async def choose(
        self,
        messages: Sequence[Message],
        choices: Sequence[str],
        seeds: Sequence[int],
        *,
        temperature: float,
    ) -> Replies:
        """One of the choices for each seed: token by token the likeliest of them, or a draw.

        Raises `ValueError` where there are none, or one is empty.
        """
        conversation = self.model.conversation
        replies = [conversation.reply(choice) for choice in choices]
        if not replies or not all(replies):
            raise ValueError(f"a choice needs replies that are not empty, not {choices!r}")
        longest = max(map(len, replies))
        path, tree = conversation.reply_path(messages), TokenTree.of(replies)
        return await self._reply(Wish(path, seeds, temperature, longest, tree))

    async def _reply_all(self, wishes: Sequence[Wish]) -> list[Replies]:
        def work(engine: Engine) -> list[Replies]:
            fitting = portions(wishes, _tokens, engine.capacity // 2)
            return [reply for some in fitting for reply in self._continue(engine, some)]

        return await self.model.run(self.adapter, work)

    def _continue(self, engine: Engine, wishes: Sequence[Wish]) -> list[Replies]:
        model = self.model
        replies, read = continue_all(engine, model.head, wishes, stop=model.stop)
        return [
            Replies([self._text(tokens) for tokens in own], count, sum(map(len, own)))
            for own, count in zip(replies, read, strict=True)
        ]

    def _text(self, tokens: Sequence[int]) -> str:
        text: str = self.model.tokenizer.decode(tokens, skip_special_tokens=True)
        return text


def _tokens(wish: Wish) -> int:
    return sum(map(len, wish.path))
