"""A model behind a server that speaks the OpenAI interface.

vLLM, SGLang, llama.cpp, TGI and commercial servers do. The server applies the chat template; or
this process does, and the server continues the text.
"""

from __future__ import annotations

import asyncio
import os
import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from agentrm_envs.chat import Message
from rewards.backbone.base import cache_folder
from rewards.chat_model import Replies, parted
from rewards.errors import BadSetting
from rewards.factories import ModelRequest
from rewards.metering import usage
from rewards.server.address import Address
from rewards.server.client import PATIENT, Client, Patience
from rewards.server.completion import Completion, parse
from rewards.server.dialect import Dialect, Question
from rewards.server.errors import ServerRefused
from rewards.server.layout import Layout
from rewards.server.prices import FREE, Price, price_of
from rewards.server.reply_cache import ReplyCache, digest

_NOTHING = Completion([], 0, 0, 0)
_SEEDS = 2**31
"""Servers take seeds of 31 bits at least."""


def load(request: ModelRequest) -> OpenAIChat:
    """`openai:MODEL@BASE_URL`, with what the environment says of its key, cache and price."""
    address = Address.parse(request.argument)
    table = os.environ.get("AGENTRM_PRICES", "")
    return OpenAIChat(
        address,
        patience=_patience(),
        cache=_cache(),
        price=price_of(address.model, Path(table)) if table else FREE,
        layout=Layout(Path(address.template).expanduser()) if address.template else None,
    )


class OpenAIChat:
    """Asks a server for replies, and remembers them.

    Each reply is asked for with its own seed, in a request of its own: it is then the same
    whatever else is asked for beside it, and servers find the prompt in their prefix cache.
    The likeliest reply, of temperature 0, is asked and paid for once: it is the same for all.
    With `seeds=off` the replies to a conversation are asked for in one request, so that the
    prompt is paid for once; they then differ from run to run, but for those in the cache.
    """

    def __init__(
        self,
        address: Address,
        *,
        patience: Patience = PATIENT,
        cache: ReplyCache | None = None,
        price: Price = FREE,
        layout: Layout | None = None,
    ) -> None:
        self.checksum = f"{address} {layout.checksum}" if layout else str(address)
        self._address = address
        self._layout = layout
        path = "completions" if layout else "chat/completions"
        self._client = Client(f"{address.base_url}/{path}", address.key(), patience)
        self._dialect = Dialect(address.model, layout.stop if layout else ())
        self._cache = cache
        self._price = price

    async def reply(
        self,
        messages: Sequence[Message],
        seeds: Sequence[int],
        *,
        temperature: float,
        limit: int,
    ) -> Replies:
        drawn = seeds if temperature else [0] * len(seeds[:1])  # the likeliest needs no seed
        groups = [[seed] for seed in drawn] if self._address.seeds else [drawn]
        completions = await asyncio.gather(
            *[self._answer(messages, group, temperature, limit) for group in groups if group]
        )
        total = sum(completions, start=_NOTHING)
        usage().charge_micros += sum(map(self._price.micros, completions))
        texts = total.texts if temperature else total.texts * len(seeds)
        return Replies(texts, total.prompt - total.cached, total.written)

    async def _answer(
        self, messages: Sequence[Message], seeds: Sequence[int], temperature: float, limit: int
    ) -> Completion:
        """One reply a seed: as it was given before, or else from the server."""
        told = [Message(role=each["role"], content=parted(each["content"])) for each in messages]
        said = self._layout.prompt(told) if self._layout else told
        name = digest([self.checksum, said, list(seeds), temperature, limit])
        known = self._cache and self._cache.read(name)
        if known and len(known.texts) == len(seeds):
            return known
        seed = seeds[0] % _SEEDS if self._address.seeds else None
        question = Question(said, len(seeds), seed, temperature, limit)
        completion = await self._ask(question)
        if self._cache:
            self._cache.write(name, completion)
        return completion

    async def _ask(self, question: Question) -> Completion:
        """All replies to a question, in as many requests as it takes with this server."""
        first = await self._request(question)
        missing = question.count - len(first.texts)
        if missing > 0:
            self._dialect.many = False
        one = replace(question, count=1)
        rest = await asyncio.gather(*[self._request(one) for _ in range(missing)])
        total = sum(rest, start=first)
        return replace(total, texts=total.texts[: question.count])

    async def _request(self, question: Question) -> Completion:
        while True:
            body = self._dialect.body(question)
            try:
                return await self._client.post(body, parse)
            except ServerRefused as refusal:
                self._dialect.learn(str(refusal), body)
                if self._dialect.body(question) == body:
                    raise


def _cache() -> ReplyCache | None:
    """In the user's cache folder; `AGENTRM_REPLY_CACHE` names another, or is `off`."""
    chosen = os.environ.get("AGENTRM_REPLY_CACHE", "")
    if chosen == "off":
        return None
    return ReplyCache(Path(chosen).expanduser() if chosen else cache_folder() / "replies")


def _patience() -> Patience:
    """`AGENTRM_SERVER_PATIENCE` has the seconds that an outage may last."""
    text = os.environ.get("AGENTRM_SERVER_PATIENCE", "")
    if not text:
        return PATIENT
    if not re.fullmatch(r"\d+(\.\d+)?", text):
        raise BadSetting(f"AGENTRM_SERVER_PATIENCE is a number of seconds, not {text!r}")
    return Patience(outage=float(text))
