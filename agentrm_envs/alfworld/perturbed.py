"""Other ways to write the same commands, to see what a policy has learned by heart.

The first four are the paper's (AgentRM, Table 3: robustness on ALFWorld); the last is ours.
The engine never sees them: actions are translated before, observations afterwards.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

from agentrm_envs.alfworld.wording import Grammar

Perturbation = Literal["none", "using", "move-to", "from-first", "joined", "with-first"]
PERTURBATIONS: tuple[Perturbation, ...] = get_args(Perturbation)
_TREAT = "(clean|heat|cool)"
_REFUSED = ""


@dataclass(frozen=True, slots=True)
class _Rewriting:
    """A usual command as a pattern, and its other form as another, each with its rewriting."""

    usual: str
    to_other: str
    other: str
    to_usual: str
    note: str


_COMMANDS: dict[Perturbation, Sequence[_Rewriting]] = {
    "using": [
        _Rewriting(
            f"{_TREAT} (.+) with (.+)",
            r"\1 \2 using \3",
            f"{_TREAT} (.+) using (.+)",
            r"\1 \2 with \3",
            "clean, heat or cool {obj} using {recep}",
        )
    ],
    "move-to": [
        _Rewriting("go to (.+)", r"move to \1", "move to (.+)", r"go to \1", "move to {recep}")
    ],
    "from-first": [
        _Rewriting(
            "take (.+) from (.+)",
            r"from \2 take \1",
            "from (.+) take (.+)",
            r"take \2 from \1",
            "from {recep} take {obj}",
        )
    ],
    "with-first": [
        _Rewriting(
            f"{_TREAT} (.+) with (.+)",
            r"with \3 \1 \2",
            f"with (.+) {_TREAT} (.+)",
            r"\2 \3 with \1",
            "with {recep} clean, heat or cool {obj}",
        )
    ],
}
_SPACED = re.compile(r"\b([a-z]+) (\d+)\b")
_JOINED = re.compile(r"\b([a-z]+)(\d+)\b")
_MARKER = "Action: "
_MOVED = (
    (re.compile("^put (.+) in/on (.+)$"), r"move \1 to \2"),
    (re.compile(r"^You put the (.+) in/on the (.+)\.$"), r"You move the \1 to the \2."),
)
"""What the other grammar says, and the new one."""


def read(action: str, perturbation: Perturbation) -> str:
    """The usual form of an action; empty where it is written in a form that does not hold."""
    if perturbation == "joined":
        return _REFUSED if _SPACED.search(action) else _JOINED.sub(r"\1 \2", action)
    for each in _COMMANDS.get(perturbation, ()):
        if re.fullmatch(each.usual, action):
            return _REFUSED
        if found := re.fullmatch(each.other, action):
            return found.expand(each.to_usual)
    return action


def command(usual: str, perturbation: Perturbation) -> str:
    """How a usual command has to be written."""
    for each in _COMMANDS.get(perturbation, ()):
        if found := re.fullmatch(each.usual, usual):
            return found.expand(each.to_other)
    return tell(usual, perturbation)


def tell(text: str, perturbation: Perturbation) -> str:
    """An observation in the names that hold."""
    return _SPACED.sub(r"\1\2", text) if perturbation == "joined" else text


def reworded(text: str, settings: Mapping[str, Any]) -> str:
    """A prompt's text in the forms that hold: a command has a line of its own there."""
    perturbation, grammar = settings.get("perturbation", "none"), settings.get("grammar", "put")
    return "\n".join(_line(line, perturbation, grammar) for line in text.split("\n"))


def _line(line: str, perturbation: Perturbation, grammar: Grammar) -> str:
    usual = line.removeprefix(_MARKER)
    marker = line.removesuffix(usual)
    for put, move in _MOVED if grammar == "move" else ():
        usual = put.sub(move, usual)
    return marker + command(usual, perturbation)


def note(perturbation: Perturbation, grammar: Grammar) -> str:
    """What is added to the goal where the instruction's forms do not hold; else empty."""
    forms = ["move {obj} to {recep}, not put"] if grammar == "move" else []
    forms += [each.note for each in _COMMANDS.get(perturbation, ())]
    if perturbation == "joined":
        forms = ["names without a space, as in cabinet1"]
    return "\nHere, write: " + "; ".join(forms) if forms else ""
