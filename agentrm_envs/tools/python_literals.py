"""Reads what AgentBoard's `eval` reads, as far as it is plain data: nothing is evaluated."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable
from typing import Any

from agentrm_envs.tools.literals import (
    MAX_CHARACTERS,
    MAX_DEPTH,
    NotLiteral,
    check_limits,
    whole_characters,
)

_STRING_OR_COMMENT = re.compile(
    r"#[^\n]*|([A-Za-z]{0,2})('''(?:[^\\]|\\.)*?(?:'''|\Z)|\"\"\"(?:[^\\]|\\.)*?(?:\"\"\"|\Z)"
    r"|'(?:[^'\\\n]|\\.)*'?|\"(?:[^\"\\\n]|\\.)*\"?)",
    re.DOTALL,
)
_ESCAPE = re.compile(r"\\([4-7][0-7]{2}|.)", re.DOTALL)
_ESCAPED = frozenset("\\'\"\nabfnrtv01234567xNuU")


def read_python_literal(text: str) -> Any:
    """The value of a Python literal, with the limits of `read_literal`.

    JSON's own words (true, null) are names here, and its own escapes are Python's. Tuples stay
    tuples, of equal keys the last counts; a set is read only where it is the whole text.
    """
    if len(text) > MAX_CHARACTERS:
        raise NotLiteral(f"{len(text)} characters; at most {MAX_CHARACTERS} are read")
    try:
        tree = ast.parse(_STRING_OR_COMMENT.sub(_quiet, text), mode="eval")
    except (SyntaxError, ValueError, MemoryError, RecursionError) as error:
        raise NotLiteral(f"it is no Python: {error}") from error
    if isinstance(tree.body, ast.Set):
        return _set(tree.body.elts)
    return _value(tree.body, 0)


def _value(node: ast.expr, depth: int) -> Any:
    if depth > MAX_DEPTH:
        raise NotLiteral(f"nested more than {MAX_DEPTH} deep")
    match node:
        case ast.Constant(value=value):
            return _scalar(value)
        case ast.UnaryOp(op=ast.USub() | ast.UAdd() as sign, operand=operand):
            return _signed(sign, _value(operand, depth + 1))
        case ast.List(elts=items):
            return [_value(item, depth + 1) for item in items]
        case ast.Tuple(elts=items):
            return tuple(_value(item, depth + 1) for item in items)
        case ast.Dict(keys=keys, values=values):
            return {
                _key(key): _value(value, depth + 1) for key, value in zip(keys, values, strict=True)
            }
    raise NotLiteral(f"at character {node.col_offset}: expected a value")


def _scalar(value: Any) -> Any:
    if isinstance(value, str):
        return whole_characters(value)
    if value is not None and not isinstance(value, int | float):
        raise NotLiteral(f"{type(value).__name__} is no plain data")
    check_limits(value)
    return value


def _signed(sign: ast.unaryop, value: Any) -> int | float:
    if not isinstance(value, int | float):
        raise NotLiteral("only a number has a sign")
    return -value if isinstance(sign, ast.USub) else +value


def _key(node: ast.expr | None) -> Any:
    """A dict's key; others than scalars could not be told as JSON."""
    if not isinstance(node, ast.Constant):
        raise NotLiteral("a key is no plain data")
    return _scalar(node.value)


def _set(items: Iterable[ast.expr]) -> set[Any]:
    try:
        return {_value(item, 1) for item in items}
    except TypeError as error:
        raise NotLiteral(str(error)) from error


def _quiet(found: re.Match[str]) -> str:
    r"""A string without escapes such as `\d`, of which Python warns for all of the process."""
    prefix, body = found.groups()
    if body is None or "r" in prefix.lower():
        return found[0]
    return prefix + _ESCAPE.sub(_known, body)


def _known(found: re.Match[str]) -> str:
    code = found[1]
    if len(code) == 3:
        return f"\\u{int(code, 8):04x}"
    return found[0] if code in _ESCAPED else f"\\{found[0]}"


__all__ = ["read_python_literal"]
