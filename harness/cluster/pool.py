"""The players of a cluster, from the driver's side: who gets a task, and what if one is lost."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass

from ray.exceptions import RayError, RayTaskError
from tqdm import tqdm

from agentrm_envs import Task, Tree
from harness.cluster.errors import in_a_line, origin
from harness.episode import Episode, EpisodeError
from harness.executor import ExecutorError
from harness.runner import Play
from rewards.metering import Usage

TRIES = 4
"""How often an episode is begun whose machine or process is lost."""
SUSPECT = 2
"""After so many losses an episode may be what ends its process: see `Pool`."""
PATIENCE = 600.0
"""Seconds that a cluster may be without any player before the episodes that wait are given up."""
_LONGEST_PAUSE = 60.0


@dataclass(eq=False, slots=True)
class Member:
    """A PlayerHost that has loaded everything."""

    play: Play
    end: Callable[[], None]
    """Ends its process, if that still runs."""
    node: str
    """The address of its machine."""
    playing: int = 0


class Pool:
    """Plays a task a call, on the players that there are.

    Each player has as many slots as are its share of the episodes at once. When one is lost,
    its episodes are begun again elsewhere and another player is hired, which the cluster starts
    as soon as it has a free CPU. Of the episodes that were lost twice one is played at a time:
    the one that ends its process then does not take the same others with it again.

    As long as there are fewer players than episodes at once, one more is asked for, so that a
    machine that joins the cluster is used.
    """

    def __init__(
        self,
        hire: Callable[[], Awaitable[Member]],
        *,
        at_first: int,
        at_once: int,
        patience: float = PATIENCE,
    ) -> None:
        """Begin with `at_first` players; `at_once` is of episodes, and so also of players."""
        self._hire = hire
        self._at_first = at_first
        self._at_once = at_once
        self._patience = patience
        self._members: list[Member] = []
        self._slots: asyncio.Queue[Member] = asyncio.Queue()
        self._hiring: set[asyncio.Task[None]] = set()
        self._awaited = 0
        """Players that are still to come."""
        self._suspects = asyncio.Lock()
        self._hopeless = False
        """Whether all waited for a player in vain, and none has come since."""

    @property
    def playing(self) -> list[int]:
        """How many episodes each player has now."""
        return [member.playing for member in self._members]

    async def __call__(self, task: Task) -> Episode:
        """Errors of the cluster are recorded on the episode, which has no score then."""
        if not self._members and not self._awaited:
            self._hire_more(self._at_first)
        for _ in range(SUSPECT):
            with suppress(RayError):
                return await self._attempt(task)
        async with self._suspects:
            for _ in range(TRIES - SUSPECT - 1):
                with suppress(RayError):
                    return await self._attempt(task)
            try:
                return await self._attempt(task)
            except RayError as loss:
                return _not_played(task, loss)

    async def _attempt(self, task: Task) -> Episode:
        """Raises RayError where the player is lost."""
        try:
            member = await self._slot()
        except ExecutorError as error:
            return _not_played(task, error)
        member.playing += 1
        try:
            return await member.play(task)
        except RayTaskError as error:
            raise origin(error) from None
        except RayError as loss:
            self._dismiss(member, loss)
            raise
        finally:
            member.playing -= 1
            self._slots.put_nowait(member)

    async def _slot(self) -> Member:
        """A place at a player, as soon as there is one."""
        while True:
            try:
                async with asyncio.timeout(0 if self._hopeless else self._patience):
                    member = await self._slots.get()
            except TimeoutError:
                if not self._members:
                    self._hopeless = True
                    raise ExecutorError(
                        f"the cluster had no player for {self._patience:g} s; with a free CPU "
                        "in it, --resume plays this episode"
                    ) from None
            else:
                if member in self._members:
                    return member

    def _dismiss(self, member: Member, reason: Exception) -> None:
        """Forget a player that is lost, or that cannot be reached, and hire another."""
        if member not in self._members:
            return
        self._members.remove(member)
        member.end()
        lost = f"lost a player on {member.node} ({in_a_line(reason)})"
        _say(f"{lost}; {member.playing} of its episodes are begun again")
        self._hire_more(1)

    def _hire_more(self, number: int) -> None:
        self._awaited += number
        for _ in range(number):
            hiring = asyncio.create_task(self._take_on())
            self._hiring.add(hiring)
            hiring.add_done_callback(self._hiring.discard)

    async def _take_on(self) -> None:
        """Have one player more, whenever the cluster has room for it."""
        pause = 1.0
        while True:
            try:
                member = await self._hire()
            except (ExecutorError, RayTaskError) as error:  # it would fail again in the same way
                _say(f"a player is not used: {in_a_line(error)}")
                self._awaited -= 1
                return
            except RayError:
                await asyncio.sleep(pause)
                pause = min(2 * pause, _LONGEST_PAUSE)
            else:
                break
        self._members.append(member)
        self._hopeless = False
        for _ in range(-(-self._at_once // self._at_first)):
            self._slots.put_nowait(member)
        self._awaited -= 1
        if not self._awaited and len(self._members) < self._at_once:
            self._hire_more(1)


def _not_played(task: Task, error: Exception) -> Episode:
    problem = EpisodeError("search", type(error).__name__, str(error))
    return Episode(task, Tree.rooted(task, "", ""), Tree.ROOT, Usage(), 0.0, problem)


def _say(note: str) -> None:
    tqdm.write(f"note: {note}", file=sys.stderr)
