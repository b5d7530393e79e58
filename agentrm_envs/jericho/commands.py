"""What of an action reaches a story: AgentBoard's cut, and nothing that a Z-machine chokes on."""

from __future__ import annotations

import re

MAX_LENGTH = 100
"""Characters of a command; `detective` halts at about 119."""
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
_ODD = re.compile(r"[^a-z0-9 '\-]+")
_BEGINS = re.compile(r"^|\bthen\b|\band\b")


def command(action: str) -> str:
    """The action as typed into a story: up to its first comma or full stop, in plain letters.

    Empty where nothing is left. Everything but letters, digits, apostrophes and hyphens becomes
    a blank: a backslash or a NUL hangs or crashes the C interpreter.
    """
    first = action.partition(",")[0].partition(".")[0]
    words = _ODD.sub(" ", first.lower()).split()[:MAX_WORDS]
    return " ".join(words)[:MAX_LENGTH].rstrip()


def forbidden(text: str) -> bool:
    """Whether a command, or a further one after `then` or `and`, is the interpreter's."""
    starts = (text[found.end() :].split() for found in _BEGINS.finditer(text))
    first = (words[0].strip("'-") for words in starts if words)
    return any(word[:9] in _META or word[:6] in _OLD_META for word in first)


def asks_for_actions(action: str) -> bool:
    """Whether it is `check valid actions`, or as good as (AgentBoard)."""
    lowered = action.lower()
    return "check" in lowered and "action" in lowered
