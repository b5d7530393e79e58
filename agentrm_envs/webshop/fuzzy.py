"""How alike two short texts are as sets of words: thefuzz's `token_set_ratio`, which scores.

The same numbers as thefuzz 0.22 over rapidfuzz: twice the longest common subsequence of what
the texts do not share, against the lengths.
"""

from __future__ import annotations

import re
from functools import lru_cache

_LATIN_1 = dict.fromkeys(range(128, 256))
"""thefuzz drops these characters, and only these."""
_NO_WORD = re.compile(r"[\W_]")


@lru_cache(maxsize=1 << 16)
def token_set_ratio(one: str, other: str) -> int:
    """0 to 100; 100 where the words of one are all among those of the other."""
    left, right = _words(one), _words(other)
    if not left or not right:
        return 0
    shared, only_left, only_right = left & right, left - right, right - left
    if shared and (not only_left or not only_right):
        return 100
    first, second = " ".join(sorted(only_left)), " ".join(sorted(only_right))
    length = len(" ".join(shared))
    gap = 1 if length else 0
    total = 2 * (length + gap) + len(first) + len(second)
    best = _ratio(len(first) + len(second) - 2 * _shared_subsequence(first, second), total)
    if length:
        best = max(
            best,
            _ratio(gap + len(first), 2 * length + gap + len(first)),
            _ratio(gap + len(second), 2 * length + gap + len(second)),
        )
    return round(best)


def _words(text: str) -> frozenset[str]:
    kept = text.translate(_LATIN_1)
    return frozenset(_NO_WORD.sub(" ", kept).strip().lower().split())


def _ratio(distance: int, total: int) -> float:
    return 100.0 - 100.0 * distance / total if total else 100.0


def _shared_subsequence(one: str, other: str) -> int:
    """The length of the longest common subsequence, with a column of the table in one integer.

    H. Hyyro, "Bit-parallel LCS-length computation revisited", 2004.
    """
    places: dict[str, int] = {}
    for at, letter in enumerate(one):
        places[letter] = places.get(letter, 0) | 1 << at
    every = (1 << len(one)) - 1
    state = every
    for letter in other:
        matched = state & places.get(letter, 0)
        state = ((state + matched) | (state - matched)) & every
    return len(one) - state.bit_count()
