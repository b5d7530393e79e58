"""The config of the run that an entry is of, read from the entry with validation."""

from __future__ import annotations

from harness.config import HEEDED, ConfigError, RunConfig, as_json, from_json
from leaderboard.entry import Entry
from leaderboard.errors import LeaderboardError
from leaderboard.source import ALWAYS

SETTINGS = frozenset({*ALWAYS, "tasks"}.union(*HEEDED.values()))
"""The keys of an entry's params that are settings of its run; the others are notes."""


def config_of(entry: Entry) -> RunConfig:
    """The config of the entry's run, in all that its method heeds; its models are not looked up.

    Raises LeaderboardError where a setting is none that a run can have: an entry's file can say
    anything.
    """
    params = {key: value for key, value in entry.params.items() if key in SETTINGS}
    stored = {
        **as_json(RunConfig()),
        "tasks": list(entry.tasks),
        **params,
        "policy": entry.policy,
        "rm": entry.reward_model,
        "method": entry.method,
        "data": entry.data,
    }
    try:
        return from_json(stored)
    except ConfigError as error:
        raise LeaderboardError(
            f"the params of {entry.system!r} are no run's settings: {error}; they are {params}"
        ) from error
