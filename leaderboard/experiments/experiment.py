"""What an experiment is: its flags, the stages that it consists of, and what they come to."""

from __future__ import annotations

import argparse
import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from leaderboard.experiments.result import Result
from leaderboard.experiments.stage import Stage
from rewards.errors import MissingData


@dataclass(frozen=True, slots=True)
class Experiment:
    """One of the paper's experiments; `given` is what its flags were read to."""

    about: str
    add_flags: Callable[[argparse.ArgumentParser], None]
    plan: Callable[[argparse.Namespace], Sequence[Stage]]
    """The stages, in order; each folder lies in `given.out`."""
    result: Callable[[argparse.Namespace], Result]
    """What the finished stages come to."""
    files: Callable[[argparse.Namespace], Sequence[Path]] = lambda given: ()
    """The files that it reads, whose contents belong to its settings."""


def checksums(files: Sequence[Path]) -> dict[str, str]:
    """sha256 by path; `MissingData` names a file that is not there."""
    found = {}
    for file in files:
        if not file.is_file():
            raise MissingData(f"there is no file {file}")
        with file.open("rb") as content:
            found[str(file)] = hashlib.file_digest(content, "sha256").hexdigest()
    return found
