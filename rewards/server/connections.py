"""The connections to a server: kept open as long as the event loop runs, closed with it."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

import httpx2

# Pacing decides how many requests there are; and a connection is let go before the 5 s are
# over after which uvicorn (vLLM, SGLang) hangs up.
_LIMITS = httpx2.Limits(max_connections=None, max_keepalive_connections=None, keepalive_expiry=4.0)
_TIMEOUT = httpx2.Timeout(None, connect=10.0)
"""Only for connecting: the whole exchange has a deadline of its own."""


class Connections:
    """An HTTP client for the event loop that runs now."""

    def __init__(self, headers: Mapping[str, str]) -> None:
        self._headers = dict(headers)
        self._loop: asyncio.AbstractEventLoop | None = None

    def client(self) -> httpx2.AsyncClient:
        loop = asyncio.get_running_loop()
        if self._loop is not loop:
            self._loop = loop
            self._client = httpx2.AsyncClient(
                headers=self._headers, limits=_LIMITS, timeout=_TIMEOUT
            )
            self._keeper = loop.create_task(_keep(self._client))
        return self._client


async def _keep(client: httpx2.AsyncClient) -> None:
    """Close the client when the loop, at its end, cancels what still runs in it."""
    try:
        await asyncio.Event().wait()
    finally:
        await client.aclose()
