"""Merging the calls of many episodes."""

import asyncio

import pytest

from agentrm_envs import Action, Step, Task, Trajectory
from rewards.batching import BatchedReward, Batcher, portions
from rewards.metering import metered, usage


def trajectory(letters: str) -> Trajectory:
    steps = tuple(Step(Action(letter), "") for letter in letters)
    return Trajectory(Task("toy", "abba"), "goal", "observation", steps)


class Doubler:
    """Doubles numbers slowly and notes its batches."""

    def __init__(self) -> None:
        self.batches: list[list[int]] = []

    async def __call__(self, numbers):
        self.batches.append(list(numbers))
        await asyncio.sleep(0.005)
        if 13 in numbers:
            raise RuntimeError("unlucky")
        return [2 * number for number in numbers]


@pytest.mark.parametrize("error", [asyncio.CancelledError(), asyncio.InvalidStateError("lost")])
def test_a_batch_that_breaks_off_leaves_nobody_waiting(error):
    async def go():
        errors = [error]

        async def run(numbers):
            await asyncio.sleep(0.005)
            if errors:
                raise errors.pop()
            return numbers

        batcher = Batcher(run, max_size=1)
        calls = [asyncio.create_task(batcher(number)) for number in (1, 2)]
        return await asyncio.wait_for(asyncio.gather(*calls, return_exceptions=True), timeout=20)

    first, second = asyncio.run(go())
    assert isinstance(first, Exception)
    assert second == 2


def test_what_arrives_while_a_batch_runs_makes_up_the_next():
    doubler = Doubler()

    async def late(batcher, number):
        await asyncio.sleep(0.001)
        return await batcher(number)

    async def go():
        batcher = Batcher(doubler, max_size=100)
        return await asyncio.gather(batcher(0), *(late(batcher, number) for number in (1, 2, 3)))

    assert asyncio.run(go()) == [0, 2, 4, 6]
    assert doubler.batches == [[0], [1, 2, 3]]


def test_no_batch_is_larger_than_allowed():
    doubler = Doubler()

    async def go():
        batcher = Batcher(doubler, max_size=3)
        return await asyncio.gather(*map(batcher, range(8)))

    assert asyncio.run(go()) == [2 * number for number in range(8)]
    assert [len(batch) for batch in doubler.batches] == [3, 3, 2]


def test_an_error_reaches_the_callers_of_its_batch_and_no_other():
    async def go():
        batcher = Batcher(Doubler(), max_size=2)
        return await asyncio.gather(*map(batcher, [1, 13, 3]), return_exceptions=True)

    first, second, third = asyncio.run(go())
    assert isinstance(first, RuntimeError)
    assert isinstance(second, RuntimeError)
    assert third == 6


def test_too_few_answers_are_an_error():
    async def short(numbers):
        return numbers[1:]

    async def go():
        await Batcher(short, max_size=2)(1)

    with pytest.raises(ValueError, match="shorter"):
        asyncio.run(go())


def test_a_cancelled_caller_does_not_disturb_the_others():
    async def go():
        doubler = Doubler()
        batcher = Batcher(doubler, max_size=1)
        calls = [asyncio.create_task(batcher(number)) for number in (1, 2, 3)]
        await asyncio.sleep(0.001)
        calls[0].cancel()
        calls[1].cancel()
        return await calls[2], doubler.batches

    answer, batches = asyncio.run(go())
    assert answer == 6
    assert batches == [[1], [3]]


class Costly:
    """Scores by length; a batch costs 100 tokens."""

    async def score(self, trajectories):
        await asyncio.sleep(0.001)
        usage().rm_calls += 1
        usage().rm_tokens += 100
        return [float(len(trajectory.steps)) for trajectory in trajectories]


def test_a_batch_is_paid_for_by_those_who_are_in_it():
    reward = BatchedReward(Costly())

    async def episode(letters):
        with metered() as spent:
            scores = await reward.score([trajectory(letters[:i]) for i in range(len(letters))])
        return scores, spent

    async def go():
        return await asyncio.gather(episode("a"), episode("ab"))

    (short, paid), (long, more) = asyncio.run(go())
    assert (short, long) == ([0.0], [0.0, 1.0])
    assert (paid.rm_tokens, more.rm_tokens) == (34, 66)
    assert paid.rm_calls + more.rm_calls == 1


def test_a_calls_trajectories_stay_together_and_in_order():
    read = []

    class Reads(Costly):
        async def score(self, trajectories):
            read.append([len(trajectory.steps) for trajectory in trajectories])
            return await super().score(trajectories)

    async def go():
        reward = BatchedReward(Reads(), max_size=2)
        calls = ["", "a"], ["aa", "aaa", "a"], ["aaaa"]
        return await asyncio.gather(*(reward.score([*map(trajectory, call)]) for call in calls))

    assert asyncio.run(go()) == [[0.0, 1.0], [2.0, 3.0, 1.0], [4.0]]
    assert read == [[0, 1, 2, 3, 1], [4]]


def test_a_call_that_cannot_be_scored_costs_no_other_its_scores():
    class Refuses(Costly):
        async def score(self, trajectories):
            if any(len(trajectory.steps) == 3 for trajectory in trajectories):
                raise RuntimeError("too long")
            return await super().score(trajectories)

    async def go():
        reward = BatchedReward(Refuses())
        calls = [reward.score([trajectory(letters)]) for letters in ("a", "aaa", "aa")]
        return await asyncio.gather(*calls, return_exceptions=True)

    first, refused, last = asyncio.run(go())
    assert (first, last) == ([1.0], [2.0])
    assert str(refused) == "too long"


def test_scoring_nothing_asks_nothing():
    assert asyncio.run(BatchedReward(Costly()).score([])) == []


def test_portions_are_as_large_as_allowed_and_keep_the_order():
    assert list(portions([2, 1, 3, 9, 1, 1], int, 4)) == [[2, 1], [3], [9], [1, 1]]
    assert list(portions([], int, 4)) == []
