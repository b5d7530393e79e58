"""Running episodes: concurrency, errors, and what is on disk at any moment."""

import asyncio
import threading
from contextlib import suppress
from dataclasses import replace

import pytest

from agentrm_envs import ENVS, Action, tasks
from harness.episode import EPISODE, EPISODES_FILE, BadEpisodes, intact_bytes, read_episodes
from harness.journal import DirectoryInUse, opened
from harness.policy.random import RandomPolicy
from harness.runner import Player, run, run_in
from harness.search import BeamSearch, BestOfN, Greedy
from rewards.baselines import NoReward, OracleReward
from rewards.batching import BatchedReward
from tests.toy_env.env import ToyEnv
from tests.toys import LikesB

TOY = tasks("toy")
PLAYER = Player(RandomPolicy(), LikesB(), BestOfN(3))


def go(directory, play=PLAYER, some=TOY, **settings):
    return run_in(directory, some, play, **settings)


def timeless(episodes):
    return [replace(episode, seconds=0.0) for episode in episodes]


class Counting:
    """A player that notes which tasks it played."""

    def __init__(self, player=PLAYER):
        self.player = player
        self.played = []

    async def __call__(self, task):
        self.played.append(task)
        return await self.player(task)


def test_an_episode_reads_back_as_it_was_written(tmp_path):
    episodes = go(tmp_path)
    assert [EPISODE.validate_json(EPISODE.dump_json(episode)) for episode in episodes] == episodes
    assert read_episodes(tmp_path) == episodes
    assert [episode.task for episode in episodes] == TOY
    assert all(episode.usage.env_steps == len(episode.tree.nodes) - 1 for episode in episodes)


def test_a_finished_run_is_not_played_again(tmp_path):
    first = go(tmp_path)
    counting = Counting()
    assert go(tmp_path, counting) == first
    assert counting.played == []


@pytest.mark.parametrize("torn", [b'{"task": {"env": "toy"', b'{"task"\n', b"\0\0\0\0"])
def test_a_torn_last_line_is_dropped_and_its_episode_played_again(tmp_path, torn):
    path = tmp_path / EPISODES_FILE
    first = go(tmp_path)
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join(lines[:-1]) + torn)
    assert intact_bytes(path) == len(b"".join(lines[:-1]))
    assert len(read_episodes(tmp_path)) == 2
    counting = Counting()
    assert timeless(go(tmp_path, counting)) == timeless(first)
    assert len(counting.played) == 1
    assert len(path.read_bytes().splitlines()) == 3


def test_an_episode_cut_off_before_its_newline_is_played_again(tmp_path):
    first = go(tmp_path)
    path = tmp_path / EPISODES_FILE
    path.write_bytes(path.read_bytes()[:-1])
    counting = Counting()
    assert timeless(go(tmp_path, counting)) == timeless(first)
    assert len(counting.played) == 1


def test_a_broken_line_in_the_middle_is_named(tmp_path):
    go(tmp_path)
    path = tmp_path / EPISODES_FILE
    first, *rest = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(first + b'{"task": 3}\n' + b"".join(rest))
    with pytest.raises(BadEpisodes, match="nowhere: no such run directory"):
        read_episodes(tmp_path / "nowhere")
    with pytest.raises(BadEpisodes, match=r"line 2 is not an episode: .* at task"):
        go(tmp_path)


def test_more_tasks_can_be_added_to_a_run(tmp_path):
    go(tmp_path, some=TOY[:1])
    counting = Counting()
    assert [episode.task for episode in go(tmp_path, counting)] == TOY
    assert counting.played == TOY[1:]


def test_two_runs_never_write_one_directory(tmp_path):
    go(tmp_path)
    with opened(tmp_path), pytest.raises(DirectoryInUse, match="another process is writing"):
        go(tmp_path)
    go(tmp_path)


def test_a_journal_in_which_nothing_was_written_leaves_nothing_behind(tmp_path):
    with opened(tmp_path / "run"):
        assert (tmp_path / "run").exists()
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize("place", [0, 1, 2])
def test_a_whole_line_of_another_version_is_refused_and_never_cut_off(tmp_path, place):
    go(tmp_path)
    path = tmp_path / EPISODES_FILE
    lines = path.read_bytes().splitlines(keepends=True)
    lines[place] = lines[place].replace(b'"seconds"', b'"duration"')
    path.write_bytes(b"".join(lines))
    for _ in range(2):
        with pytest.raises(BadEpisodes, match=f"line {place + 1} is not an episode"):
            go(tmp_path)
    assert path.read_bytes() == b"".join(lines)


