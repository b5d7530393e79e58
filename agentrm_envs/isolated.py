"""An environment whose simulator runs in a process of its own, spoken to in lines of JSON."""

from __future__ import annotations

import itertools
import json
import os
import selectors
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict
from typing import IO, Any

from agentrm_envs import errors
from agentrm_envs.core import Outcome, TextEnv, WorkerState
from agentrm_envs.errors import EnvCrashed, EnvError, StateLost
from agentrm_envs.registry import spec

TIMEOUT = 120.0
"""Seconds that a call may take; a Java simulator needs some 10 to start."""
_CHUNK = 65_536


class IsolatedEnv(TextEnv):
    """Forwards the calls of a `TextEnv` to a worker process over its pipes.

    A worker that dies, or that does not answer within `timeout` seconds and is killed, raises
    `EnvCrashed`; the next `reset` or `restore` starts another. `python` may be another virtual
    environment's interpreter that has this package, for simulators whose dependencies conflict
    with ours. `settings` are further keywords of the environment, as plain data.
    """

    def __init__(
        self,
        name: str,
        max_steps: int,
        *,
        split: str = "test",
        data: str = "builtin",
        python: str = sys.executable,
        timeout: float = TIMEOUT,
        **settings: Any,
    ) -> None:
        super().__init__(name, max_steps, split=split, data=data)
        self._python = python
        self._timeout = timeout
        self._settings = {"max_steps": max_steps, "split": split, "data": data, **settings}
        self._worker: _Worker | None = None
        self._closings = 0
        self._begun_with: dict[str, Any] = {}
        # Shared by all the workers of this environment, so that no number comes twice.
        self._numbers = itertools.count()

    def plan(self) -> list[str]:
        """The expert's actions from the present state; its search runs in the worker."""
        return list(self._call("plan"))

    def valid_actions(self) -> list[str]:
        return list(self._call("valid_actions"))

    def close(self) -> None:
        """End the process; may be called twice. A later `reset` starts another.

        What another thread has just asked of the process ends with `EnvCrashed`.
        """
        self._closings += 1
        worker, self._worker = self._worker, None
        if worker is not None:
            worker.kill()

    def __del__(self) -> None:
        # An environment whose __init__ failed has no process yet.
        with suppress(AttributeError):
            self.close()

    def _find(self, task_id: str) -> Any:
        # The worker looks it up: a task need not be plain data, nor readable here.
        return task_id

    def _start(self, task: Any) -> tuple[str, str]:
        if self._worker is None or not self._worker.alive:
            self.close()
            self._start_worker()
        goal, observation, self._begun_with = self._call("start", task)
        return goal, observation

    def _start_worker(self) -> None:
        """Start a process, unless the environment is closed meanwhile, as by a deadline."""
        closings = self._closings
        self._worker = _Worker(self._python, self.name, self._settings)
        # Whoever closed it saw no process yet, and does not come again.
        if self._closings != closings:
            self.close()
            raise EnvCrashed(f"{self.name}: it was closed while its process started")

    def _measures(self) -> Mapping[str, Any]:
        return self._begun_with

    def _act(self, action: str) -> Outcome:
        return Outcome(**self._call("act", action))

    def _save(self) -> Any:
        # Without a process there is no state to save, but the actions still name it.
        if self._worker is None or not self._worker.alive:
            return None
        number = next(self._numbers)
        return WorkerState(self._worker.name, number) if self._call("save", number) else None

    def _knows(self, state: Any) -> bool:
        return isinstance(state, WorkerState)

    def _load(self, state: WorkerState) -> None:
        name, number = state.worker, state.number
        worker = self._worker
        if worker is None or worker.name != name or not worker.alive:
            raise StateLost(f"{self.name}: process {name} is gone, and its states with it")
        if not self._call("load", number):
            raise StateLost(f"{self.name}: process {name} has begun another task since")

    def _call(self, *request: object) -> Any:
        worker = self._worker
        if worker is None:
            raise EnvCrashed(f"{self.name}: no process is running; call reset or restore")
        try:
            answer = json.loads(worker.ask(json.dumps(request), self._timeout))
        except BaseException as error:
            # Its next answer would belong to this question: nothing more can be asked of it.
            self.close()
            if isinstance(error, Silent):
                raise EnvCrashed(f"{self.name}: {error}; call reset or restore") from None
            raise
        if "error" in answer:
            raise _as_ours(self.name, *answer["error"])
        return answer["ok"]


