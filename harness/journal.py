"""A run directory's file of episodes, which one process at a time may write."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from io import FileIO
from pathlib import Path

from harness.episode import EPISODES_FILE, intact_bytes


class DirectoryInUse(RuntimeError):
    """Another process writes this run directory."""


@dataclass(frozen=True, slots=True)
class Journal:
    """The file, locked for this process and open at its end."""

    directory: Path
    file: FileIO

    def append(self, lines: bytes) -> None:
        """Add lines; when it returns they are on the disk."""
        left = memoryview(lines)
        while left:
            left = left[self.file.write(left) :]
        os.fsync(self.file.fileno())


@contextmanager
def opened(directory: Path) -> Iterator[Journal]:
    """The directory's journal, for this process alone; raises DirectoryInUse.

    The kernel holds the lock and drops it with the process, so none is ever stale. A torn last
    line is cut off. What was made for the journal is removed again if nothing was written.
    """
    new = not directory.exists()
    path = directory / EPISODES_FILE
    with _locked(path) as file:
        try:
            file.truncate(intact_bytes(path))
            yield Journal(directory, file)
        finally:
            if not os.fstat(file.fileno()).st_size:
                path.unlink(missing_ok=True)
                if new:
                    with suppress(OSError):  # something else was put in it
                        directory.rmdir()


def _locked(path: Path) -> FileIO:
    while True:
        path.parent.mkdir(parents=True, exist_ok=True)
        # Unbuffered: what a full disk refused must not be tried again when the file is closed.
        file = FileIO(path, "ab")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            file.close()
            raise DirectoryInUse(
                f"another process is writing {path}; wait for it or end it, then --resume"
            ) from error
        if _is(path, file):
            return file
        file.close()  # who had the lock before has removed the file


def _is(path: Path, file: FileIO) -> bool:
    try:
        return os.path.samestat(path.stat(), os.fstat(file.fileno()))
    except FileNotFoundError:
        return False
