"""How long a server is asked again, in skipped time: what counts is the server, not our queue."""

from __future__ import annotations

import asyncio
import json
from collections import Counter

import pytest

pytest.importorskip("httpx2")

from rewards.server.client import PATIENT, Client, _Answer
from rewards.server.errors import ServerUnavailable
from tests.rewards.server.skipped_time import SkippedTime

HOUR = 3_600.0
URL = "http://server/v1"


@pytest.fixture
def time(monkeypatch):
    return SkippedTime(monkeypatch)


class Scripted(Client):
    """A client whose server is a function from a request's body to a status."""

    def __init__(self, status, *, seconds=0.2, retry_after=0.0) -> None:
        super().__init__(URL, "", PATIENT)
        self.status, self.seconds, self.retry_after = status, seconds, retry_after
        self.answers = Counter()

    async def _exchange(self, payload):
        await asyncio.sleep(self.seconds)
        status = self.status(json.loads(payload))
        self.answers[status] += 1
        wait = 0.0 if status == 200 else self.retry_after
        return _Answer(status, wait, b"{}")

    async def ask(self, **body):
        return await self.post(body, json.loads)


class Allowance:
    """Serves so many requests a minute, and says 429 to the others."""

    def __init__(self, clock, per_minute):
        self._clock, self._pace = clock, per_minute / 60
        self._saved, self._last = 5.0, clock.now

    def __call__(self, body):
        now = self._clock.now
        self._saved = min(5.0, self._saved + (now - self._last) * self._pace)
        self._last = now
        if self._saved < 1:
            return 429
        self._saved -= 1
        return 200


def warnings(caplog):
    return [record.getMessage() for record in caplog.records]


def test_waiting_for_our_turn_is_no_outage(time, caplog):
    """16 episodes want 25 proposals each, at 30 requests a minute: it takes 13 minutes."""
    client = Scripted(Allowance(time, 30))

    async def proposals():
        return await asyncio.gather(*[client.ask(proposal=i) for i in range(16 * 25)])

    assert time.run(proposals()) == [{}] * 16 * 25
    assert warnings(caplog) == [f"{URL}: HTTP 429: {{}}; asking again"]


def test_a_server_that_is_busy_for_everyone_is_an_outage(time):
    client = Scripted(lambda body: 429)
    with pytest.raises(ServerUnavailable, match=r"no usable answer for \d+ s; .*--resume"):
        time.run(client.ask())
    assert HOUR / 6 - 30 < time.now - 1_000 <= HOUR / 6


@pytest.mark.parametrize("status", [500, 408])
def test_a_request_that_fails_while_others_are_served_is_given_up(time, status):
    client = Scripted(lambda body: status if "poison" in body else 200)

    async def others():
        for number in range(400):
            await client.ask(number=number)
            await asyncio.sleep(3.0)

    async def both():
        serving = asyncio.create_task(others())
        with pytest.raises(ServerUnavailable, match=r"no usable answer .* --resume goes on"):
            await client.ask(poison=True)
        assert not serving.done()
        await serving

    time.run(both())
    assert 20 <= client.answers[status] <= 40


def test_a_request_that_never_gets_an_answer_is_given_up_while_others_are_served(time):
    client = Scripted(lambda body: 200)
    exchange = client._exchange

    async def exchanged(payload):
        if b"poison" not in payload:
            return await exchange(payload)
        await asyncio.sleep(PATIENT.answer)
        raise ServerUnavailable("no answer within 300 s", busy=True)

    client._exchange = exchanged

    async def others():
        for number in range(400):
            await client.ask(number=number)
            await asyncio.sleep(3.0)

    async def both():
        serving = asyncio.create_task(others())
        with pytest.raises(ServerUnavailable, match="no usable answer"):
            await client.ask(poison=True)
        assert not serving.done()
        await serving

    time.run(both())


def test_time_in_our_queue_does_not_end_a_request_that_failed_before_it(time):
    """Each failure is followed by minutes of waiting for a place, and they are not its own."""
    failed = Counter()

    def status(body):
        failed[body["number"]] += 1
        return 500 if failed[body["number"]] <= 3 and body["number"] == 0 else 200

    client = Scripted(status, seconds=150.0)

    async def all_at_once():
        await asyncio.gather(*[client.ask(number=number) for number in range(80)])

    time.run(all_at_once())
    assert failed[0] == 4


async def mended_an_hour_later(client, broken):
    """What a call is answered that is made then, to a server that soon works again."""
    await asyncio.sleep(HOUR)
    later = asyncio.create_task(client.ask(later=True))
    await asyncio.sleep(1.0)
    broken[0] = False
    return await later


def test_an_outage_that_was_given_up_is_forgotten_after_a_while(time):
    broken = [True]
    client = Scripted(lambda body: 500 if broken[0] else 200)

    async def asked_again_an_hour_later():
        with pytest.raises(ServerUnavailable):
            await client.ask()
        return await mended_an_hour_later(client, broken)

    assert time.run(asked_again_an_hour_later()) == {}


def test_a_call_that_was_cancelled_leaves_no_outage_behind(time):
    broken = [True]
    client = Scripted(lambda body: 500 if broken[0] else 200)

    async def cancelled_and_asked_an_hour_later():
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(10):
                await client.ask()
        return await mended_an_hour_later(client, broken)

    assert time.run(cancelled_and_asked_an_hour_later()) == {}


@pytest.mark.parametrize("wait", [0.0, 250.0])
def test_a_wait_that_the_server_asks_for_does_not_end_an_outage(time, wait):
    client = Scripted(lambda body: 503, retry_after=wait)
    with pytest.raises(ServerUnavailable):
        time.run(client.ask())
    assert 300 < time.now - 1_000 <= 601


def test_an_outage_is_told_once_and_so_is_the_next(time, caplog):
    broken_until = [time.now + 120]
    client = Scripted(lambda body: 500 if time.now < broken_until[0] else 200)

    async def two_outages():
        for number in range(2):
            await asyncio.gather(*[client.ask(of=[number, i]) for i in range(10)])
            await asyncio.sleep(HOUR)
            broken_until[0] = time.now + 120

    time.run(two_outages())
    assert warnings(caplog) == [f"{URL}: HTTP 500: {{}}; asking again"] * 2


def test_an_outage_is_told_although_the_server_was_too_busy_before(time, caplog):
    served = [0]

    def status(body):
        served[0] += 1
        return 429 if served[0] <= 10 else 500 if served[0] <= 20 else 200

    client = Scripted(status)
    time.run(client.ask())
    assert warnings(caplog) == [
        f"{URL}: HTTP {status}: {{}}; asking again" for status in (429, 500)
    ]
