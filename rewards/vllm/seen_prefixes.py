"""Which prompt tokens are new: what a call is charged for reading."""

from __future__ import annotations

import hashlib
from array import array
from collections import OrderedDict
from collections.abc import Sequence

from rewards.backbone.prefix_cache import Segment

_REMEMBERED = 1_000_000
"""Messages in their places: some hundred bytes each."""


class SeenPrefixes:
    """Counts the tokens of messages that have not been read in their place before.

    vLLM's own count of cached tokens would depend on what else runs: which of two requests
    comes first, where its blocks of tokens end, what it had to drop. This one, like that of
    `rewards.backbone.engine`, depends on an episode's own calls alone. For that the first
    message, which other episodes begin with too, is charged to none.
    """

    def __init__(self) -> None:
        self._seen: OrderedDict[bytes, None] = OrderedDict()

    def read(self, path: Sequence[Segment]) -> int:
        """How many tokens of a prompt, given message by message, are new; now they are not."""
        name, new = b"", 0
        for place, segment in enumerate(path):
            name = hashlib.sha256(name + array("q", segment).tobytes()).digest()[:16]
            if name not in self._seen and place:
                new += len(segment)
            self._seen[name] = None
            self._seen.move_to_end(name)
        while len(self._seen) > _REMEMBERED:
            self._seen.popitem(last=False)
        return new