@pytest.mark.parametrize("search", [BestOfN(4), BeamSearch(2, 3)], ids=repr)
def test_how_many_episodes_run_at_once_changes_nothing(tmp_path, search):
    class Slow:
        """Yields, so that episodes interleave."""

        async def propose(self, trajectory, n, *, temperature=None):
            await asyncio.sleep(0.001)
            return await RandomPolicy(1).propose(trajectory, n, temperature=temperature)

    some = tasks("toy") + tasks("toy", "train")
    runs = []
    for number in (1, 3, 64):
        directory = tmp_path / str(number)
        directory.mkdir()
        play = Player(Slow(), BatchedReward(OracleReward()), search)
        runs.append(timeless(go(directory, play, some, max_concurrent=number)))
    assert runs[0] == runs[1] == runs[2]


def test_concurrent_episodes_share_batches(tmp_path):
    sizes = []

    class Slow(LikesB):
        async def score(self, trajectories):
            sizes.append(len(trajectories))
            await asyncio.sleep(0.01)
            return await super().score(trajectories)

    some = tasks("toy") + tasks("toy", "train")
    go(tmp_path, Player(RandomPolicy(), BatchedReward(Slow()), BeamSearch(2, 4)), some)
    assert max(sizes) > 4


def test_no_more_episodes_run_at_once_than_allowed(tmp_path):
    now, most = 0, 0

    async def play(task):
        nonlocal now, most
        now += 1
        most = max(most, now)
        await asyncio.sleep(0.002)
        now -= 1
        return await PLAYER(task)

    go(tmp_path, play, tasks("toy") + tasks("toy", "train"), max_concurrent=2)
    assert most == 2


def test_an_interrupted_run_keeps_what_it_finished_and_closes_its_environments(tmp_path):
    closed = []

    async def play(task):
        if task != TOY[0]:
            try:
                await asyncio.sleep(60)
            finally:
                closed.append(task)
        return await PLAYER(task)

    async def interrupted():
        with opened(tmp_path) as journal:
            running = asyncio.create_task(run(TOY, play, journal))
            while not read_episodes(tmp_path):
                await asyncio.sleep(0.001)
            running.cancel()
            with suppress(asyncio.CancelledError):
                await running

    asyncio.run(interrupted())
    assert [episode.task for episode in read_episodes(tmp_path)] == TOY[:1]
    assert sorted(closed, key=lambda task: task.id) == TOY[1:]
    assert len(go(tmp_path)) == 3


def test_environments_are_closed_after_each_episode(tmp_path, monkeypatch):
    closed = []
    monkeypatch.setattr(ToyEnv, "close", lambda self: closed.append(self))
    go(tmp_path)
    assert len(closed) == len(TOY)


def test_an_isolated_environment_is_played_in_threads_to_the_same_end(tmp_path, monkeypatch):
    some = tasks("maze")[:2]
    here, there = tmp_path / "here", tmp_path / "there"
    here.mkdir()
    there.mkdir()
    direct = go(here, some=some)
    monkeypatch.setitem(ENVS, "maze", replace(ENVS["maze"], isolated=True))
    player = Player(RandomPolicyInProcess(), LikesB(), BestOfN(3))
    assert timeless(go(there, player, some)) == timeless(direct)
    assert not [t for t in threading.enumerate() if t.name.startswith("harness")]


class RandomPolicyInProcess:
    """The random policy on an environment of this process."""

    def __init__(self):
        self._policy = RandomPolicy()

    async def propose(self, trajectory, n, *, temperature=None):
        spec, ENVS["maze"] = ENVS["maze"], replace(ENVS["maze"], isolated=False)
        try:
            return await self._policy.propose(trajectory, n, temperature=temperature)
        finally:
            ENVS["maze"] = spec


def test_episodes_are_written_while_environments_hold_all_the_threads(tmp_path):
    released = threading.Event()
    waiting, ended_before = [], []

    async def play(task):
        if task == TOY[0]:
            for _ in range(16):  # more than there are
                waiting.append(asyncio.create_task(asyncio.to_thread(released.wait, 5)))
            await asyncio.sleep(0)
        else:  # the first has been written
            ended_before.extend(each.done() for each in waiting)
            released.set()
        return await PLAYER(task)

    go(tmp_path, play, TOY[:2], max_concurrent=1)
    assert ended_before == [False] * 16


def test_the_bar_shows_the_mean_score_so_far(tmp_path, capsys):
    go(tmp_path, Player(RandomPolicy(), OracleReward(), BestOfN(64)), progress=True)
    shown = capsys.readouterr()
    assert "score=1.000" in shown.err
    assert "3/3" in shown.err
    assert shown.out == ""


def test_an_action_keeps_its_completion(tmp_path):
    class Speaking:
        async def propose(self, trajectory, n, *, temperature=None):
            return [Action("a", "Thought: why not\nAction: a")] * n

    [first, *_] = go(tmp_path, Player(Speaking(), NoReward(), Greedy()))
    assert first.tree.nodes[1].step.action == Action("a", "Thought: why not\nAction: a")
