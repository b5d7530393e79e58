"""Asking one server over HTTP until it answers, within bounds of time."""

from __future__ import annotations

import asyncio
import json
import logging
import random
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, TypeVar

import httpx2

from rewards.server.connections import Connections
from rewards.server.errors import BadReply, ServerRefused, ServerUnavailable
from rewards.server.outage import Outage
from rewards.server.pacing import Pacing

Result = TypeVar("Result")

_LOG = logging.getLogger(__name__)
_BUSY = {429, 503, 529}
_PASSING = {408, 409, 425, 429}
"""Statuses below 500 that say nothing about the request itself."""
_TELL = 4
"""The try whose failure is told: the shortest troubles are not."""
_LARGEST = 16 * 2**20
"""Bytes of a reply at most."""


@dataclass(frozen=True, slots=True)
class Patience:
    """How long to wait, in seconds."""

    answer: float = 300.0
    """For the whole answer to a request that was sent."""
    outage: float = 600.0
    """For a usable answer to anyone, from the first that was none: long enough to start a server
    again. Where it answers others, for a request that it neither answers nor puts off."""
    first: float = 0.5
    """Before asking again; doubled each time."""
    longest: float = 30.0


PATIENT = Patience()


class Client:
    """Posts JSON to one URL; many calls at once share its connections and its pacing."""

    def __init__(self, url: str, key: str, patience: Patience) -> None:
        self._url = url
        self._key = key
        self._patience = patience
        self._connections = Connections({"Authorization": f"Bearer {key}"} if key else {})
        self._pacing = Pacing()
        self._outage = Outage(patience.outage)

    async def post(self, body: Mapping[str, Any], read: Callable[[bytes], Result]) -> Result:
        """What `read` makes of the answer; it raises BadReply for one that is none.

        Raises ServerRefused at once, ServerUnavailable when patience is at its end.
        """
        payload = json.dumps(body).encode()
        draws = random.Random(payload)
        lost, tries = 0.0, 0
        while True:
            try:
                return await self._attempt(payload, read)
            except ServerUnavailable as error:
                tries += 1
                wait = error.wait or self._backoff(tries, draws)
                # Whom the server puts off, it serves when it has served the others.
                if not error.put_off:
                    lost += wait + (error.took if lost else 0.0)
                self._check_patience(error, lost, wait)
                self._pacing.pause(error.wait)
                self._tell(error, tries)
            await asyncio.sleep(wait)

    async def _attempt(self, payload: bytes, read: Callable[[bytes], Result]) -> Result:
        async with self._pacing.slot():
            began = time.monotonic()
            try:
                result = self._result(await self._exchange(payload), read)
            except ServerUnavailable as error:
                self._note_failure(error, began)
                raise
            self._pacing.succeeded()
            self._outage.succeeded()
            return result

    async def _exchange(self, payload: bytes) -> _Answer:
        client = self._connections.client()
        headers = {"Content-Type": "application/json"}
        try:
            async with (
                asyncio.timeout(self._patience.answer),
                client.stream("POST", self._url, content=payload, headers=headers) as response,
            ):
                wait = _seconds(response.headers.get("Retry-After", ""))
                return _Answer(response.status_code, wait, await _bounded(response))
        except TimeoutError as error:
            raise ServerUnavailable(
                f"no answer within {self._patience.answer:g} s", busy=True
            ) from error
        except httpx2.HTTPError as error:
            raise ServerUnavailable(f"{type(error).__name__}: {error}") from error

    def _result(self, answer: _Answer, read: Callable[[bytes], Result]) -> Result:
        status = answer.status
        if status == 200:
            try:
                return read(answer.body)
            except BadReply as error:
                raise ServerUnavailable(f"its answer is not a reply: {error}") from error
        if status in _PASSING or status >= 500:
            message = f"HTTP {status}: {self._shown(answer.body)}"
            busy = status in _BUSY
            raise ServerUnavailable(message, busy=busy, put_off=busy, wait=answer.wait)
        if status in {401, 403}:
            raise ServerRefused(
                f"{self._url} does not accept the key (HTTP {status}): set AGENTRM_API_KEY, "
                "or for OpenAI itself OPENAI_API_KEY"
            )
        raise ServerRefused(f"{self._url} refuses (HTTP {status}): {self._shown(answer.body)}")

    def _shown(self, body: bytes) -> str:
        """The beginning of a body for an error: one printable line, without the key."""
        text = body.decode(errors="replace")
        if self._key:
            text = text.replace(self._key, "[key]")
        return "".join(filter(str.isprintable, " ".join(text[:2000].split())))[:300]

    def _backoff(self, tries: int, draws: random.Random) -> float:
        """Exponential, with a jitter that is the request's own."""
        longest = min(self._patience.longest, self._patience.first * 2.0 ** min(tries - 1, 20))
        return longest * draws.uniform(0.5, 1.0)

    def _check_patience(self, error: ServerUnavailable, lost: float, wait: float) -> None:
        """Raise where the server has failed everyone, or this call, for too long.

        `lost` is what the call has spent since it first failed, `wait` included. Its time in our
        own queue is not part of it: there the server serves others.
        """
        failing = max(self._outage.seconds + wait, lost)
        if failing > self._patience.outage:
            asked = f" and asks to wait {error.wait:.0f} s" if error.wait else ""
            raise ServerUnavailable(
                f"{self._url} has given no usable answer for {failing - wait:.0f} s{asked}; "
                f"the last was: {error}. When it runs again, --resume goes on"
            ) from error

    def _note_failure(self, error: ServerUnavailable, began: float) -> None:
        error.took = time.monotonic() - began
        if error.busy:
            self._pacing.overloaded(began)
        self._outage.failed(began, error.wait)

    def _tell(self, error: ServerUnavailable, tries: int) -> None:
        """Say once of a trouble that it lasts."""
        if tries >= _TELL and self._outage.is_news(busy=error.busy):
            _LOG.warning("%s: %s; asking again", self._url, error)


@dataclass(frozen=True, slots=True)
class _Answer:
    status: int
    wait: float
    body: bytes


async def _bounded(response: httpx2.Response) -> bytes:
    body = bytearray()
    async for part in response.aiter_bytes():
        body += part
        if len(body) > _LARGEST:
            raise ServerUnavailable(f"its answer is over {_LARGEST} bytes")
    return bytes(body)


def _seconds(retry_after: str) -> float:
    """What a Retry-After header says: seconds, or a date; 0 where it says neither."""
    if re.fullmatch(r"\d+(\.\d+)?", retry_after):
        return float(retry_after)
    try:
        then = parsedate_to_datetime(retry_after).astimezone(UTC)
    except (ValueError, OverflowError):
        return 0.0
    return max(0.0, (then - datetime.now(UTC)).total_seconds())
