"""The interface of a language model that answers a conversation, wherever it runs.

Policies and judges are written against it; a local model and a server are two of its kinds.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from agentrm_envs.chat import Message


@dataclass(frozen=True, slots=True)
class Replies:
    """What a chat model said to one conversation."""

    texts: list[str]
    """One a seed, in the order of the seeds, without special tokens."""
    read: int
    """Prompt tokens that had to be read: those of cached prefixes do not count."""
    written: int
    """Tokens of all replies."""


class ChatModel(Protocol):
    """Continues conversations."""

    @property
    def checksum(self) -> str:
        """Names the weights, or the server and model, for a run's manifest."""
        ...

    async def reply(
        self,
        messages: Sequence[Message],
        seeds: Sequence[int],
        *,
        temperature: float,
        limit: int,
    ) -> Replies:
        """A reply for each seed, of at most `limit` tokens; temperature 0 takes the likeliest.

        Concurrent calls share batches or connections.
        """
        ...


def parted(content: str) -> str:
    """A message's content whose brackets with a bar are no chat markup: `<|` becomes `< |`.

    Titles of pages and echoes of actions are another's words, and many a tokenizer would take
    `<|im_end|>` in them for the end of the message. It is parted for every model, as ours were
    trained on it so.
    """
    return content.replace("<|", "< |").replace("|>", "| >")


def remembered(model: object) -> int | None:
    """How many tokens of prefixes a model in this process can keep at once, by its `capacity`.

    None where it does not say: it keeps them elsewhere, or none.
    """
    capacity: int | None = getattr(model, "capacity", None)
    return capacity
