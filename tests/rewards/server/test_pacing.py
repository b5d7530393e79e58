"""How many requests are under way at once."""

from __future__ import annotations

import asyncio
import time

from rewards.server.pacing import Pacing


class Server:
    """Serves in a moment; with more requests under way than it can take, it is overloaded."""

    def __init__(self, pacing, capacity=1000):
        self.pacing, self.capacity = pacing, capacity
        self.under_way = self.most = self.served = 0

    async def request(self):
        async with self.pacing.slot():
            began = time.monotonic()
            self.under_way += 1
            self.most = max(self.most, self.under_way)
            fits = self.under_way <= self.capacity
            await asyncio.sleep(0.001)
            self.under_way -= 1
            if fits:
                self.served += 1
                self.pacing.succeeded()
            else:
                self.pacing.overloaded(began)


def flood(server, count):
    async def all_at_once():
        await asyncio.gather(*[server.request() for _ in range(count)])

    asyncio.run(all_at_once())


def test_no_more_requests_are_under_way_than_the_limit():
    server = Server(Pacing(start=4, most=4))
    flood(server, 50)
    assert (server.most, server.served) == (4, 50)


def test_the_limit_grows_while_the_server_keeps_up():
    server = Server(Pacing(start=2, most=20))
    flood(server, 400)
    assert server.most == 20


def test_the_limit_does_not_grow_where_nobody_waits():
    pacing = Pacing(start=8)
    for _ in range(20):
        flood(Server(pacing), 2)
    assert pacing.limit == 8


def test_requests_that_failed_together_halve_the_limit_once():
    pacing = Pacing(start=16)
    flood(Server(pacing, capacity=0), 16)
    assert pacing.limit == 8


def test_it_settles_near_what_the_server_can_take():
    server = Server(Pacing(start=64), capacity=10)
    flood(server, 2000)
    assert server.pacing.limit <= 12
    assert server.served > 1500


def test_at_least_one_request_is_let_in():
    pacing = Pacing(start=1)
    flood(Server(pacing, capacity=0), 3)
    assert pacing.limit == 1


def test_a_pause_holds_all_requests_back():
    pacing = Pacing()
    pacing.pause(0.2)
    start = time.monotonic()
    flood(Server(pacing), 3)
    assert 0.2 <= time.monotonic() - start < 1.0


def test_a_cancelled_request_gives_its_place_to_the_next():
    pacing = Pacing(start=1, most=1)

    async def cancelled_while_others_wait():
        server = Server(pacing)
        tasks = [asyncio.create_task(server.request()) for _ in range(4)]
        await asyncio.sleep(0)
        tasks[0].cancel()
        tasks[1].cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        return server.served

    assert asyncio.run(asyncio.wait_for(cancelled_while_others_wait(), 5)) == 2
