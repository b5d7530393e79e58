"""The child's side of an isolated environment: `python -m agentrm_envs.worker START`.

It reads a JSON request a line and writes a JSON reply a line. States saved here stay here: the
parent holds their numbers. Requests are `start, act, save, load, valid_actions, plan`.
"""

from __future__ import annotations

import json
import os
import queue
import signal
import sys
import threading
from collections.abc import Callable
from typing import Any, TextIO

from agentrm_envs.core import Snapshot, TextEnv
from agentrm_envs.keywords import made
from agentrm_envs.registry import ENVS, EnvSpec, expert


def main() -> None:
    # A simulator's C code or JVM may print: stdout becomes stderr, replies keep their own pipe.
    replies = os.fdopen(os.dup(1), "w", encoding="ascii", buffering=1)
    os.dup2(2, 1)
    # Ctrl-C reaches every process of a terminal; what it means is for the parent to say.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    requests: queue.SimpleQueue[str] = queue.SimpleQueue()
    threading.Thread(target=_listen, args=(sys.stdin, requests), daemon=True).start()
    start = json.loads(sys.argv[1])
    sys.path += [folder for folder in start["path"] if folder not in sys.path]
    serve(start, requests, replies)


def serve(start: dict[str, Any], requests: queue.SimpleQueue[str], replies: TextIO) -> None:
    """Answer requests for ever; the process ends when its parent closes the pipe."""
    host: Host | None = None
    while True:
        call, *arguments = json.loads(requests.get())
        try:
            if host is None:
                # Made at the first request, so that what fails is an answer.
                host = Host(start)
            reply = json.dumps({"ok": host.calls[call](*arguments)})
        except Exception as error:
            reply = json.dumps({"error": [type(error).__name__, str(error)]})
        print(reply, file=replies)


class Host:
    """The environment and the states that were saved since its task began."""

    def __init__(self, start: dict[str, Any]) -> None:
        self._name: str = start["name"]
        # The parent may know environments that were registered from Python.
        ENVS.setdefault(self._name, EnvSpec(**start["spec"]))
        self._env: TextEnv = made(self._name, start["settings"], isolated=False)
        self._saved: dict[int, Snapshot] = {}
        self.calls: dict[str, Callable[..., Any]] = {
            "start": self._start,
            "act": self._act,
            "save": self._save,
            "load": self._load,
            "valid_actions": lambda: self._env.valid_actions(),
            "plan": lambda: expert(self._name)(self._env),
        }

    def _start(self, task_id: str) -> list[Any]:
        self._saved.clear()
        observation, info = self._env.reset(options={"task": task_id})
        return [info["goal"], observation, dict(self._env._now().outcome.extra)]

    def _act(self, action: str) -> dict[str, Any]:
        self._env.step(action)
        outcome = self._env._now().outcome
        return {
            "observation": outcome.observation,
            "score": outcome.score,
            "terminated": outcome.terminated,
            "success": outcome.success,
            "extra": dict(outcome.extra),
        }

    def _save(self, number: int) -> bool:
        snapshot = self._env.snapshot()
        if snapshot.state is None:
            return False
        self._saved[number] = snapshot
        return True

    def _load(self, number: int) -> bool:
        if number not in self._saved:
            return False
        self._env.restore(self._saved[number])
        return True


def _listen(requests: TextIO, to: queue.SimpleQueue[str]) -> None:
    for line in requests:
        to.put(line)
    # The parent is gone: end at once, even where the simulator hangs.
    os._exit(0)


if __name__ == "__main__":
    main()
