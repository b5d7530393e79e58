"""An episode that takes too long is given up, and the others go on."""

from __future__ import annotations

import asyncio

import pytest

from agentrm_envs import tasks
from harness import __main__ as cli
from harness.deadline import Deadline
from harness.episode import read_episodes
from harness.executor import Place
from harness.player_spec import Models, PlayerSpec
from harness.policy.random import RandomPolicy
from harness.policy.registry import POLICIES
from harness.runner import Player, run
from harness.search import Greedy
from rewards.baselines import NoReward

TOY = tasks("toy")


class Silent:
    """Never answers on the first task; on the others it is the random policy."""

    def __init__(self):
        self._random = RandomPolicy()

    async def propose(self, trajectory, n, *, temperature=None):
        if trajectory.task == TOY[0]:
            await asyncio.Event().wait()
        return await self._random.propose(trajectory, n, temperature=temperature)


def go(directory, policy, seconds):
    play = Deadline(Player(policy, NoReward(), Greedy()), seconds)
    return asyncio.run(run(TOY, play, directory))


def test_it_is_an_error_and_no_score_and_is_played_again(tmp_path):
    late, *others = go(tmp_path, Silent(), 0.2)
    assert (late.task, late.error.type) == (TOY[0], "Deadline")
    assert "longer than --deadline 0.2" in late.error.message
    assert late.seconds >= 0.2
    assert [episode.error for episode in others] == [None] * len(others)
    assert [episode.error for episode in go(tmp_path, RandomPolicy(), 60.0)] == [None] * len(TOY)


def test_the_flag_gives_up_what_is_late(tmp_path, monkeypatch):
    monkeypatch.setitem(POLICIES.table, "silent", f"{__name__}:silent")
    flags = ["--policy", "silent", "--rm", "none", "--method", "greedy", "--tasks", "toy"]
    out = str(tmp_path / "run")
    assert cli.main([*flags, "--limit", "0", "--deadline", "0.2", "--out", out]) == 1
    assert [e.error is None for e in read_episodes(tmp_path / "run")] == [False, True, True]


def silent(request):
    return Silent()


def test_a_player_of_a_cluster_gives_up_what_is_late_itself(monkeypatch):
    pytest.importorskip("ray", reason="needs `pip install 'agentrm[ray]'`")
    from harness.cluster.player import PlayerHost

    monkeypatch.setitem(POLICIES.table, "silent", f"{__name__}:silent")
    spec = PlayerSpec(Models("silent", "none"), Greedy())
    host = PlayerHost(spec, ".", [], [], Place("ray", deadline=0.2))

    async def both():
        return await asyncio.gather(*map(host.play, TOY[:2]))

    late, other = asyncio.run(both())
    assert (late.error.type, other.error) == ("Deadline", None)


@pytest.mark.parametrize("seconds", ["-1", "nan"])
def test_a_limit_that_is_none_is_refused(tmp_path, capsys, seconds):
    flags = ["--policy", "random", "--rm", "none", "--tasks", "toy", "--deadline", seconds]
    assert cli.main([*flags, "--out", str(tmp_path / "run")]) == 2
    assert "--deadline must be at least 0" in capsys.readouterr().err
    assert not (tmp_path / "run").exists()
