"""The players of a cluster, with players that are lost at a test's choice."""

import asyncio

import pytest

pytest.importorskip("ray", reason="needs `pip install 'agentrm[ray]'`")

from ray.exceptions import ActorDiedError, RayTaskError

from agentrm_envs import Task, Tree
from harness.cluster.facts import Facts, require_same_package
from harness.cluster.pool import TRIES, Member, Pool
from harness.episode import Episode
from harness.executor import ExecutorError
from harness.manifest import versions
from rewards.metering import Usage

TASKS = [Task("toy", str(number)) for number in range(12)]


def played(task):
    return Episode(task, Tree.rooted(task, "", ""), Tree.ROOT, Usage(), 0.0)


class Cluster:
    """Players that are lost with whoever plays a task of `deadly`."""

    def __init__(self, deadly=(), least=0.0):
        self.hired = self.ended = 0
        self.begun = []
        self.most = 0
        self.free = asyncio.Event()
        self.free.set()
        self._deadly = set(deadly)
        self._seconds = least

    async def hire(self):
        await self.free.wait()
        self.hired += 1
        lost = asyncio.Event()
        running = set()

        async def play(task):
            self.begun.append(task)
            running.add(task)
            self.most = max(self.most, len(running))
            if task in self._deadly:
                lost.set()
            await asyncio.sleep(self._seconds)
            running.discard(task)
            if lost.is_set():
                raise ActorDiedError()
            return played(task)

        return Member(play, self.end, f"node{self.hired}")

    def end(self):
        self.ended += 1


def go(cluster, some=TASKS, *, at_first=2, patience=60.0):
    async def all_at_once():
        pool = Pool(cluster.hire, at_first=at_first, at_once=6, patience=patience)
        return await asyncio.gather(*map(pool, some))

    return asyncio.run(all_at_once())


def test_every_task_is_played_once_and_players_share_them():
    cluster = Cluster()
    assert [episode.task for episode in go(cluster)] == TASKS
    assert sorted(cluster.begun, key=TASKS.index) == TASKS
    assert cluster.most == 3


def test_a_task_that_ends_its_player_is_given_up_and_the_others_are_played(capsys):
    cluster = Cluster(deadly=TASKS[:1])
    first, *others = go(cluster)
    assert (first.error.kind, first.error.type) == ("search", "ActorDiedError")
    assert cluster.begun.count(TASKS[0]) == TRIES
    assert cluster.ended == TRIES
    assert all(episode.error is None for episode in others)
    assert "lost a player on node1" in capsys.readouterr().err


def test_what_a_player_raises_itself_is_raised_here():
    async def play(task):
        raise RayTaskError("play", "Traceback", ValueError("a mistake of ours"))

    async def hire():
        return Member(play, lambda: None, "node")

    async def one():
        return await Pool(hire, at_first=1, at_once=1)(TASKS[0])

    with pytest.raises(ValueError, match="a mistake of ours"):
        asyncio.run(one())


def test_episodes_wait_for_a_player_so_long_and_no_longer():
    cluster = Cluster()

    async def waiting():
        cluster.free.clear()
        pool = Pool(cluster.hire, at_first=1, at_once=4, patience=0.05)
        early = await asyncio.gather(*map(pool, TASKS[:4]))
        cluster.free.set()
        await asyncio.sleep(0)
        while not pool.playing:
            await asyncio.sleep(0)
        return early, await asyncio.gather(*map(pool, TASKS[:4]))

    early, late = asyncio.run(waiting())
    assert {episode.error.type for episode in early} == {"ExecutorError"}
    assert "--resume plays this episode" in early[0].error.message
    assert [episode.error for episode in late] == [None] * 4


def test_machines_that_join_are_used_up_to_a_player_an_episode():
    cluster = Cluster(least=0.01)
    go(cluster, TASKS * 4, at_first=1)
    assert cluster.hired == 6


def test_a_machine_with_another_version_of_the_package_is_refused(capsys):
    ours = versions()
    require_same_package(Facts("node", ours, {}))
    assert capsys.readouterr().err == ""
    require_same_package(Facts("node", {**ours, "numpy": "0.1"}, {}))
    assert "note: the machine node has numpy 0.1 (here" in capsys.readouterr().err
    with pytest.raises(ExecutorError, match="has agentrm 9, this one"):
        require_same_package(Facts("node", {**ours, "agentrm": "9"}, {}))
