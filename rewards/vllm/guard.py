"""Ends the processes of an engine when this one is gone: vLLM's outlive one that is killed.

They would keep the memory of a GPU, so that `--resume` had none. Run as a program, this file
reads process ids, and kills those processes when its input ends, as it does with its parent.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterable
from contextlib import suppress


class Guard:
    """Knows processes that are to live no longer than this one."""

    def __init__(self) -> None:
        self._watched: set[int] = set()
        self._process = subprocess.Popen(
            [sys.executable, "-I", "-S", __file__],
            stdin=subprocess.PIPE,
            text=True,
            start_new_session=True,  # what interrupts this process must not end its guard first
        )

    def watch(self, pids: Iterable[int]) -> None:
        """Take in those processes that are not watched yet."""
        assert self._process.stdin is not None
        for pid in sorted(set(pids) - self._watched):
            self._watched.add(pid)
            print(pid, file=self._process.stdin, flush=True)

    def close(self) -> None:
        """End the processes that still live, and the guard."""
        self._process.communicate()


def main() -> None:
    watched = []
    for line in sys.stdin:
        with suppress(ProcessLookupError):
            watched.append(os.pidfd_open(int(line)))  # unlike a number, it is never reused
    for process in watched:
        with suppress(ProcessLookupError):
            signal.pidfd_send_signal(process, signal.SIGKILL)


if __name__ == "__main__":
    main()
