"""The errors that this package raises on purpose."""

from __future__ import annotations

from collections.abc import Collection


class EnvError(Exception):
    """Base of the errors below."""


class UnknownEnv(EnvError):
    """No environment has that name."""


class UnknownTask(EnvError):
    """The environment has no task of that id."""


class NotStarted(EnvError):
    """`step` or `snapshot` was called before `reset`."""


class EpisodeOver(EnvError):
    """`step` was called after the end of the episode."""


class NoPlan(EnvError):
    """The expert finds no actions that solve the task from its present state."""


class MissingDependency(EnvError):
    """An environment's optional dependencies are not installed."""


class MissingData(EnvError):
    """An environment's official data is not where `$AGENTRM_DATA` says."""


class BadData(EnvError):
    """A data file is not what its format, its checksum or this package allows."""


class ReplayDiverged(EnvError):
    """Replaying a snapshot's actions ended in another observation than the recorded one."""


class StateLost(EnvError):
    """A saved state is gone, as with the process that held it; replaying still works."""


class EnvCrashed(EnvError):
    """The process that an isolated environment runs in died or did not answer in time."""


def require_known(owner: str, kind: str, name: str, known: Collection[str]) -> None:
    """Raise an error that lists what there is where `name` is none of it."""
    if name not in known:
        raise EnvError(f"{owner}: no {kind} is named {name!r}; there are: {', '.join(known)}")
