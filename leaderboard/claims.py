"""Whether what an entry says of its episodes and its tasks is so."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from agentrm_envs.errors import EnvError
from harness.config import ConfigError, sha256
from leaderboard.entry import DECIMALS, Entry, plain
from leaderboard.entry_config import config_of
from leaderboard.errors import LeaderboardError
from leaderboard.evidence import Evidence, results
from leaderboard.report import Difference

NOT_CLAIMED = ("verified", "run.versions")
"""What may change without the entry being of another run."""


def differing_claims(evidence: Evidence) -> list[Difference]:
    """The entry's numbers that are not what its episodes come to."""
    try:
        table, overall = results(evidence.episodes)
    except EnvError as error:
        return [Difference("entry: results", "known environments", str(error))]
    return differing(evidence.entry, replace(evidence.entry, results=table, overall=overall))


def differing(claimed: Entry, counted: Entry) -> list[Difference]:
    """What one entry says and the other does not; floats as far as a file keeps them."""
    says, holds = dict(_leaves(plain(claimed))), dict(_leaves(plain(counted)))
    return [
        Difference(f"entry: {key}", _shown(says.get(key)), _shown(holds.get(key)))
        for key in sorted({*says, *holds})
        if not key.startswith(NOT_CLAIMED) and not _same(says.get(key), holds.get(key))
    ]


def differing_tasks(evidence: Evidence) -> list[Difference]:
    """Whether the episodes are those of the tasks that the entry names: all, each once."""
    entry = evidence.entry
    if lacking := [key for key in ("split", "limit") if key not in entry.params]:
        wanting = "a split and a limit, which choose the tasks"
        return [Difference("entry: params", wanting, f"no {' and no '.join(lacking)}")]
    try:
        config = config_of(entry)
    except LeaderboardError as error:
        return [Difference("entry: params", "settings that a run can have", str(error))]
    try:
        today, wanted = sha256(config.task_sums()), config.task_list()
    except (ConfigError, EnvError) as error:
        named = f"{config.split} tasks of {', '.join(config.tasks)}"
        return [Difference("entry: tasks", named, str(error))]
    if today != entry.run.tasks_sha256:
        return [Difference("entry: run.tasks_sha256", entry.run.tasks_sha256, today)]
    played = sorted((episode.task.env, episode.task.id) for episode in evidence.episodes)
    due = sorted((task.env, task.id) for task in wanted)
    if played == due:
        return []
    odd = [" ".join(task) for task in sorted(set(played) ^ set(due))]
    named = ", ".join(odd[:5]) if odd else "some task twice"
    return [
        Difference(
            "entry: episodes",
            f"{len(played)} episodes",
            f"{len(due)} tasks; only in one of them: {named}",
        )
    ]


def _leaves(value: Any, place: str = "") -> Iterator[tuple[str, Any]]:
    """Every number and word of nested plain data by its dotted place."""
    if isinstance(value, dict):
        for key, item in value.items():
            yield from _leaves(item, f"{place}.{key}" if place else key)
    elif isinstance(value, list):
        yield from _leaves({str(i): item for i, item in enumerate(value)}, place)
    else:
        yield place, value


def _shown(value: Any) -> str:
    return "nothing" if value is None else str(value)


def _same(claimed: object, counted: object) -> bool:
    if isinstance(claimed, float | int) and isinstance(counted, float | int):
        return abs(claimed - counted) < 2.0 * 0.1**DECIMALS
    return bool(claimed == counted)
