"""What an episode costs: counted where the work is done, kept with the episode.

The runner opens a `Usage` for each episode; models add to the one of the episode that called
them. A context variable carries it, so no interface has to.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass


@dataclass(slots=True)
class Usage:
    """Counts of one episode."""

    policy_calls: int = 0
    policy_tokens: int = 0
    """Prompt tokens that were newly read plus tokens that were generated."""
    rm_calls: int = 0
    rm_tokens: int = 0
    """Tokens that the reward model newly read: a prefix that it has seen costs nothing."""
    rm_abstentions: int = 0
    """Comparisons to which a judge gave no readable answer."""
    env_steps: int = 0
    restores: int = 0
    charge_micros: int = 0
    """What servers charge by the user's price table, in millionths of its currency's unit."""


_CURRENT: ContextVar[Usage | None] = ContextVar("usage", default=None)


def usage() -> Usage:
    """The counts of the episode that runs now; outside any episode, counts that nobody reads."""
    return _CURRENT.get() or Usage()


@contextmanager
def metered() -> Iterator[Usage]:
    """Count what is used within: `with metered() as usage: ...`."""
    counts = Usage()
    token = _CURRENT.set(counts)
    try:
        yield counts
    finally:
        _CURRENT.reset(token)
