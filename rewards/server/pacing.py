"""How many requests are under way at once: as many as the server bears."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

START = 16
MOST = 256


class Pacing:
    """Additive increase, multiplicative decrease, as in TCP's congestion control.

    A round of successes lets one more request in; a server that has too much to do halves them.
    """

    def __init__(self, start: int = START, most: int = MOST) -> None:
        self.limit = float(start)
        self._most = most
        self._under_way = 0
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._halved = self._resume = time.monotonic()

    @asynccontextmanager
    async def slot(self) -> AsyncIterator[None]:
        """A place among the requests under way, in the order of asking."""
        await self._enter()
        try:
            await asyncio.sleep(max(0.0, self._resume - time.monotonic()))
            yield
        finally:
            self._leave()

    def succeeded(self) -> None:
        """A request was served; the limit only grows where it is what holds requests back."""
        if self._under_way >= int(self.limit):
            self.limit = min(self._most, self.limit + 1 / self.limit)
            self._admit()

    def overloaded(self, began: float) -> None:
        """The server had too much to do for a request that began at `began` (monotonic).

        Requests that were under way together are one sign of it, not many.
        """
        if began >= self._halved:
            self.limit = max(1.0, self.limit / 2)
            self._halved = time.monotonic()

    def pause(self, seconds: float) -> None:
        """No request begins for so long."""
        self._resume = max(self._resume, time.monotonic() + seconds)

    async def _enter(self) -> None:
        if self._under_way < int(self.limit):
            self._under_way += 1
            return
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append(turn)
        try:
            await turn
        except asyncio.CancelledError:
            if not turn.cancelled():  # it had been let in already
                self._leave()
            raise

    def _leave(self) -> None:
        self._under_way -= 1
        self._admit()

    def _admit(self) -> None:
        while self._waiting and self._under_way < int(self.limit):
            turn = self._waiting.popleft()
            if not turn.done():
                self._under_way += 1
                turn.set_result(None)
