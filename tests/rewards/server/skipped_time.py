"""Hours of waiting in a moment: an event loop whose clock jumps to what is due next."""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Coroutine
from types import SimpleNamespace
from typing import Any, TypeVar

from rewards.server import client, outage, pacing

Result = TypeVar("Result")


class SkippedTime:
    """A clock that only waiting moves, in the loop and in the modules that talk to servers."""

    def __init__(self, monkeypatch) -> None:
        self.now = 1_000.0
        for module in (client, outage, pacing):
            monkeypatch.setattr(module, "time", SimpleNamespace(monotonic=lambda: self.now))

    def run(self, main: Coroutine[Any, Any, Result]) -> Result:
        with asyncio.Runner(loop_factory=lambda: _Loop(self)) as runner:
            return runner.run(main)


class _Loop(asyncio.SelectorEventLoop):
    def __init__(self, clock: SkippedTime) -> None:
        self._clock = clock
        super().__init__(_Selector(clock))

    def time(self) -> float:
        return self._clock.now


class _Selector(selectors.SelectSelector):
    def __init__(self, clock: SkippedTime) -> None:
        super().__init__()
        self._clock = clock

    def select(self, timeout: float | None = None):
        assert timeout is not None, "nothing is due: whoever waits would wait for ever"
        self._clock.now += timeout
        return super().select(0)
