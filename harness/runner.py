"""Running episodes concurrently and writing each to disk as it ends."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Collection, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field, replace
from pathlib import Path

from tqdm import tqdm

from agentrm_envs import Task, TextEnv, Tree, make
from agentrm_envs.errors import EnvCrashed, EnvError
from agentrm_envs.registry import is_isolated
from harness.deadline import within
from harness.episode import EPISODE, Episode, EpisodeError, attempts, read_episodes
from harness.guard import GuardedPolicy, GuardedReward, ModelError
from harness.journal import Journal, opened
from harness.policy.core import Policy
from harness.search.core import Search
from harness.simulator import Simulator
from rewards.batching import Batcher
from rewards.core import RewardModel
from rewards.metering import metered
from rewards.stopping import stopping

TRIES = 3
"""How often an episode is begun whose environment's process dies."""

Play = Callable[[Task], Awaitable[Episode]]


@dataclass(frozen=True, slots=True)
class Player:
    """Plays one episode a call: a policy, a reward model and a search on an environment."""

    policy: Policy
    reward_model: RewardModel
    search: Search
    data: str = "builtin"

    deadline: float = 0.0
    """Seconds that an episode may take, all its tries together; 0: as many as it likes."""

    async def __call__(self, task: Task) -> Episode:
        """An error ends the episode and is recorded on it; the other episodes go on."""
        attempt, error = _Attempt(task), None
        start = time.perf_counter()
        with metered() as usage:
            try:
                async with within(self.deadline):
                    await self._tried(attempt)
            except (Exception, asyncio.CancelledError) as problem:
                if stopping(problem):
                    raise
                error = describe(problem)
        seconds = time.perf_counter() - start
        return Episode(task, attempt.tree, attempt.chosen, usage, seconds, error)

    async def _tried(self, attempt: _Attempt) -> None:
        for _ in range(TRIES - 1):
            try:
                return await self._once(attempt)
            except EnvCrashed:
                continue
        return await self._once(attempt)

    async def _once(self, attempt: _Attempt) -> None:
        task = attempt.task
        with closing(self._make(task)) as env:
            threaded = is_isolated(task.env, data=self.data)
            simulator = await Simulator.start(env, task, threaded=threaded)
            attempt.tree = simulator.tree
            attempt.chosen = await self._choose(simulator)

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


@dataclass(slots=True)
class _Attempt:
    """An episode as far as it has got."""

    task: Task
    chosen: int = Tree.ROOT
    tree: Tree = field(init=False)

    def __post_init__(self) -> None:
        self.tree = Tree.rooted(self.task, "", "")


def describe(error: BaseException) -> EpisodeError:
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
    journal: Journal,
    *,
    max_concurrent: int = 16,
    progress: bool = False,
) -> list[Episode]:
    """Play the tasks that the journal does not yet hold; return all of them that it then holds.

    Episodes that ended in an error are played again. Each is written as it ends, so a killed
    run loses only those it was playing.
    """
    wanted = set(tasks)
    scores = {
        episode.task: episode.score
        for episode in attempts(journal.directory)
        if episode.error is None and episode.task in wanted
    }
    left = [task for task in dict.fromkeys(tasks) if task not in scores]
    with (
        _Progress(len(wanted), scores.values(), shown=progress) as bar,
        _Writer(journal) as write,
    ):
        try:
            await _play_all(left, play, write, bar, max_concurrent)
        except ExceptionGroup as group:
            # Episodes keep their own errors, so this is the journal's, as of a full disk.
            raise group.exceptions[0] from group
    return [episode for episode in read_episodes(journal.directory) if episode.task in wanted]


def run_in(
    directory: Path,
    tasks: Sequence[Task],
    play: Play,
    *,
    max_concurrent: int = 16,
    progress: bool = False,
) -> list[Episode]:
    """The same in a directory that nobody else writes to; raises DirectoryInUse."""
    with opened(directory) as journal:
        playing = run(tasks, play, journal, max_concurrent=max_concurrent, progress=progress)
        return asyncio.run(playing)


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
    save = Batcher[Episode, Episode](write, max_size=256)

    async def one(task: Task) -> None:
        async with slots:
            bar.count(await save(await play(task)))

    async with asyncio.TaskGroup() as group:
        for task in tasks:
            group.create_task(one(task))


class _Writer:
    """Appends episodes to the journal, in a thread of its own, and returns what it has written.

    In the pool's it would wait behind simulators that hang, and what is done would not be on
    disk. Leaving the context waits for what is being written.
    """

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="harness-journal")

    def __enter__(self) -> _Writer:
        return self

    def __exit__(self, *exception: object) -> None:
        self._thread.shutdown()

    async def __call__(self, episodes: Sequence[Episode]) -> list[Episode]:
        return await asyncio.get_running_loop().run_in_executor(
            self._thread, self._append, episodes
        )

    def _append(self, episodes: Sequence[Episode]) -> list[Episode]:
        written, lines = zip(*map(_line, episodes), strict=True)
        self._journal.append(b"".join(lines))
        return list(written)


def _line(episode: Episode) -> tuple[Episode, bytes]:
    """The episode as a line; where it cannot be one, an error in its place."""
    try:
        return episode, EPISODE.dump_json(episode) + b"\n"
    except ValueError as problem:  # such as half of a surrogate pair in an environment's text
        empty = Tree.rooted(episode.task, "", "")
        failed = replace(episode, tree=empty, chosen=Tree.ROOT, error=describe(problem))
        return failed, EPISODE.dump_json(failed) + b"\n"


class _Progress:
    """A bar on stderr with the mean score so far."""

    def __init__(self, total: int, scores: Collection[float], *, shown: bool) -> None:
        self._sum = sum(scores)
        self._scored = len(scores)
        self._errors = 0
        self._bar = tqdm(
            total=total, initial=len(scores), unit="episode", disable=not shown, smoothing=0
        )

    def __enter__(self) -> _Progress:
        return self

    def __exit__(self, *exception: object) -> None:
        self._bar.close()

    def count(self, episode: Episode) -> None:
        if episode.error is None:
            self._sum += episode.score
            self._scored += 1
        else:
            self._errors += 1
        mean = self._sum / self._scored if self._scored else 0.0
        self._bar.set_postfix(score=f"{mean:.3f}", errors=self._errors, refresh=False)
        self._bar.update()
