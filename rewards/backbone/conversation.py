"""Chat messages as token segments, one a message, by the model's own chat template."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from typing import Any

from agentrm_envs.chat import Message
from rewards.backbone.prefix_cache import Segment

_REMEMBERED = 20_000
"""Conversations whose segments are kept: a step's prefix is looked up, not rendered again."""


class ConversationTokens:
    """Turns conversations into paths of segments; longer ones extend the paths of shorter."""

    def __init__(self, tokenizer: Any) -> None:
        self._tokenizer = tokenizer
        self._known: OrderedDict[tuple[tuple[str, str], ...], tuple[str, list[Segment]]]
        self._known = OrderedDict()

    def read_path(self, messages: Sequence[Message]) -> list[Segment]:
        """The whole conversation, each message closed as the template closes it."""
        return self._path(tuple((m["role"], m["content"]) for m in messages))[1]

    def reply_path(self, messages: Sequence[Message]) -> list[Segment]:
        """The conversation followed by the opening of the assistant's next message."""
        key = tuple((m["role"], m["content"]) for m in messages)
        text, path = self._path(key)
        opened = self._render(key, add_generation_prompt=True)
        return [*path, self._encode(opened[len(text) :])]

    def _path(self, key: tuple[tuple[str, str], ...]) -> tuple[str, list[Segment]]:
        if key in self._known:
            self._known.move_to_end(key)
            return self._known[key]
        text = self._render(key)
        before, path = self._path(key[:-1]) if len(key) > 1 else ("", [])
        if text.startswith(before):
            path = [*path, self._encode(text[len(before) :])]
        else:  # a template that rewrites earlier messages: no prefix to share
            path = [self._encode(text)]
        self._known[key] = (text, path)
        if len(self._known) > _REMEMBERED:
            self._known.popitem(last=False)
        return text, path

    def _render(self, key: tuple[tuple[str, str], ...], **options: Any) -> str:
        messages = [{"role": role, "content": _defused(content)} for role, content in key]
        text: str = self._tokenizer.apply_chat_template(messages, tokenize=False, **options)
        return text

    def _encode(self, text: str) -> Segment:
        return tuple(self._tokenizer.encode(text, add_special_tokens=False))


def _defused(content: str) -> str:
    """The content with the brackets of control tokens parted: text cannot close its message."""
    return content.replace("<|", "< |").replace("|>", "| >")
