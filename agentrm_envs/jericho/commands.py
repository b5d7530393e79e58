"""What of an action reaches a story: AgentBoard's cut, and nothing that a Z-machine chokes on."""

from __future__ import annotations

import re

MAX_LENGTH = 100
"""Bytes of a command; `detective` halts at about 119."""
MAX_WORDS = 20
"""Words of a command (AgentBoard)."""
EMPTY = "There is no command in that."
FORBIDDEN = "That command is for the interpreter, not for the story, and is not allowed here."
_META_WORDS = (
    "save restore restart quit q undo oops script unscript transcript notranscript record "
    "recording replay unrecord command commands verify version notify showverb showobj tree "
    "trace random purloin gonear goto abstract rules routines messages actions timers changes "
    "scope recon recoff xmetr die superbrief"
)
_META = frozenset(word[:9] for word in _META_WORDS.split())
"""Words that talk to the interpreter: they write files, reach into other episodes, end or begin
the story anew without telling, hang it, or cheat. They are refused where a command begins.

Stories know the first nine letters of a word, so that what begins with these is the same to them.
"""
_OLD_META = frozenset({"restor", "restar", "script", "unscri", "verify", "versio", "superb"})
"""The same for the oldest stories (Zork's), which know six: there, `scripture` is `script`."""
_OLD_ANYWHERE = _OLD_META | {"save", "quit", "q"}
"""What the oldest stories take for a command wherever it stands: their parser skips words, and
`the save`, `north and save` and `take all and save` write a file."""
_ODD = re.compile(r"[^a-z0-9 '\-]+")
_UNSAFE = re.compile(r"[\x00-\x1f\x7f-\x9f\\\ud800-\udfff]")
"""What may hang or crash the C interpreter: a backslash, a NUL; other control characters, too."""
_DEBUGGING = re.compile(r"\$[a-z]")
"""How a debugging command begins, of which some letters are enough: `$ve` is `$verify`."""
_BEGINS = re.compile(r"^|\bthen\b")
_LETTERS = re.compile(r"[a-z]+")


def cut(action: str) -> str:
    """An action up to its first comma or full stop, 20 words at most (AgentBoard).

    As there, every blank ends a word, and one after another are words without a letter.
    """
    first = action.partition(",")[0].partition(".")[0]
    return " ".join(first.split(" ")[:MAX_WORDS])


def command(action: str) -> str:
    """The action as typed into a built-in story: cut, and in plain letters.

    Empty where nothing is left. Everything but letters, digits, apostrophes and hyphens becomes
    a blank.
    """
    return " ".join(_plain(cut(action)).split())[:MAX_LENGTH].rstrip()


def verbatim(action: str) -> str:
    """The action as typed into an official story: cut as there, its first line, may be empty.

    What the C interpreter chokes on becomes a blank, or is cut off at the end.
    """
    line = _UNSAFE.sub(" ", cut(action).partition("\n")[0])
    return line.encode()[:MAX_LENGTH].decode(errors="ignore")


def forbidden(text: str, *, old: bool = False) -> bool:
    """Whether a command, or a further one after `then`, is the interpreter's.

    `old` is for Zork's parser, to which it may be one anywhere; to that of the other stories,
    all written in Inform, `and` begins no command.
    """
    plain = _plain(text)
    if _DEBUGGING.search(text.lower()):
        return True
    if old and any(_letters(word)[:6] in _OLD_ANYWHERE for word in plain.split()):
        return True
    first = [_letters(plain[found.end() :]) for found in _BEGINS.finditer(plain)]
    return any(word[:9] in _META or word[:6] in _OLD_META for word in first)


def asks_for_actions(action: str) -> bool:
    """Whether what is left of it after the cut is `check valid actions`, or as good as."""
    lowered = cut(action).lower()
    return "check" in lowered and "action" in lowered


def _plain(text: str) -> str:
    return _ODD.sub(" ", text.lower())


def _letters(text: str) -> str:
    """The first letters in it; a story may not read what follows: `showverb1` is `showverb`."""
    found = _LETTERS.search(text)
    return found.group() if found else ""
