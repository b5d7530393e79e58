"""Chat messages as token segments, one a message, by the model's own chat template."""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import Any

from agentrm_envs.chat import Message
from rewards.backbone.prefix_cache import Segment
from rewards.chat_model import parted
from rewards.errors import BadModel

_REMEMBERED = 20_000
"""Conversations whose segments are kept: a step's prefix is looked up, not rendered again."""
_PLAIN = re.compile(r"\[/?[A-Z_]+\]|<</?SYS>>")
"""What templates like Llama 2's part messages with, though it is no token of its own."""


class ConversationTokens:
    """Turns conversations into paths of segments; longer ones extend the paths of shorter."""

    def __init__(self, tokenizer: Any) -> None:
        self._tokenizer = tokenizer
        self._markup = _beginnings(_markup_of(tokenizer))
        self._known: OrderedDict[tuple[tuple[str, str], ...], tuple[str, list[Segment]]]
        self._known = OrderedDict()

    def read_path(self, messages: Sequence[Message]) -> list[Segment]:
        """The whole conversation, each message closed as the template closes it."""
        return self._path(tuple((m["role"], m["content"]) for m in messages))[1]

    def reply_path(self, messages: Sequence[Message]) -> list[Segment]:
        """The conversation followed by the opening of the assistant's next message."""
        key = tuple((m["role"], m["content"]) for m in messages)
        path = self._path(key)[1]
        opening = self._opening_after(key)
        return [*path, opening] if opening else path

    def reply_text(self, messages: Sequence[Message]) -> str:
        """The text of `reply_path`."""
        key = tuple((m["role"], m["content"]) for m in messages)
        return self._render(key, add_generation_prompt=True)

    def reply(self, text: str) -> Segment:
        """The tokens of an assistant's message, without what the template puts around them."""
        return self._encode(self._defused(text))

    def said(self, messages: Sequence[Message]) -> list[range]:
        """For each message the tokens of its segment in `read_path` that the policy says.

        What the template puts before and after a reply is not the policy's to say, but for the
        token that ends it; of other messages it says nothing. Raises `BadModel` where the
        template rewrites earlier messages, so that no segment is a message's own.
        """
        path = self.read_path(messages)
        if len(path) != len(messages):
            raise BadModel(
                "the model's chat template rewrites earlier messages of a conversation, so what "
                "was said in each cannot be told; use a model whose template does not"
            )
        return [
            self._said(segment) if message["role"] == "assistant" else range(0)
            for message, segment in zip(messages, path, strict=True)
        ]

    @cached_property
    def closing(self) -> int | None:
        """The token that ends a reply: the control token that the template puts after it.

        Of many models it is not the tokenizer's own end of a text, `eos_token`.
        """
        said = "said"
        messages = [{"role": "user", "content": ""}, {"role": "assistant", "content": said}]
        text: str = self._tokenizer.apply_chat_template(messages, tokenize=False)
        added = self._tokenizer.added_tokens_decoder
        after = self._encode(text.rpartition(said)[2])
        return next((id for id in after if id in added and added[id].special), None)

    def _said(self, segment: Segment) -> range:
        stops = {self._tokenizer.eos_token_id, self.closing}
        ends = [i for i, id in enumerate(segment) if id in stops]
        # A template may open a reply that is asked for with more than it keeps of one that is
        # over, as an empty thought.
        begin = in_common(self._opening, segment)
        return range(begin, ends[-1] + 1 if ends else len(segment))

    @cached_property
    def _opening(self) -> Segment:
        """What the template puts before a reply that is asked for."""
        return self._opening_after((("user", ""),))

    def _opening_after(self, key: tuple[tuple[str, str], ...]) -> Segment:
        text, _ = self._path(key)
        return self._encode(self._render(key, add_generation_prompt=True)[len(text) :])

    def _path(self, key: tuple[tuple[str, str], ...]) -> tuple[str, list[Segment]]:
        if key in self._known:
            self._known.move_to_end(key)
            return self._known[key]
        text = self._render(key)
        # Shorter ones first, from the longest that is known: long conversations nest deeply.
        known = next((n for n in range(len(key) - 1, 0, -1) if key[:n] in self._known), 0)
        for length in range(known + 1, len(key)):
            self._path(key[:length])
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
        messages = [{"role": role, "content": self._defused(content)} for role, content in key]
        text: str = self._tokenizer.apply_chat_template(messages, tokenize=False, **options)
        return text

    def _encode(self, text: str) -> Segment:
        return tuple(self._tokenizer.encode(text, add_special_tokens=False))

    def _defused(self, content: str) -> str:
        """The content with control tokens parted: text cannot close its message."""
        return self._markup.sub(r"\g<0> ", parted(content))


def in_common(one: Sequence[object], other: Sequence[object]) -> int:
    """How many items two sequences, as of tokens, begin with alike."""
    pairs = enumerate(zip(one, other, strict=False))
    return next((i for i, (a, b) in pairs if a != b), min(len(one), len(other)))


def _markup_of(tokenizer: Any) -> set[str]:
    """The special tokens as text, and what else the chat template sets messages apart by."""
    added = tokenizer.added_tokens_decoder.values()
    special = {token.content for token in added if token.special}
    plain = _PLAIN.findall(str(tokenizer.chat_template))
    return {*special, *tokenizer.all_special_tokens, *plain}


def _beginnings(markup: Iterable[str]) -> re.Pattern[str]:
    """Matches the first character of each place where one of these begins, also within another.

    One of a single character, or of spaces, is not to be taken apart by a space.
    """
    begun = [
        f"{re.escape(each[0])}(?={re.escape(each[1:])})"
        for each in sorted(markup)
        if each[1:].strip()
    ]
    return re.compile("|".join(begun) or "(?!)")
