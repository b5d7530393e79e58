"""The words of an action as AgentBoard's `nltk.word_tokenize` parts them, without NLTK."""

from __future__ import annotations

import re

# What NLTK 3.8 does to text, as far as it can free a name of what stands beside it; in order.
_PARTED = tuple(
    (re.compile(pattern), replacement)
    for pattern, replacement in (
        # The end of a sentence, to which brackets and quotes without a blank may belong.
        # Elsewhere a full stop stays in its word, as in `b1.b2`.
        (r"(?<=[^.])\.(?=[?!)\";}\]*:@'({\[]|\s(?!\s*\"(?:\s|$)))", " "),
        (r"(?<=[^.])\.(?=(?:[\])}>'»”\u2019 ]|(?<![ (\[{<])\")*$)", " "),
        (r"[«“\u2018„`]", " "),
        (r"'(?!re|ve|ll|[mtsdn])(?=\w\b)", "' "),
        # A comma or colon stays before a digit, as in `b1,2`, and after another one.
        (r"[:,]([^\d])", r" \1"),
        (r"[:,]$", " "),
        (r"\.{2,}|[;@#$%&?!*]", " "),
        (r"(?<=[^'])' ", " "),
        (r"[\]\[(){}<>]|--|[»”\u2019\"]|''", " "),
    )
)
_APOSTROPHE = re.compile(r"(?<=[^' ])(?:'(?:[smd]|ll|re|ve|)|n't) ")
"""One at the end of a word, and what it may shorten; one at its beginning stays."""


def words(text: str) -> list[str]:
    """The words of a text in lower case, without its punctuation marks.

    `**stack b1`, `stack(b1, b2)` and `"stack b1".` have words of their own; `b1/b2`, `'b1'` and
    `b1.b2` do not come apart, so that AgentBoard finds no name in them.
    """
    parted = text.rstrip()
    for pattern, replacement in _PARTED:
        parted = pattern.sub(replacement, parted)
    return _APOSTROPHE.sub(" ", f" {parted} ").split()
