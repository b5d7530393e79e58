"""Parenthesised expressions with line numbers, as PDDL files are made of."""

from __future__ import annotations

import re
from dataclasses import dataclass

from agentrm_envs.errors import BadData

MAX_CHARACTERS = 200_000
"""Length of a file; AgentBoard's longest has some 6,000."""
MAX_DEPTH = 40
"""Parentheses within each other; PDDL without quantifiers needs seven."""
# A variable begins with "?" wherever it stands: AgentBoard's barman file says "level?l1".
_TOKEN = re.compile(r"(?P<line>\n)|;[^\n]*|(?P<word>[()]|\?[^\s()?;]*|[^\s()?;]+)")


@dataclass(frozen=True, slots=True)
class Word:
    """A name, keyword, variable or number, in lower case: PDDL does not tell cases apart."""

    text: str
    line: int


@dataclass(frozen=True, slots=True)
class Group:
    """What stands between a pair of parentheses; `line` is that of the opening one."""

    items: tuple[Word | Group, ...]
    line: int

    @property
    def head(self) -> str:
        """The first word, or the empty string where there is none."""
        first = self.items[0] if self.items else None
        return first.text if isinstance(first, Word) else ""


def parse(text: str, source: str) -> Group:
    """The one group that a file consists of.

    Raises BadData, with `source` and the line, for anything else.
    """
    if len(text) > MAX_CHARACTERS:
        raise BadData(f"{source}: longer than the {MAX_CHARACTERS} characters that are read")
    opened: list[tuple[int, list[Word | Group]]] = [(1, [])]
    line = 1
    for match in _TOKEN.finditer(text):
        if match["line"]:
            line += 1
        elif match["word"]:
            _take(match["word"], line, opened, source)
    if len(opened) > 1:
        raise fault(source, opened[-1][0], "this parenthesis is never closed")
    top = opened[0][1]
    if len(top) != 1 or not isinstance(top[0], Group):
        raise fault(source, top[1].line if len(top) > 1 else 1, "a file is one (define ...)")
    return top[0]


def fault(source: str, line: int, message: str) -> BadData:
    """The error that says where in which file something is wrong."""
    return BadData(f"{source}:{line}: {message}")


def group_of(item: Word | Group, source: str) -> Group:
    """The item, where a group has to stand."""
    if isinstance(item, Word):
        raise fault(source, item.line, f"a parenthesis was expected here, not {item.text!r}")
    return item


def text_of(item: Word | Group, source: str) -> str:
    """The item's text, where a word has to stand."""
    if isinstance(item, Group):
        raise fault(source, item.line, "a name was expected here, not a parenthesis")
    return item.text


def _take(word: str, line: int, opened: list[tuple[int, list[Word | Group]]], source: str) -> None:
    if word == "(":
        if len(opened) > MAX_DEPTH:
            raise fault(source, line, f"parentheses nest deeper than {MAX_DEPTH}")
        opened.append((line, []))
    elif word == ")":
        if len(opened) == 1:
            raise fault(source, line, "this parenthesis closes nothing")
        begun, items = opened.pop()
        opened[-1][1].append(Group(tuple(items), begun))
    else:
        opened[-1][1].append(Word(word.lower(), line))
