"""Merging the calls of many episodes into batches for one model."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, fields
from itertools import islice
from typing import Generic, TypeVar

from agentrm_envs import Trajectory
from rewards.core import RewardModel
from rewards.metering import Usage, metered, usage
from rewards.stopping import stopping

In = TypeVar("In")
Out = TypeVar("Out")


class Batcher(Generic[In, Out]):
    """Runs one batch at a time; what arrives meanwhile makes up the next.

    So a batch is as large as the model is slow, with no waiting time to tune.
    """

    def __init__(
        self, run: Callable[[Sequence[In]], Awaitable[Sequence[Out]]], max_size: int
    ) -> None:
        self._run = run
        self._max_size = max_size
        self._waiting: list[tuple[In, asyncio.Future[Out]]] = []
        self._worker: asyncio.Task[None] | None = None

    async def __call__(self, item: In) -> Out:
        future: asyncio.Future[Out] = asyncio.get_running_loop().create_future()
        self._waiting.append((item, future))
        if self._worker is None or self._worker.done():
            self._worker = asyncio.create_task(self._drain())
        return await future

    async def _drain(self) -> None:
        while self._waiting:
            batch, self._waiting = self._waiting[: self._max_size], self._waiting[self._max_size :]
            batch = [(item, future) for item, future in batch if not future.done()]
            if batch:
                await self._settle(batch)

    async def _settle(self, batch: Sequence[tuple[In, asyncio.Future[Out]]]) -> None:
        try:
            outputs = await self._run([item for item, _ in batch])
            answers = list(zip(batch, outputs, strict=True))
        except (Exception, asyncio.CancelledError) as error:
            told = error if isinstance(error, Exception) else _cancelled()
            for _, future in batch:
                if not future.done():
                    future.set_exception(told)
            if stopping(error):
                raise
        else:
            for (_, future), output in answers:
                if not future.done():  # its episode may have been cancelled meanwhile
                    future.set_result(output)


def _cancelled() -> Exception:
    """What the callers are told: a CancelledError would end them without a word."""
    return RuntimeError("the batch that this call was part of was cancelled")


class BatchedReward:
    """A reward model whose concurrent callers share batches.

    A call is never split: its trajectories stay together and in order, so a model whose
    numbers depend on what it reads together gives the same ones however many episodes run.
    What a batch costs is shared out evenly among its trajectories' episodes: the sum over
    all episodes is exact.
    """

    def __init__(self, reward_model: RewardModel, max_size: int = 64) -> None:
        """`max_size` is in calls."""
        self._reward_model = reward_model
        self._call = Batcher[_Call, list[float]](self._score_batch, max_size)

    async def score(self, trajectories: Sequence[Trajectory]) -> list[float]:
        if not trajectories:
            return []
        call = _Call(trajectories, usage())
        try:
            return await self._call(call)
        except Exception:  # it may be another call's: alone, each has none but its own
            [scores] = await self._score_batch([call])
            return scores

    async def _score_batch(self, calls: Sequence[_Call]) -> list[list[float]]:
        together = [trajectory for call in calls for trajectory in call.trajectories]
        with metered() as spent:
            scores = await self._reward_model.score(together)
        if len(scores) != len(together):
            raise ValueError(f"{len(scores)} scores for {len(together)} trajectories")
        share_out(spent, [call.payer for call in calls for _ in call.trajectories])
        following = iter(scores)
        return [list(islice(following, len(call.trajectories))) for call in calls]


@dataclass(frozen=True, slots=True)
class _Call:
    trajectories: Sequence[Trajectory]
    payer: Usage


def portions(items: Iterable[In], size: Callable[[In], int], most: int) -> Iterator[list[In]]:
    """The items in turn, as many at a time as have a size of `most` together, or one."""
    portion: list[In] = []
    total = 0
    for item in items:
        if portion and total + size(item) > most:
            yield portion
            portion, total = [], 0
        portion.append(item)
        total += size(item)
    if portion:
        yield portion


def share_out(spent: Usage, payers: Sequence[Usage]) -> None:
    """Add to each payer an even share of the counts, the remainder to the first ones."""
    for field in fields(Usage):
        share, rest = divmod(getattr(spent, field.name), len(payers))
        for i, payer in enumerate(payers):
            setattr(payer, field.name, getattr(payer, field.name) + share + (i < rest))
