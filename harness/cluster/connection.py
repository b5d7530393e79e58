"""The connection to a Ray cluster, or to a Ray of our own on this machine."""

from __future__ import annotations

import logging
import os
import secrets
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import ray
from ray.exceptions import RayError

from harness.executor import ExecutorError

_ANSWER_SECONDS = 10.0
"""How long a cluster may take to accept a connection; Ray itself would try for minutes."""

_LOOPBACK = {"localhost", "127.0.0.1", "::1"}


@contextmanager
def connected(address: str | None) -> Iterator[None]:
    """A connection to the cluster at `address`, at $RAY_ADDRESS, or to one that ends with it.

    Nothing of what the cluster's processes print comes to this one's stdout or stderr: it is
    in Ray's log files.
    """
    place = address or os.environ.get("RAY_ADDRESS") or "local"
    # Ray asks on the terminal, and later on the network, unless it is told.
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    if place == "local":
        _start()
    else:
        _connect(place)
    try:
        yield
    finally:
        ray.shutdown()


def _start() -> None:
    """Start Ray here, without a dashboard; it dies with this process, even when that is killed."""
    print("note: starting Ray on this machine; --ray-address names a cluster", file=sys.stderr)
    # Ray listens on every interface and obeys whoever has its token, which it would otherwise
    # keep in the user's home: a fresh one for each run.
    os.environ.setdefault("RAY_AUTH_TOKEN", secrets.token_hex(32))
    # Its processes do this run's work, so they are no less urgent than a run without it.
    os.environ.setdefault("RAY_worker_niceness", "0")
    try:
        ray.init(
            address="local",
            num_cpus=os.cpu_count(),
            include_dashboard=False,
            log_to_driver=False,
            logging_level=logging.ERROR,
        )
    except RuntimeError as error:
        raise ExecutorError(f"Ray did not start on this machine: {error}") from error


def _connect(place: str) -> None:
    advice = "start one with `ray start --head`, or leave --ray-address out to use this machine"
    _require_answer(place, advice)
    try:
        ray.init(address=place, log_to_driver=False, logging_level=logging.ERROR)
    except (ConnectionError, ValueError, RuntimeError, RayError) as error:
        raise ExecutorError(f"no Ray cluster to play on at {place}: {error}; {advice}") from error


def _require_answer(place: str, advice: str) -> None:
    """Raise ExecutorError where `place` is HOST:PORT and nobody listens there."""
    host, _, port = place.removeprefix("ray://").rpartition(":")
    if not host or not port.isdecimal():
        return
    host = host.strip("[]")
    if host in _LOOPBACK:  # which Ray takes for the address that other machines know this one by
        host = ray.util.get_node_ip_address()
    try:
        socket.create_connection((host, int(port)), timeout=_ANSWER_SECONDS).close()
    except OSError as error:
        raise ExecutorError(
            f"no Ray cluster answers at {place} (asked {host}:{port}: {error}); {advice}"
        ) from error
