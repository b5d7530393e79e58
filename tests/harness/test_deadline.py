"""An episode that takes too long is given up, and the others go on."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from dataclasses import replace

import pytest

from agentrm_envs import ENVS, Action, tasks
from agentrm_envs.isolated import Child
from harness import __main__ as cli
from harness import runner
from harness.episode import read_episodes
from harness.executor import Place
from harness.player_spec import Models, PlayerSpec
from harness.policy.random import RandomPolicy
from harness.policy.registry import POLICIES
from harness.runner import Player, run_in
from harness.search import Greedy
from rewards.baselines import NoReward
from tests.toy_env.env import ToyEnv

TOY = tasks("toy")


class Silent:
    """The random policy, but for the first task, after whose first step it does not answer."""

    def __init__(self):
        self._random = RandomPolicy()

    async def propose(self, trajectory, n, *, temperature=None):
        if trajectory.task == TOY[0] and trajectory.steps:
            await asyncio.Event().wait()
        return await self._random.propose(trajectory, n, temperature=temperature)


def go(directory, policy, seconds):
    return run_in(directory, TOY, Player(policy, NoReward(), Greedy(), deadline=seconds))


def test_it_is_an_error_and_no_score_and_is_played_again(tmp_path):
    late, *others = go(tmp_path, Silent(), 0.2)
    assert (late.task, late.error.type) == (TOY[0], "Deadline")
    assert "longer than --deadline 0.2" in late.error.message
    assert late.seconds >= 0.2
    assert (late.usage.policy_calls, late.usage.env_steps) == (1, 1), "what it has cost"
    assert len(late.tree.nodes) == 2, "as far as it got"
    assert [episode.error for episode in others] == [None] * len(others)
    assert [episode.error for episode in go(tmp_path, RandomPolicy(), 60.0)] == [None] * len(TOY)


def test_the_flag_gives_up_what_is_late(tmp_path, monkeypatch):
    monkeypatch.setitem(POLICIES.table, "silent", f"{__name__}:silent")
    flags = ["--policy", "silent", "--rm", "none", "--method", "greedy", "--tasks", "toy"]
    out = str(tmp_path / "run")
    assert cli.main([*flags, "--limit", "0", "--deadline", "0.2", "--out", out]) == 1
    assert [e.error is None for e in read_episodes(tmp_path / "run")] == [False, True, True]


class HangingEnv(ToyEnv):
    """A toy whose process answers to no action, and whose pipe outlives it: another holds it."""

    def __init__(self, groups):
        super().__init__("toy", 4)
        self._child = Child(["sh", "-c", "sleep 300 & echo; wait"], start_new_session=True)
        groups.append(self._child.pid)
        self._ask()

    def _ask(self):
        self._child.exchange(b"", lambda reply: reply.endswith(b"\n"), timeout=60.0)

    def _act(self, action):
        self._ask()
        raise AssertionError("sleep does not answer")

    def close(self):
        self._child.kill()


class Typist:
    async def propose(self, trajectory, n, *, temperature=None):
        return [Action("a")] * n


def test_processes_that_hang_do_not_hold_up_the_end_of_the_run(tmp_path, monkeypatch):
    monkeypatch.setitem(ENVS, "toy", replace(ENVS["toy"], isolated=True))
    groups = []
    monkeypatch.setattr(runner, "make", lambda name, data: HangingEnv(groups))
    began = time.monotonic()
    try:
        late = go(tmp_path, Typist(), 0.2)
    finally:
        for group in groups:
            os.killpg(group, signal.SIGKILL)
    assert [episode.error.type for episode in late] == ["Deadline"] * len(TOY)
    assert time.monotonic() - began < 30, "the threads that asked them went on waiting"


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