class Silent(Exception):
    """A process gave no answer; the message says why."""


class Child:
    """A process that answers requests over its pipes, within a time limit.

    What a `quiet` one prints as an error is thrown away; `settings` are further keywords of
    `subprocess.Popen`.
    """

    def __init__(self, command: Sequence[str], *, quiet: bool = False, **settings: Any) -> None:
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL if quiet else None,
            bufsize=0,
            **settings,
        )
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._requests, self._replies = self._process.stdin, self._process.stdout
        # Readable once the other end is closed: `kill` wakes a waiting thread with it, as the
        # replies have no end while a descendant of the process holds their pipe open.
        self._killed, self._wake = _pipe()
        self._selector = selectors.DefaultSelector()
        for each in (self._replies, self._killed):
            self._selector.register(each, selectors.EVENT_READ)
        self._exchanging = threading.RLock()
        # Process ids are used again by the system, so the id alone would not be a name.
        self.name = f"{self._process.pid}-{uuid.uuid4().hex}"

    @property
    def alive(self) -> bool:
        return self._process.poll() is None

    @property
    def pid(self) -> int:
        return self._process.pid

    def exchange(
        self, request: bytes, is_whole: Callable[[bytearray], bool], timeout: float
    ) -> bytes:
        """Send a request and return its reply once `is_whole` says so, or raise `Silent`.

        Whoever gets anything but a reply must kill the process: the next answer would belong
        to this request.
        """
        deadline = time.monotonic() + timeout
        reply = bytearray()
        with self._exchanging:
            if self._requests.closed:
                raise Silent(self._obituary())
            try:
                self._requests.write(request)
            except BrokenPipeError:
                raise Silent(self._obituary()) from None
            while not is_whole(reply):
                ready = self._ready(deadline)
                if not ready:
                    raise Silent(f"no answer within {timeout:g} s; its process was killed")
                chunk = b"" if self._killed in ready else self._replies.read(_CHUNK)
                if not chunk:
                    raise Silent(self._obituary())
                reply += chunk
        return bytes(reply)

    def kill(self) -> None:
        """End the process; may be called twice, and while another thread waits for its reply.

        That thread gets `Silent`, and only then the pipes are closed: on one that is closed
        under it it would sleep on until its time is over.
        """
        self._process.kill()
        self._process.wait()
        self._wake.close()
        with self._exchanging:
            self._selector.close()
            # Whatever was not sent yet has no reader any more.
            with suppress(OSError):
                self._requests.close()
            self._replies.close()
            self._killed.close()

    def _ready(self, deadline: float) -> list[object]:
        """Which pipes can be read; none if none can before the deadline (monotonic)."""
        found = self._selector.select(max(0.0, deadline - time.monotonic()))
        return [key.fileobj for key, _ in found]

    def _obituary(self) -> str:
        # It closed its pipe, so it is ending; one that does not is killed by the caller.
        with suppress(subprocess.TimeoutExpired):
            return f"its process exited with status {self._process.wait(timeout=5)}"
        return "its process closed its pipe"


class _Worker(Child):
    """A process that runs `agentrm_envs.worker`, spoken to in lines."""

    def __init__(self, python: str, name: str, settings: dict[str, Any]) -> None:
        start = {
            "name": name,
            "spec": asdict(spec(name)),
            "settings": settings,
            # What this process can import, the worker shall; another interpreter has its own.
            "path": sys.path if python == sys.executable else [],
        }
        super().__init__([python, "-m", "agentrm_envs.worker", json.dumps(start)])

    def ask(self, request: str, timeout: float) -> bytes:
        """Send a line and return the line that answers it, or raise `Silent`."""
        line = request.encode("ascii") + b"\n"
        return self.exchange(line, lambda reply: reply.endswith(b"\n"), timeout)


def _pipe() -> tuple[IO[bytes], IO[bytes]]:
    """Where to read and where to write; no process inherits either end."""
    read, write = os.pipe()
    return open(read, "rb", buffering=0), open(write, "wb", buffering=0)


def _as_ours(name: str, kind: str, message: str) -> EnvError:
    """The worker's error as the class of that name, where it is one of this package's."""
    found = getattr(errors, kind, None)
    if isinstance(found, type) and issubclass(found, EnvError):
        return found(message)
    return EnvError(f"{name}: {kind}: {message}")
