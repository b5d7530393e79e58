"""What the project's commands share: a parser that says what was meant, and how they end."""

from __future__ import annotations

import argparse
import difflib
import sys
from collections.abc import Callable, Iterable
from io import TextIOWrapper
from typing import Any, NoReturn

MISUSE = 2
"""The exit status of a command that could not do what it was asked, as argparse has it."""
INTERRUPTED = 130
"""The exit status of a command that Ctrl-C ended, as shells have it."""


def ended(
    command: Callable[[], int],
    errors: tuple[type[Exception], ...],
    *,
    interrupted: str = "interrupted",
) -> int:
    """The exit status of a command; `errors`, whose message says all, are told in a line.

    So are those of the file system: a folder that cannot be written, or a disk that is full.
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):  # a terminal may have no "±"
            stream.reconfigure(errors="replace")
    try:
        return command()
    except OSError as error:
        print(f"error: {told(error)}", file=sys.stderr)
        return MISUSE
    except errors as error:
        print(f"error: {error}", file=sys.stderr)
        return MISUSE
    except KeyboardInterrupt:
        print(interrupted, file=sys.stderr)
        return INTERRUPTED


def told(error: OSError) -> str:
    """Which file it is about, where that is known, and what is wrong."""
    file = error.filename2 or error.filename
    return f"{file}: {error.strerror}" if file and error.strerror else str(error)


def meant(word: str, known: Iterable[str]) -> str:
    """`; did you mean 'maze'?`, or nothing where no known word is close."""
    close = difflib.get_close_matches(word, known, n=1)
    return f"; did you mean {close[0]!r}?" if close else ""


def count(text: str) -> int:
    """A flag's value that is a whole number from 0 on."""
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"takes a whole number, 0 or more, not {text!r}")
    return int(text)


class Parser(argparse.ArgumentParser):
    """Ends at a mistake with a line that says which, and what may have been meant."""

    def parse_known_args(  # type: ignore[override]
        self, args: Any = None, namespace: Any = None
    ) -> tuple[argparse.Namespace, list[str]]:
        found, unknown = super().parse_known_args(args, namespace)
        if unknown:
            self.error(self._unknown(unknown[0].partition("=")[0]))
        return found, unknown

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: error: {message}\n`{self.prog} --help` says what there is\n")

    def _unknown(self, word: str) -> str:
        if not word.startswith("-"):
            return f"{word!r} is one argument too many"
        return f"there is no flag {word}{meant(word, self._option_string_actions)}"

    def _check_value(self, action: argparse.Action, value: Any) -> None:
        try:
            super()._check_value(action, value)
        except argparse.ArgumentError as error:
            error.message += meant(str(value), map(str, action.choices or ()))
            raise
