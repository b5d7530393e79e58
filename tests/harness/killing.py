"""Killing a run again and again, at moments of a test's choice, and going on with it."""

from __future__ import annotations

import signal
import subprocess
import time
from collections.abc import Iterable, Sequence
from pathlib import Path


def killed_and_resumed(
    command: Sequence[str], flags: Sequence[str], run: Path, moments: Iterable[float]
) -> int:
    """Run `command flags --out run`, kill it after each of `moments` seconds, and then let it end.

    Returns how often it was killed: less often if it ended before.
    """
    argv, kills = [*flags, "--out", str(run)], 0
    for moment in moments:
        process = subprocess.Popen(
            [*command, *argv], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        time.sleep(moment)
        process.kill()
        status = process.wait()
        if (run / "run.json").exists():
            argv = ["--resume", str(run)]
        if status != -signal.SIGKILL:
            break
        kills += 1
    last = subprocess.run([*command, *argv], capture_output=True, text=True, check=False)
    assert last.returncode == 0, last.stderr
    return kills
