"""Processes that live no longer than the one that guards them, with no vLLM."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from rewards.vllm.guard import Guard

ROOT = Path(__file__).parents[3]
PARENT = """
import sys, time
from rewards.vllm.guard import Guard
guard = Guard()
guard.watch(map(int, sys.argv[1:]))
print("watched", flush=True)
time.sleep(60)
"""


@pytest.fixture
def child():
    with subprocess.Popen(["sleep", "60"]) as process:
        yield process
        process.kill()


def test_what_is_guarded_ends_with_a_killed_process(child):
    command = [sys.executable, "-c", PARENT, str(child.pid)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout.readline() == "watched\n"
        assert child.poll() is None
        parent.kill()
    assert child.wait(timeout=30) == -signal.SIGKILL


def test_a_guard_that_is_closed_leaves_nothing(child):
    guard = Guard()
    guard.watch([child.pid])
    guard.watch([child.pid, os.getpid() + 2**22])  # the last is no process
    guard.close()
    assert child.wait(timeout=30) == -signal.SIGKILL
