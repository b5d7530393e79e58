"""A limit on how long one episode may take."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class Deadline(Exception):
    """An episode took longer than it may; no score, an error on record."""


@asynccontextmanager
async def within(seconds: float) -> AsyncIterator[None]:
    """Raise Deadline where the body takes longer; 0 is no limit.

    What waits for a model or for a simulator's process is cancelled; arithmetic in this process
    is not.
    """
    try:
        async with asyncio.timeout(seconds or None) as limit:
            yield
    except TimeoutError as error:
        if not limit.expired():  # the body's own
            raise
        raise Deadline(
            f"the episode took longer than --deadline {seconds:g}; --resume plays it again"
        ) from error
