"""Best-of-N again with another reward model, on trajectories that are already there."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from agentrm_envs import Task, Tree
from harness.config import ConfigError, RunConfig, from_json
from harness.deadline import within
from harness.episode import Episode, read_episodes
from harness.guard import GuardedReward
from harness.manifest import Manifest, read
from harness.runner import describe
from harness.search.best_of_n import choose
from rewards.core import RewardModel
from rewards.metering import metered
from rewards.stopping import stopping


@dataclass(frozen=True, slots=True)
class Rescorer:
    """Plays an episode by choosing again among the trajectories of one played before.

    What the trajectories cost stays on the books; the first reward model's tokens do not.
    """

    episodes: Mapping[Task, Episode]
    reward_model: RewardModel
    deadline: float = 0.0
    """Seconds that the choice may take; 0: as many as it likes."""

    async def __call__(self, task: Task) -> Episode:
        source = self.episodes[task]
        start = time.perf_counter()
        tree = Tree(task, source.tree.goal, [replace(node) for node in source.tree.nodes])
        chosen, error = Tree.ROOT, None
        with metered() as spent:
            try:
                async with within(self.deadline):
                    chosen = await choose(tree, tree.leaves(), GuardedReward(self.reward_model))
            except (Exception, asyncio.CancelledError) as problem:
                if stopping(problem):
                    raise
                error = describe(problem)
        usage = replace(
            source.usage,
            rm_calls=spent.rm_calls,
            rm_tokens=spent.rm_tokens,
            rm_abstentions=spent.rm_abstentions,
            charge_micros=source.usage.charge_micros + spent.charge_micros,
        )
        seconds = source.seconds + time.perf_counter() - start
        return Episode(task, tree, chosen, usage, seconds, error)


def source_run(directory: Path) -> tuple[RunConfig, Manifest]:
    """The config of a run whose trajectories can be scored anew: a best-of-n."""
    manifest = read(directory)
    config = from_json(manifest.config)
    if config.method != "best-of-n":
        raise ConfigError(
            f"--rescore needs a best-of-n run: {directory} is {config.method}, whose "
            "trajectories depend on the reward model that it had"
        )
    return config, manifest


def source_episodes(directory: Path, tasks: Sequence[Task]) -> dict[Task, Episode]:
    """The run's episodes by task; it must hold one of each, without error."""
    found = {episode.task: episode for episode in read_episodes(directory) if episode.error is None}
    missing = [task.id for task in tasks if task not in found]
    if missing:
        raise ConfigError(
            f"{directory} has no scored episode of {len(missing)} tasks ({missing[0]!r}): "
            f"finish it with --resume {directory}"
        )
    return found
