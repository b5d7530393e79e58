"""Text as search terms, exactly as Lucene's English analyzer makes them of it.

Words are those of Unicode's text segmentation (UAX 29), emoji and ideographs are words of
their own; then lower case, without the possessive 's, without stop words, and stemmed.
`word_break.json` has the ranges of Unicode's character classes that this needs.
"""

from __future__ import annotations

import json
import re
from functools import cache
from importlib import resources

from agentrm_envs.webshop.porter import stem

_STOP_WORDS = (
    "a an and are as at be but by for if in into is it no not of on or such that the their then "
    "there these they this to was will with"
)
STOP_WORDS = frozenset(_STOP_WORDS.split())
_POSSESSIVES = ("'s", "\u2019s", "\uff07s")
_ASCII = re.compile(r"_*(?:[0-9A-Za-z](?:[A-Za-z0-9_]|(?<=[A-Za-z])[.':](?=[A-Za-z])"
                    r"|(?<=[0-9])[.',;](?=[0-9]))*)")  # fmt: skip
"""The same words for text of ASCII letters only, found faster."""


def terms(text: str) -> list[str]:
    """The search terms of a text, in order and with repeats."""
    found = (_ASCII if text.isascii() else _unicode()).findall(text)
    return [term for word in found if (term := _term(word))]


def _term(word: str) -> str:
    lower = word.lower()
    if lower[-2:] in _POSSESSIVES:
        lower = lower[:-2]
    return "" if lower in STOP_WORDS else stem(lower)


@cache
def _unicode() -> re.Pattern[str]:
    text = (resources.files(__package__) / "word_break.json").read_text(encoding="ascii")
    chars = {name: _char_class(ranges) for name, ranges in json.loads(text).items()}
    extend = f"[{chars['extend']}]*"
    letter, digit, joiner, katakana, mid_letter, mid_digit = (
        f"(?:[{chars[name]}]{extend})"
        for name in ("letter", "digit", "joiner", "katakana", "mid_letter", "mid_digit")
    )
    number = f"{digit}(?:{joiner}*{digit}|{mid_digit}{digit})*"
    letters = f"{letter}(?:{joiner}*{letter}|{mid_letter}{letter})*"
    part = f"(?:{number}|{letters})"
    picture, mark = f"[{chars['pictograph']}]", f"[{chars['emoji_mark']}]*"
    emoji = (
        f"{picture}{mark}(?:\u200d{picture}{mark})*"
        "|[\U0001f1e6-\U0001f1ff]{2}|[0-9#*]\ufe0f?\u20e3"
    )
    ideograph = f"[{chars['ideograph']}]{extend}"
    word = f"{joiner}*{part}(?:{joiner}*{part})*{joiner}*"
    kana = f"{katakana}+(?:{joiner}+{katakana}+)*"
    return re.compile(f"(?:{emoji})|(?:{ideograph})|(?:{word})|(?:{kana})")


def _char_class(ranges: str) -> str:
    """Ranges such as `41-5A 5F` as the inside of a character class."""
    spans = [span.partition("-") for span in ranges.split()]
    return "".join(f"\\U{int(a, 16):08x}-\\U{int(b or a, 16):08x}" for a, _, b in spans)
