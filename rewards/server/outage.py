"""Since when a server answers nobody, whoever asks it."""

from __future__ import annotations

import time

QUIET = 60.0
"""Seconds without a failure after which the next is the beginning of something else: more than
any call waits of its own accord before it asks again."""


class Outage:
    """The failures of one server, for all calls together.

    A success ends an outage, and so does a while in which nobody asked: what is not asked may
    have been answering for long.
    """

    def __init__(self, longest: float) -> None:
        """`longest` is how many seconds a call waits for the server at most."""
        self._longest = longest
        self._since = 0.0
        """When the first of the failures was since which nothing succeeded; 0 is none."""
        self._quiet = 0.0
        """When the trouble is over, if no request that begins before it fails."""
        self._told: set[bool] = set()

    @property
    def seconds(self) -> float:
        """How long it has lasted; 0 where there is none."""
        return time.monotonic() - self._since if self._since else 0.0

    def failed(self, began: float, wait: float) -> None:
        """A request that began at `began` (monotonic) failed, and is to `wait`, says the server."""
        now = time.monotonic()
        if began > self._quiet:
            self._since = 0.0
            self._told.clear()
        self._since = self._since or now
        self._quiet = max(self._quiet, now + min(wait, self._longest) + QUIET)

    def succeeded(self) -> None:
        """Where a server serves some and fails others, what was told is not told again."""
        self._since = 0.0

    def is_news(self, *, busy: bool) -> bool:
        """Whether a failure is the first of its kind to be told, busy or broken, until quiet."""
        news = busy not in self._told
        self._told.add(busy)
        return news
