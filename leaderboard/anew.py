"""Plays some of an entry's tasks anew, with its models, and compares what they do with the record.

Replay shows that the actions give the scores; this shows that the models give the actions.
"""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path

from agentrm_envs.errors import EnvError
from harness.config import ConfigError
from harness.executor import Loaded, Place
from harness.player_spec import PlayerSpec
from harness.runner import run_in
from leaderboard.entry import Entry
from leaderboard.entry_config import config_of
from leaderboard.errors import LeaderboardError, NotPlayable
from leaderboard.evidence import Evidence, Played, played
from leaderboard.own_models import check_models
from leaderboard.printable import printable
from leaderboard.report import Difference
from leaderboard.source import reason
from rewards.errors import RewardError
from rewards.factories import MissingModelDependency

ARITHMETIC = "arithmetic"
"""The version that says in which numbers a run's models computed: `float32 AVX2`."""
NOT_LOADED = (ConfigError, EnvError, MissingModelDependency, RewardError)
"""What is raised where a model, or an environment, is not installed or cannot be as it is named."""


@dataclass(frozen=True, slots=True)
class Anew:
    """What playing some of an entry's tasks anew found."""

    system: str
    episodes: int
    differences: tuple[Difference, ...]
    why_not: str = ""
    """Why it cannot be played on this machine; empty where it was."""

    @property
    def same(self) -> bool:
        return self.episodes > 0 and not self.differences

    def __str__(self) -> str:
        if self.why_not:
            return f"not playable here: {printable(self.system)}: {printable(self.why_not)}"
        system = f"{printable(self.system)} ({self.episodes} episodes)"
        if self.same:
            return f"played anew: {system}: every action and score is the same"
        found = "\n".join(f"  - {difference}" for difference in self.differences)
        return f"NOT THE SAME: {system}, {len(self.differences)} differ:\n{found}"


def play_anew(evidence: Evidence, count: int, *, quiet: bool = True) -> Anew:
    """Play `count` of the entry's tasks: of each environment the one with the fewest steps first.

    Models that are not those of the entry are a difference, and do not play. Raises NotPlayable
    where they do not come with the project or are not on this machine, and LeaderboardError
    where they computed in other numbers than this machine's do, or the params are no settings.
    """
    entry, chosen = evidence.entry, shortest(evidence.episodes, count)
    with _opened(entry) as loaded:
        _same_numbers(entry, loaded)
        if others := _other_models(entry, loaded):
            return Anew(entry.system, 0, tuple(others))
        with tempfile.TemporaryDirectory() as directory:
            found_anew = run_in(
                Path(directory),
                [episode.task for episode in chosen],
                loaded.play,
                max_concurrent=loaded.at_once,
                progress=not quiet,
            )
    episodes = {episode.task: episode for episode in found_anew}
    found = []
    for recorded in chosen:
        episode = episodes[recorded.task]
        anew = played(episode.tree.trajectory(episode.chosen), reason(episode))
        found += [difference] if (difference := parting(recorded, anew)) else []
    return Anew(entry.system, len(chosen), tuple(found))


@contextmanager
def _opened(entry: Entry) -> Iterator[Loaded]:
    """What plays as the entry's models did."""
    config = config_of(entry)
    if "prompts" in entry.params:
        raise NotPlayable("it was played with prompts that are not part of it")
    check_models(entry)
    with ExitStack() as stack:
        try:
            spec = PlayerSpec.of(config.checked())
            loaded = stack.enter_context(Place().opened(spec))
        except NOT_LOADED as error:
            raise NotPlayable(str(error)) from error
        yield loaded


def shortest(episodes: Sequence[Played], count: int) -> list[Played]:
    """Scored episodes: the shortest of each environment, then the second of each, and so on."""
    scored = [episode for episode in episodes if episode.error is None]
    scored.sort(key=lambda each: (len(each.actions), each.task.env, each.task.id))
    seen: Counter[str] = Counter()
    ranks = []
    for episode in scored:
        ranks.append(seen[episode.task.env])
        seen[episode.task.env] += 1
    order = sorted(range(len(scored)), key=lambda i: ranks[i])
    return [scored[i] for i in order[:count]]


def parting(recorded: Played, anew: Played) -> Difference | None:
    """Where an episode that was played anew parts from its record; None where it never does."""
    where = f"{recorded.task.env} {recorded.task.id}"
    if anew.error:
        return Difference(where, "an episode without an error", anew.error)
    for number, (old, new) in enumerate(zip_longest(recorded.actions, anew.actions), 1):
        if old != new:
            return Difference(f"{where}: action {number}", _shown(old), _shown(new))
    if recorded == anew:
        return None
    return Difference(f"{where}: end", f"score {recorded.score}", f"score {anew.score}")


def _shown(action: str | None) -> str:
    return "the end" if action is None else repr(action)


def _same_numbers(entry: Entry, loaded: Loaded) -> None:
    recorded, now = (_type(versions) for versions in (entry.run.versions, loaded.versions))
    if recorded and now and recorded != now:
        from rewards.backbone.arithmetic import VARIABLE  # it imports torch

        raise LeaderboardError(
            f"{entry.system}: its models computed in {recorded}, here they would in {now}, which "
            f"decides about actions; play it with {VARIABLE}={recorded}"
        )


def _type(versions: Mapping[str, str]) -> str:
    """The number type; empty where no model computed."""
    return versions.get(ARITHMETIC, "").partition(" ")[0]


def _other_models(entry: Entry, loaded: Loaded) -> list[Difference]:
    """The models that are not those that the entry was made with."""
    recorded = {key: sum for key, sum in entry.run.versions.items() if key.endswith(" sha256")}
    now = {f"{key} sha256": sum for key, sum in loaded.models.items()}
    return [
        Difference(key, recorded.get(key, "none"), now.get(key, "none"))
        for key in sorted({*recorded, *now})
        if recorded.get(key) != now.get(key)
    ]
