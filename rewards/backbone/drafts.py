"""Guesses at what a language model says next, from what it said before.

A pass costs the same for any number of rows up to the one that it is padded to. So rows that
would be padding read guessed tokens instead: where the draw then agrees with a guess, the next
draw needs no pass of its own. Guesses change how many passes there are, and nothing else.
(Leviathan et al., 2023, with the past for a draft model.)
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from rewards.backbone.prefix_cache import Segment

_REMEMBERED = 100_000
"""Tokens kept at most; then the memory begins anew."""


@dataclass(eq=False, slots=True)
class _Said:
    """What was said after some tokens."""

    times: int = 0
    last: int = 0
    """The number of the reply that came through here last."""
    next: dict[int, _Said] = field(default_factory=dict)


@dataclass(slots=True)
class Drafts:
    """Replies by the segment that their prompts begin with, as a rule the instruction."""

    _kinds: dict[Segment, _Said] = field(default_factory=dict)
    _tokens: int = 0

    def learn(self, kind: Segment, reply: Sequence[int]) -> None:
        """Remember a reply to a prompt of a kind."""
        if self._tokens > _REMEMBERED:
            self._kinds, self._tokens = {}, 0
        node = root = self._kinds.setdefault(kind, _Said())
        root.times += 1
        for token in reply:
            if token not in node.next:
                node.next[token] = _Said()
                self._tokens += 1
            node = node.next[token]
            node.times += 1
            node.last = root.times

    def after(self, kind: Segment, said: Sequence[int], most: int) -> list[int]:
        """At most so many tokens that have followed what was said, the latest said first."""
        node = self._kinds.get(kind)
        for token in said:
            node = node.next.get(token) if node is not None else None
        guessed: list[int] = []
        while node is not None and node.next and len(guessed) < most:
            token, node = max(node.next.items(), key=lambda child: child[1].last)
            guessed.append(token)
        return guessed
