"""What an entry is read from: a run directory, or a file of `leaderboard/entries/`."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from agentrm_envs import Task, Trajectory
from agentrm_envs.errors import EnvError
from harness.command import RIVAL
from harness.config import HEEDED, ConfigError, RunConfig, from_json
from harness.episode import EPISODES_FILE, BadEpisodes, Episode, intact_bytes, read_episodes
from harness.manifest import RUN_FILE, Manifest
from harness.manifest import read as read_manifest
from leaderboard import entry as entries
from leaderboard import evidence as evidences
from leaderboard.entry import Cost, Entry, Run
from leaderboard.errors import BadFile, IncompleteRun
from leaderboard.evidence import Evidence, played, results

ALWAYS = ("split", "limit", "seed")
ENSEMBLES = ("ensemble", "ensemble-min")
"""The kinds of reward model that are several, as in `ensemble:A+B`."""
_ADDRESS = re.compile("@(?=https?://)")
"""Before a server's address: the name of its model may have an @ too, and may be a path there."""


@dataclass(frozen=True, slots=True)
class Source:
    """An entry's evidence and where it was read."""

    path: Path
    evidence: Evidence
    trajectories: Sequence[Trajectory] = ()
    """The episodes' own records, in the evidence's order; only a run directory has them."""


def read(path: Path, *, allow_incomplete: bool = False, system: str = "") -> Source:
    """The evidence of a run directory, or of an entry's file."""
    if path.is_dir():
        return read_run(path, allow_incomplete=allow_incomplete, system=system)
    try:
        return Source(path, evidences.read(path))
    except BadFile as error:
        if not _is_leaderboard(path):
            raise
        raise BadFile(
            f"{path} is a leaderboard, which has no actions to replay; give the run directories "
            "or the entry files that it was built of"
        ) from error


def _is_leaderboard(path: Path) -> bool:
    try:
        entries.read(path)
    except BadFile:
        return False
    return True


def read_run(directory: Path, *, allow_incomplete: bool = False, system: str = "") -> Source:
    """The evidence of a run directory, unverified.

    Raises IncompleteRun where a task has no score yet, unless that is allowed, and always
    where no task was attempted.
    """
    manifest, config, wanted, episodes = _contents(directory)
    episodes = [episode for episode in episodes if episode.task in set(wanted)]
    scored = sum(episode.error is None for episode in episodes)
    if not episodes or (scored < len(wanted) and not allow_incomplete):
        raise IncompleteRun(
            f"{directory}: {scored} of {len(wanted)} tasks are scored, "
            f"{len(episodes) - scored} ended in an error; finish it with "
            f"`python -m harness --resume {directory}`"
        )
    chosen = [episode.tree.trajectory(episode.chosen) for episode in episodes]
    records = tuple(
        played(trajectory, reason(episode))
        for trajectory, episode in zip(chosen, episodes, strict=True)
    )
    table, overall = results(records)
    entry = Entry(
        system=system or name(config),
        policy=public(config.policy),
        reward_model=public(config.rm),
        method=config.method,
        params=parameters(config, manifest),
        data=_data(config),
        results=table,
        overall=overall,
        cost=cost(episodes),
        verified=False,
        run=Run(
            manifest.config_sha256,
            manifest.tasks_sha256,
            {**manifest.versions, **{f"{key} sha256": sum for key, sum in manifest.models.items()}},
        ),
    )
    return Source(directory, Evidence(entry, records), chosen)


def rival_of(directory: Path) -> Path | None:
    """The run within a run's directory that it was compared with, once that has an episode."""
    rival = directory / RIVAL
    begun = (rival / RUN_FILE).is_file() and intact_bytes(rival / EPISODES_FILE) > 0
    return rival if begun else None


def name(config: RunConfig) -> str:
    """What a system is called: its policy, its search and the reward model that guides it."""
    searches = {
        "greedy": "greedy",
        "best-of-n": f"best-of-{config.n}",
        "beam": f"beam {config.width}x{config.branch}",
        "mcts": f"mcts {config.iterations}",
    }
    guide = "" if config.rm == "none" else f", {public(config.rm)} RM"
    words = ", other prompts" if config.prompts else ""
    return f"{public(config.policy)}, {searches[config.method]}{guide}{words}"


def public(model: str) -> str:
    """A model's name without what is one machine's own: `hf:/some/where/policy` -> `hf:policy`.

    So for each model that is named within it: `ensemble:judge:hf:/some/where/m+explicit`.
    """
    kind, colon, members = model.partition(":")
    if kind in ENSEMBLES:
        return kind + colon + "+".join(map(public, members.split("+")))
    name, *address = _ADDRESS.split(model, maxsplit=1)
    shown = _without_folder(name)
    return shown if address else shown.partition("@")[0]


def _without_folder(name: str) -> str:
    kind, colon, rest = name.partition(":")
    if kind.startswith(("/", "~", "..")):
        return Path(name).name  # of all that follows, as a path may have a colon too
    return kind + colon + _without_folder(rest) if colon else kind


def parameters(config: RunConfig, manifest: Manifest) -> dict[str, Any]:
    """The settings that matter to the method, and those that choose the tasks."""
    found = {key: getattr(config, key) for key in (*ALWAYS, *HEEDED[config.method])}
    if config.tasks != config.environments():
        found["tasks"] = list(config.tasks)  # some were named one by one
    if config.prompts:
        found["prompts"] = manifest.models.get("prompts", "")
    return found | ({"rescored_from": manifest.rescored_from} if manifest.rescored_from else {})


def cost(episodes: Sequence[Episode]) -> Cost:
    """What the episodes used, those that ended in an error included."""
    return Cost(
        sum(episode.usage.policy_tokens for episode in episodes),
        sum(episode.usage.rm_tokens for episode in episodes),
        sum(episode.usage.env_steps for episode in episodes),
        math.fsum(episode.seconds for episode in episodes),
    )


def _contents(directory: Path) -> tuple[Manifest, RunConfig, list[Task], list[Episode]]:
    if not (directory / RUN_FILE).is_file():
        raise BadFile(f"{directory} is not a run directory: it has no {RUN_FILE}")
    try:
        manifest = read_manifest(directory)
        config = from_json(manifest.config)
        return manifest, config, config.task_list(), read_episodes(directory)
    except (ConfigError, BadEpisodes, EnvError) as error:
        raise BadFile(f"{directory}: {error}") from error


def _data(config: RunConfig) -> Any:
    return config.data  # RunConfig has checked that it is one of the two that an entry knows


def reason(episode: Episode) -> str | None:
    """Why an episode broke off; None where it did not."""
    error = episode.error
    return f"{error.kind}: {error.type}: {error.message}" if error else None
