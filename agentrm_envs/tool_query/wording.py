"""How questions are worded: several ways for each program, told apart by what they ask."""

from __future__ import annotations

import json
import random
from collections.abc import Mapping, Sequence
from functools import cache
from importlib import resources
from typing import Any


def worded(app: str, question: str, form: str, slots: Mapping[str, Any], rng: random.Random) -> str:
    """One of the question's wordings with its particulars, then the form of the answer."""
    known = wordings()
    told: str = rng.choice(known[app][question])
    return f"{told.format_map(slots)} {rng.choice(known['answers'][form])}"


@cache
def wordings() -> Mapping[str, Mapping[str, Sequence[str]]]:
    """The wordings of each application's questions, and of the forms of answers."""
    text = (resources.files(__package__) / "wordings.json").read_text("utf-8")
    found: Mapping[str, Mapping[str, Sequence[str]]] = json.loads(text)
    return found


def either(names: Sequence[str], *, quoted: bool = False) -> str:
    """The names as a choice, `a, b or c`."""
    shown = [f"'{name}'" for name in names] if quoted else list(names)
    return f"{', '.join(shown[:-1])} or {shown[-1]}"
