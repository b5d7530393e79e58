"""Text from a file that anybody may have written, on its way to a terminal."""

from __future__ import annotations


def printable(text: str) -> str:
    """Without what could steer a terminal or break the line."""
    return "".join(character if character.isprintable() else " " for character in text)
