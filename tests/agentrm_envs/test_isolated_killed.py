"""A process that is killed by one thread while another waits for its reply."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
from contextlib import closing

import pytest

import tests.toys  # noqa: F401  # registers the toy
from agentrm_envs import isolated, make
from agentrm_envs.errors import EnvCrashed
from agentrm_envs.isolated import Child, Silent

PATIENCE = 20.0
"""Seconds after which a thread counts as left behind: far less than it would wait for a reply."""
MUTE = ["sleep", "300"]


class Asking(threading.Thread):
    """Waits for a reply of a child, which never comes, and keeps how that ended."""

    def __init__(self, child: Child) -> None:
        super().__init__(daemon=True)
        self._child = child
        self.ended_with: BaseException | None = None
        self.start()

    def run(self) -> None:
        try:
            self._child.exchange(b"?\n", is_line, timeout=10 * PATIENCE)
        except BaseException as error:
            self.ended_with = error

    def ended(self) -> bool:
        self.join(PATIENCE)
        return not self.is_alive()


class Slow:
    """A child's selector: the thread that it wakes goes on only when it could have been closed."""

    def __init__(self, child: Child) -> None:
        self._selector, child._selector = child._selector, self
        self.waiting, self._closed = threading.Event(), threading.Event()
        self.closed_under_the_thread = False

    def select(self, timeout: float):
        self.waiting.set()
        found = self._selector.select(timeout)
        self.closed_under_the_thread |= self._closed.wait(0.5)
        return found

    def close(self) -> None:
        self._closed.set()
        self._selector.close()


def is_line(reply: bytearray) -> bool:
    return reply.endswith(b"\n")


@pytest.fixture
def child():
    child = Child(MUTE)
    yield child
    child.kill()


def killed_while_a_thread_waits(child):
    """The two ends of it; the thread must have been told."""
    slow = Slow(child)
    asking = Asking(child)
    assert slow.waiting.wait(PATIENCE)
    child.kill()
    assert asking.ended()
    assert isinstance(asking.ended_with, Silent)
    return slow, asking


def test_what_a_thread_waits_for_is_not_closed_before_it_is_awake(child):
    slow, asking = killed_while_a_thread_waits(child)
    assert str(asking.ended_with) == "its process exited with status -9"
    assert not slow.closed_under_the_thread
    assert child._replies.closed


def test_a_thread_is_woken_although_a_descendant_holds_the_pipe_open():
    held = Child(["sh", "-c", "sleep 300 & echo; wait"], start_new_session=True)
    try:
        held.exchange(b"", is_line, PATIENCE)
        killed_while_a_thread_waits(held)
    finally:
        os.killpg(held.pid, signal.SIGKILL)


def test_it_may_be_killed_twice_and_by_two_threads(child):
    killing = [threading.Thread(target=child.kill, daemon=True) for _ in range(2)]
    for each in killing:
        each.start()
    for each in killing:
        each.join(PATIENCE)
    child.kill()
    assert not any(each.is_alive() for each in killing)
    assert not child.alive


def test_it_may_be_killed_by_the_thread_that_asks():
    child = Child(["cat"])

    def kill(reply: bytearray) -> bool:
        child.kill()  # as a handler of signals may
        return True

    asking = threading.Thread(target=child.exchange, args=(b"?\n", kill, 1.0), daemon=True)
    asking.start()
    asking.join(PATIENCE)
    assert not asking.is_alive()
    assert not child.alive


def test_one_that_was_killed_is_silent(child):
    child.kill()
    with pytest.raises(Silent, match="exited with status -9"):
        child.exchange(b"?\n", is_line, timeout=1.0)


def test_an_environment_that_is_closed_while_its_process_starts_leaves_none(monkeypatch):
    """As where a deadline passes then: nobody else would ever end the process."""
    started: list[subprocess.Popen[bytes]] = []

    class Closing(isolated._Worker):
        def __init__(self, *arguments) -> None:
            super().__init__(*arguments)
            started.append(self._process)
            env.close()

    monkeypatch.setattr(isolated, "_Worker", Closing)
    with closing(make("toy", isolated=True)) as env:
        with pytest.raises(EnvCrashed, match="closed while its process started"):
            env.reset(options={"task": "abba"})
        assert [process.returncode for process in started] == [-signal.SIGKILL]
        monkeypatch.undo()
        env.reset(options={"task": "abba"})
        assert env.step("a")[0] == "You typed a."
