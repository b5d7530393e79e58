"""Regular expressions that take no longer than the text is long, whatever the pattern is.

Models may write patterns, and Python's own matcher can be made to run for ever. This one keeps
the set of positions that a part of the pattern can have come to, so nothing is tried twice.
Supported: characters and escapes (`\\d \\w \\s \\b` and their opposites), `.`, classes, groups,
alternatives, `* + ? {m,n}` (also lazy: whether there is a match is the same), `^` and `$`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeAlias

MAX_LENGTH = 200
MAX_REPEATS = 50
MAX_DEPTH = 20

Positions: TypeAlias = frozenset[int]
Matcher: TypeAlias = Callable[[str, Positions], Positions]
"""Gives the positions in a text where a match can end that begins at one of these."""
Test: TypeAlias = Callable[[str], bool]


class BadPattern(ValueError):
    """The pattern is wrong, or has something that is not supported."""


def pattern(source: str) -> Callable[[str], bool]:
    """A function that says whether the pattern is found anywhere in a text."""
    if len(source) > MAX_LENGTH:
        raise BadPattern(f"a pattern has at most {MAX_LENGTH} characters")
    reader = _Reader(source)
    match = reader.alternatives(0)
    if reader.at < len(source):
        raise BadPattern(f"unbalanced parenthesis at position {reader.at}")
    return lambda text: bool(match(text, frozenset(range(len(text) + 1))))


class _Reader:
    def __init__(self, source: str) -> None:
        self.source = source
        self.at = 0

    @property
    def next(self) -> str:
        return self.source[self.at : self.at + 1]

    def take(self) -> str:
        character = self.next
        if not character:
            raise BadPattern("the pattern ends too early")
        self.at += 1
        return character

    def alternatives(self, depth: int) -> Matcher:
        if depth > MAX_DEPTH:
            raise BadPattern(f"groups are nested more than {MAX_DEPTH} deep")
        branches = [self._sequence(depth)]
        while self.next == "|":
            self.take()
            branches.append(self._sequence(depth))
        return _either(branches) if len(branches) > 1 else branches[0]

    def _sequence(self, depth: int) -> Matcher:
        parts: list[Matcher] = []
        while self.next and self.next not in "|)":
            parts.append(self._repeated(self._atom(depth)))
        return _in_turn(parts)

    def _atom(self, depth: int) -> Matcher:
        character = self.take()
        if character == "(":
            return self._group(depth)
        if character == "[":
            return _one(self._class())
        if character == "\\":
            return self._escape()
        if character == "^":
            return _where(lambda text, at: at == 0)
        if character == "$":
            return _where(lambda text, at: at == len(text))
        if character in "*+?":
            raise BadPattern(f"nothing to repeat at position {self.at - 1}")
        if character == ".":
            return _one(lambda other: other != "\n")
        return _one(_is(character))

    def _group(self, depth: int) -> Matcher:
        if self.next == "?":
            if not self.source.startswith("?:", self.at):
                raise BadPattern("groups of the form (?...) are not supported, but for (?:...)")
            self.at += 2
        match = self.alternatives(depth + 1)
        if self.next != ")":
            raise BadPattern("missing ), unterminated subpattern")
        self.take()
        return match

    def _escape(self) -> Matcher:
        if self.next == "b":
            self.take()
            return _where(_at_edge)
        if self.next.isdigit():
            raise BadPattern("references to groups are not supported")
        return _one(self._escaped())

    def _escaped(self) -> Test:
        character = self.take()
        if character in _SETS:
            return _SETS[character]
        if character.isalpha() and character not in _CONTROLS:
            raise BadPattern(f"bad escape \\{character} at position {self.at - 2}")
        return _is(_CONTROLS.get(character, character))

    def _class(self) -> Test:
        negated = self.next == "^"
        if negated:
            self.take()
        tests: list[Test] = []
        while self.next != "]" or not tests:
            tests.append(self._member())
        self.take()
        return lambda character: any(test(character) for test in tests) != negated

    def _member(self) -> Test:
        first = self.take()
        if first == "\\":
            return self._escaped()
        follows = self.source[self.at : self.at + 2]
        if not follows.startswith("-") or follows in ("-", "-]"):
            return _is(first)
        self.take()
        last = self.take()
        if last == "\\" or last < first:
            raise BadPattern(f"bad character range {first}-{last}")
        return lambda character: first <= character <= last

    def _repeated(self, match: Matcher) -> Matcher:
        times = self._times()
        if times is None:
            return match
        if self.next == "?":
            self.take()
        if self.next in ("*", "+"):
            raise BadPattern(f"multiple repeat at position {self.at}")
        return _repeat(match, *times)

    def _times(self) -> tuple[int, int | None] | None:
        """How often the part before may come, at least and at most; None where once."""
        if self.next and self.next in "*+?":
            return {"*": (0, None), "+": (1, None), "?": (0, 1)}[self.take()]
        end = self.source.find("}", self.at)
        inner = self.source[self.at + 1 : end] if self.next == "{" and end > 0 else ""
        low, comma, high = inner.partition(",")
        if not all(part.isascii() and part.isdigit() for part in (low, high) if part) or not inner:
            return None
        if inner == ",":
            return None
        self.at = end + 1
        least = int(low or 0)
        most = (int(high) if high else None) if comma else least
        if max(least, most or 0) > MAX_REPEATS or (most is not None and most < least):
            raise BadPattern(f"repeats are at most {MAX_REPEATS}, and not falling")
        return least, most


def _is(wanted: str) -> Test:
    return lambda character: character == wanted


def _one(test: Test) -> Matcher:
    return lambda text, starts: frozenset(
        at + 1 for at in starts if at < len(text) and test(text[at])
    )


def _where(holds: Callable[[str, int], bool]) -> Matcher:
    return lambda text, starts: frozenset(at for at in starts if holds(text, at))


def _in_turn(parts: Iterable[Matcher]) -> Matcher:
    known = tuple(parts)

    def match(text: str, starts: Positions) -> Positions:
        for part in known:
            starts = part(text, starts)
        return starts

    return match


def _either(branches: Iterable[Matcher]) -> Matcher:
    known = tuple(branches)
    return lambda text, starts: frozenset().union(*(branch(text, starts) for branch in known))


def _repeat(part: Matcher, least: int, most: int | None) -> Matcher:
    def match(text: str, starts: Positions) -> Positions:
        for _ in range(least):
            before, starts = starts, part(text, starts)
            if starts == before:  # so it will stay; it cannot alternate: a match never goes back
                break
        ends, newest = starts, starts
        rounds = len(text) + 1 if most is None else most - least
        for _ in range(rounds):
            newest = part(text, newest) - ends
            if not newest:
                break
            ends |= newest
        return ends

    return match


def _at_edge(text: str, at: int) -> bool:
    before = at > 0 and _is_word(text[at - 1])
    return before != (at < len(text) and _is_word(text[at]))


def _is_word(character: str) -> bool:
    return character.isalnum() or character == "_"


_SETS: dict[str, Test] = {
    "d": str.isdecimal,
    "D": lambda character: not character.isdecimal(),
    "w": _is_word,
    "W": lambda character: not _is_word(character),
    "s": str.isspace,
    "S": lambda character: not character.isspace(),
}
_CONTROLS = {"n": "\n", "t": "\t", "r": "\r"}
