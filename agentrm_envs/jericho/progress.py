"""AgentBoard's progress rate: the share of subgoals whose sentences were read in observations."""

from __future__ import annotations

import re
from collections.abc import Sequence

_OTHER = re.compile(r"[^a-zA-Z0-9\s]")


def plain(text: str) -> str:
    """The text without anything but ASCII letters, digits and white space, as AgentBoard does."""
    return _OTHER.sub("", text)


def reached(subgoals: Sequence[str], left: Sequence[int], observation: str) -> tuple[int, ...]:
    """The subgoals still left after an observation: at most one, the first told, is reached.

    `left` holds the numbers of those that are left before it.
    """
    seen = plain(observation)
    hit = next((number for number in left if plain(subgoals[number]) in seen), None)
    return tuple(number for number in left if number != hit)
