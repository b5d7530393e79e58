"""Reads JSON and Python literals as data: nothing in them is ever evaluated."""

from __future__ import annotations

import json
import math
import re
from typing import Any

MAX_CHARACTERS = 20_000
MAX_DEPTH = 32
MAX_MAGNITUDE = 1e15
"""Numbers beyond it are refused: no tool has a use for them, and some are slow to print."""
_SPACE = re.compile(r"\s*")
_NUMBER = re.compile(r"[-+]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?(?![\w.])")
_WORD = re.compile(r"[A-Za-z]+")
_WORDS = {"true": True, "True": True, "false": False, "False": False, "null": None, "None": None}
_STRING = re.compile(r"'(?:[^'\\\n]|\\.)*'|\"(?:[^\"\\\n]|\\.)*\"", re.DOTALL)
_ESCAPE = re.compile(
    r"\\(U00(?:0[0-9a-fA-F]|10)[0-9a-fA-F]{4}|u[0-9a-fA-F]{4}|x[0-9a-fA-F]{2}|.)", re.DOTALL
)
_SURROGATE = re.compile(r"[\ud800-\udfff]")
_ESCAPED = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f", "\n": ""}


class NotLiteral(ValueError):
    """The text is no literal, or one that is too large; the message says where and why."""


def read_literal(text: str) -> Any:
    """The value of a JSON text or, failing that, of a Python literal.

    Values are None, bool, int, float, str, and lists and string-keyed dicts of them; a Python
    tuple is a list. Refused are repeated keys, NaN and infinities, and what is larger or nested
    more deeply than the limits above.
    """
    if len(text) > MAX_CHARACTERS:
        raise NotLiteral(f"{len(text)} characters; at most {MAX_CHARACTERS} are read")
    try:
        value = json.loads(text, object_pairs_hook=_object, parse_constant=_refuse)
    except NotLiteral:
        raise
    except (ValueError, RecursionError):
        return _Reader(text).read()
    check_limits(value)
    return value


def check_limits(value: Any, depth: int = 0) -> None:
    """Raises NotLiteral where a value is beyond the limits above, at some depth in others."""
    if depth > MAX_DEPTH:
        raise NotLiteral(f"nested more than {MAX_DEPTH} deep")
    if isinstance(value, float | int):
        # An integer may be too large for a float: then only the comparison is safe.
        if abs(value) > MAX_MAGNITUDE or math.isnan(value):
            raise NotLiteral("a number is too large")
    elif isinstance(value, str):
        if _SURROGATE.search(value):
            raise NotLiteral("half of a surrogate pair is no character")
    elif isinstance(value, list | dict):
        for item in [*value, *value.values()] if isinstance(value, dict) else value:
            check_limits(item, depth + 1)


def whole_characters(value: str) -> str:
    """With pairs of surrogates as the one character that they stand for; raises NotLiteral."""
    if _SURROGATE.search(value):
        value = value.encode("utf-16", "surrogatepass").decode("utf-16", "surrogatepass")
        check_limits(value)
    return value


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) < len(pairs):
        twice = sorted({key for key, _ in pairs if sum(key == other for other, _ in pairs) > 1})
        raise NotLiteral(f"the key {twice[0]!r} is given twice")
    return value


def _refuse(constant: str) -> Any:
    raise NotLiteral(f"{constant} is not a number")


class _Reader:
    """A recursive-descent reader of JSON and Python literals mixed.

    Python's own parser (see python_literals.py) would not do for `{'on': true}`.
    """

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0

    def read(self) -> Any:
        value = self._value(0)
        if self._next():
            raise self._error("the end")
        return value

    def _value(self, depth: int) -> Any:
        if depth > MAX_DEPTH:
            raise NotLiteral(f"nested more than {MAX_DEPTH} deep")
        first = self._next()
        if first == "{":
            return self._dict(depth)
        if first in ("[", "("):
            return self._list("]" if first == "[" else ")", depth)
        if first in ("'", '"'):
            return self._string()
        if found := _NUMBER.match(self.text, self.at):
            return self._number(found)
        found = _WORD.match(self.text, self.at)
        if found is None or found[0] not in _WORDS:
            raise self._error("a value")
        self.at = found.end()
        return _WORDS[found[0]]

    def _dict(self, depth: int) -> dict[str, Any]:
        pairs: list[tuple[str, Any]] = []
        self.at += 1
        while self._next() != "}":
            if self._next() not in ("'", '"'):
                raise self._error("a key in quotes")
            key = self._string()
            self._take(":")
            pairs.append((key, self._value(depth + 1)))
            if self._next() != "}":
                self._take(",")
        self.at += 1
        return _object(pairs)

    def _list(self, end: str, depth: int) -> Any:
        items: list[Any] = []
        self.at += 1
        comma = False
        while self._next() != end:
            items.append(self._value(depth + 1))
            if self._next() != end:
                self._take(",")
                comma = True
        self.at += 1
        # In Python, (1) is a number in brackets and (1,) is a tuple.
        return items[0] if end == ")" and len(items) == 1 and not comma else items

    def _string(self) -> str:
        found = _STRING.match(self.text, self.at)
        if found is None:
            raise self._error("the string's closing quote")
        self.at = found.end()
        return whole_characters(_ESCAPE.sub(_unescaped, found[0][1:-1]))

    def _number(self, found: re.Match[str]) -> int | float:
        self.at = found.end()
        digits = found[0]
        value = float(digits)
        check_limits(value)
        return value if re.search(r"[.eE]", digits) else int(digits)

    def _next(self) -> str:
        """The next character that is no space, or an empty string at the end."""
        found = _SPACE.match(self.text, self.at)
        self.at = found.end() if found else self.at
        return self.text[self.at : self.at + 1]

    def _take(self, wanted: str) -> None:
        if self._next() != wanted:
            raise self._error(repr(wanted))
        self.at += 1

    def _error(self, wanted: str) -> NotLiteral:
        got = repr(self.text[self.at : self.at + 12]) if self.at < len(self.text) else "the end"
        return NotLiteral(f"at character {self.at}: expected {wanted}, got {got}")


def _unescaped(found: re.Match[str]) -> str:
    code = found[1]
    if code[0] in "Uux" and len(code) > 1:
        return chr(int(code[1:], 16))
    return _ESCAPED.get(code, code if code in "\\/'\"" else f"\\{code}")


__all__ = [
    "MAX_CHARACTERS",
    "MAX_DEPTH",
    "NotLiteral",
    "check_limits",
    "read_literal",
    "whole_characters",
]
