"""Running episodes concurrently and writing each to disk as it ends."""

from __future__ import annotations

import asyncio
import fcntl
import os
import time
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from tqdm import tqdm

from agentrm_envs import Task, TextEnv, Tree, make
from agentrm_envs.errors import EnvCrashed, EnvError
from agentrm_envs.registry import is_isolated
from harness.episode import (
    EPISODE,
    EPISODES_FILE,
    Episode,
    EpisodeError,
    intact_bytes,
    read_episodes,
)
from harness.guard import GuardedPolicy, GuardedReward, ModelError
from harness.policy.core import Policy
from harness.search.core import Search
from harness.simulator import Simulator
from rewards.batching import Batcher
from rewards.core import RewardModel
from rewards.metering import metered

TRIES = 3
"""How often an episode is begun whose environment's process dies."""

Play = Callable[[Task], Awaitable[Episode]]


class DirectoryInUse(RuntimeError):
    """Another process writes this run directory."""


@dataclass(frozen=True, slots=True)
class Player:
    """Plays one episode a call: a policy, a reward model and a search on an environment."""

    policy: Policy
    reward_model: RewardModel
    search: Search
    data: str = "builtin"

    async def __call__(self, task: Task) -> Episode:
        """An error ends the episode and is recorded on it; the other episodes go on."""
        for _ in range(TRIES - 1):
            episode = await self._attempt(task)
            if episode.error is None or episode.error.type != EnvCrashed.__name__:
                return episode
        return await self._attempt(task)

    async def _attempt(self, task: Task) -> Episode:
        start = time.perf_counter()
        tree, chosen, error = Tree.rooted(task, "", ""), Tree.ROOT, None
        with metered() as usage:
            try:
                with closing(self._make(task)) as env:
                    threaded = is_isolated(task.env, data=self.data)
                    simulator = await Simulator.start(env, task, threaded=threaded)
                    tree = simulator.tree
                    chosen = await self._choose(simulator)
            except Exception as problem:
                error = describe(problem)
        return Episode(task, tree, chosen, usage, time.perf_counter() - start, error)

    def _make(self, task: Task) -> TextEnv:
        try:
            return make(task.env, data=self.data)
        except EnvError:
            raise
        except Exception as error:
            raise EnvError(f"{task.env}: {type(error).__name__}: {error}") from error

    async def _choose(self, simulator: Simulator) -> int:
        policy, reward_model = GuardedPolicy(self.policy), GuardedReward(self.reward_model)
        return await self.search(simulator, policy, reward_model)


def describe(error: Exception) -> EpisodeError:
    """Whose error it is, by its type."""
    cause = error.__cause__ if isinstance(error, ModelError) and error.__cause__ else error
    name = type(cause).__name__
    if isinstance(error, EnvError):
        return EpisodeError("environment", name, str(error))
    if isinstance(error, ModelError):
        return EpisodeError("model", name, str(error))
    return EpisodeError("search", name, str(error))


async def run(
    tasks: Sequence[Task],
    play: Play,
    directory: Path,
    *,
    max_concurrent: int = 16,
    progress: bool = False,
) -> list[Episode]:
    """Play the tasks that `directory` does not yet hold; return all that it then holds.

    Episodes that ended in an error are played again. Each is written as it ends, so a killed
    run loses only those it was playing. Raises DirectoryInUse where another process writes.
    """
    with _appending(directory) as journal:
        done = [episode for episode in read_episodes(directory) if episode.error is None]
        kept = {episode.task for episode in done} & set(tasks)
        left = [task for task in dict.fromkeys(tasks) if task not in kept]
        with (
            _Progress(len(kept) + len(left), done, shown=progress) as bar,
            _Writer(journal) as write,
        ):
            try:
                await _play_all(left, play, write, bar, max_concurrent)
            except ExceptionGroup as group:
                # Episodes keep their own errors, so this is the journal's, as of a full disk.
                raise group.exceptions[0] from group
    wanted = set(tasks)
    return [episode for episode in read_episodes(directory) if episode.task in wanted]


def with_threads(episodes: int) -> None:
    """Give the running loop a thread for each episode, and some for the rest.

    Steps of slow simulators wait in threads; the default pool has only a few.
    """
    pool = ThreadPoolExecutor(episodes + 4, thread_name_prefix="harness")
    asyncio.get_running_loop().set_default_executor(pool)


async def _play_all(
    tasks: Iterable[Task], play: Play, write: _Writer, bar: _Progress, max_concurrent: int
) -> None:
    with_threads(max_concurrent)
    slots = asyncio.Semaphore(max_concurrent)
    save = Batcher[Episode, None](write, max_size=256)

    async def one(task: Task) -> None:
        async with slots:
            episode = await play(task)
            await save(episode)
            bar.count(episode)

    async with asyncio.TaskGroup() as group:
        for task in tasks:
            group.create_task(one(task))


class _Writer:
    """Appends episodes to the journal, in a thread of its own.

    In the pool's it would wait behind simulators that hang, and what is done would not be on
    disk. Leaving the context waits for what is being written.
    """

    def __init__(self, journal: BinaryIO) -> None:
        self._journal = journal
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="harness-journal")

    def __enter__(self) -> _Writer:
        return self

    def __exit__(self, *exception: object) -> None:
        self._thread.shutdown()

    async def __call__(self, episodes: Sequence[Episode]) -> list[None]:
        await asyncio.get_running_loop().run_in_executor(self._thread, self._append, episodes)
        return [None] * len(episodes)

    def _append(self, episodes: Sequence[Episode]) -> None:
        self._journal.write(b"".join(EPISODE.dump_json(each) + b"\n" for each in episodes))
        self._journal.flush()
        os.fsync(self._journal.fileno())


@contextmanager
def _appending(directory: Path) -> Iterator[BinaryIO]:
    """The run's file of episodes, open for appending by this process alone.

    The kernel holds the lock and drops it with the process, so none is ever stale.
    """
    directory.mkdir(parents=True, exist_ok=True)
    path = directory / EPISODES_FILE
    with path.open("ab") as journal:
        try:
            fcntl.flock(journal, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise DirectoryInUse(
                f"another process is writing {path}; wait for it or end it, then --resume"
            ) from error
        journal.truncate(intact_bytes(path))
        yield journal


class _Progress:
    """A bar on stderr with the mean score so far."""

    def __init__(self, total: int, done: Sequence[Episode], *, shown: bool) -> None:
        self._scores = [episode.score for episode in done]
        self._errors = 0
        self._bar = tqdm(
            total=total, initial=len(done), unit="episode", disable=not shown, smoothing=0
        )

    def __enter__(self) -> _Progress:
        return self

    def __exit__(self, *exception: object) -> None:
        self._bar.close()

    def count(self, episode: Episode) -> None:
        if episode.error is None:
            self._scores.append(episode.score)
        else:
            self._errors += 1
        mean = sum(self._scores) / len(self._scores) if self._scores else 0.0
        self._bar.set_postfix(score=f"{mean:.3f}", errors=self._errors, refresh=False)
        self._bar.update()


__all__ = [
    "DirectoryInUse",
    "Episode",
    "EpisodeError",
    "Player",
    "read_episodes",
    "run",
]
