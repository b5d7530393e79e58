"""SciWorld's Java process: its states, its copies, and what happens when it dies or hangs."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import time
import zipfile
from contextlib import closing, suppress
from dataclasses import replace

import pytest

import agentrm_envs
from agentrm_envs.errors import EnvCrashed, EnvError, StateLost
from agentrm_envs.playing import hostile
from agentrm_envs.sciworld import simulator
from agentrm_envs.sciworld.branch import Branch, Variation, gold
from agentrm_envs.sciworld.env import LOOK
from agentrm_envs.sciworld.kinds import KINDS
from scripts.build_sciworld import ARCHIVE, fingerprint

TASK = "find-plant/225"
TIMEOUT = 1_200.0
"""Seconds; a gold path takes 10 on a free core, and more where soak tests run side by side."""
COUNTED = (
    ("look around", 0),
    ("wait", 11),
    ("inventory", 11),
    ("task", 11),
    ("asdf", 11),
    ("open door", 11),
    ("0", 12),
    ("wait1", 14),
    ("look at table", 14),
)
"""What `getNumMoves` of stock scienceworld 1.2.3 says after each of these actions in boil/0."""
WALK = ("teleport to kitchen", "open cupboard", "pick up thermometer", "inventory", "wait1")


@pytest.fixture
def env():
    with closing(agentrm_envs.make("sciworld")) as made:
        made.reset(options={"task": TASK})
        yield made


def test_the_archive_is_made_of_the_sources_beside_it():
    with zipfile.ZipFile(ARCHIVE) as archive:
        manifest = archive.read("META-INF/MANIFEST.MF").decode()
    assert f"Sources-SHA256: {fingerprint()[:40]}\n" in manifest


def test_environments_share_a_process_and_not_their_states(env):
    with closing(agentrm_envs.make("sciworld")) as other:
        before = simulator.running().pid
        other.reset(options={"task": TASK})
        assert simulator.running().pid == before
        env.step("teleport to kitchen")
        assert "kitchen" not in other.step(LOOK)[0].partition("\n")[0]
        assert "kitchen" in env.step(LOOK)[0].partition("\n")[0]


def test_a_saved_state_is_copied_and_not_replayed(env, monkeypatch):
    env.step("teleport to kitchen")
    snapshot = env.snapshot()
    first = [env.step(action) for action in WALK]
    calls, call = [], simulator.Simulator.call
    monkeypatch.setattr(
        simulator.Simulator,
        "call",
        lambda self, *request, timeout: [
            calls.append(request[:3:2]),
            call(self, *request, timeout=timeout),
        ][1],
    )
    env.restore(snapshot)
    assert [env.step(action) for action in WALK] == first
    assert [name for name, *_ in calls] == ["touch", "drop"] + ["step"] * len(WALK)
    assert [how for name, how in calls[2:]] == ["keep"] + ["spend"] * (len(WALK) - 1)


def test_ticks_are_counted_as_stock_counts_them_and_a_copy_counts_on():
    branch, other = Branch(TIMEOUT), Branch(TIMEOUT)
    branch.begin(Variation("boil", 0, "easy"))
    places, counts = [], []
    for action, _ in COUNTED:
        places.append(branch.save())
        counts.append(branch.step(action, seed=0).ticks)
    assert counts == [count for _, count in COUNTED]
    for place, (action, count) in zip(places, COUNTED, strict=True):
        other.load(place)
        assert other.step(action, seed=0).ticks == count
    branch.release()
    other.release()


@pytest.mark.soak
@pytest.mark.parametrize("kind", sorted(KINDS))
def test_copies_go_on_as_their_originals_do_in_every_kind(kind):
    """Ten valid actions from each of four states, by the state itself, a copy and a replay."""
    variation = Variation(kind, 1, "easy")
    branch, other = Branch(TIMEOUT), Branch(TIMEOUT)
    branch.begin(variation)
    branch.step(LOOK, seed=0)
    taken: list[str] = []
    for turn in range(4):
        place = branch.save()
        listed = branch.valid_actions()
        actions = [listed[(7 * turn + 37 * i) % len(listed)] for i in range(10)]
        copied = [branch.step(a, seed=len(taken) + i) for i, a in enumerate(actions, 1)]
        other.load(place)
        again = [other.step(a, seed=len(taken) + i) for i, a in enumerate(actions, 1)]
        assert again == copied
        other.begin(variation)
        for number, action in enumerate([LOOK, *taken]):
            other.step(action, seed=number)
        replayed = [other.step(a, seed=len(taken) + i) for i, a in enumerate(actions, 1)]
        assert replayed == copied
        taken += actions
    branch.release()
    other.release()


@pytest.mark.soak
def test_every_kind_is_told_alike_by_another_process_in_another_order():
    first = {kind: told(kind) for kind in sorted(KINDS)}
    simulator.stop()
    again = {kind: told(kind) for kind in sorted(KINDS, reverse=True)}
    assert [kind for kind in first if again[kind] != first[kind]] == []


def told(kind: str) -> list[str]:
    """The task, its gold path, and what the path's first actions and other valid ones answer."""
    variation = Variation(kind, 0, "easy")
    branch = Branch(TIMEOUT)
    texts = [branch.begin(variation), *gold(variation, TIMEOUT)]
    for number, action in enumerate([LOOK, *texts[1:31]]):
        texts.append(branch.step(action, seed=number).observation)
    for turn in range(3):
        listed = branch.valid_actions()
        texts += listed
        texts.append(branch.step(listed[37 * turn % len(listed)], seed=31 + turn).observation)
    branch.release()
    return texts


def test_a_state_that_was_dropped_is_replayed(env):
    env.step("teleport to kitchen")
    snapshot = env.snapshot()
    expected = env.step(LOOK)
    number = snapshot.state[1].number
    simulator.running().call("drop", number, timeout=TIMEOUT)
    env.restore(snapshot)
    assert env.snapshot().state[1].number != number
    assert env.step(LOOK) == expected


def test_the_present_state_may_be_dropped_too(env):
    env.step("teleport to kitchen")
    with closing(agentrm_envs.make("sciworld")) as twin:
        twin.reset(options={"task": TASK})
        twin.step("teleport to kitchen")
        simulator.running().call("drop", twin._branch.save().number, timeout=TIMEOUT)
        assert twin.valid_actions() == env.valid_actions()
        assert twin.step(LOOK) == env.step(LOOK)


def test_a_dead_process_is_an_error_once_and_then_another_goes_on(env):
    env.step("teleport to kitchen")
    snapshot = env.snapshot()
    expected = env.step(LOOK)
    old = simulator.running()
    os.kill(old.pid, signal.SIGKILL)
    with pytest.raises((EnvCrashed, StateLost)):
        Branch(TIMEOUT).load(snapshot.state[1])
    env.restore(snapshot)
    assert simulator.running().pid != old.pid
    assert env.step(LOOK) == expected


def test_a_step_in_a_process_that_dies_is_a_crash(env):
    old = simulator.running()
    os.kill(old.pid, signal.SIGSTOP)
    os.kill(old.pid, signal.SIGKILL)
    with suppress(EnvCrashed):  # it may have been seen dead, and replaced, before it was asked
        env.step(LOOK)
    assert env.reset(options={"task": TASK})[0].startswith("This room")
    assert simulator.running().pid != old.pid


def test_a_hanging_process_is_killed_and_replaced():
    with closing(agentrm_envs.make("sciworld", timeout=60)) as env:
        env.reset(options={"task": TASK})
        old = simulator.running()
        env._branch._timeout = 0.5
        os.kill(old.pid, signal.SIGSTOP)
        with pytest.raises(EnvCrashed, match=r"no answer within 0\.5 s"):
            env.step(LOOK)
        assert not old.alive
        env._branch._timeout = 60
        assert env.reset(options={"task": TASK})[0].startswith("This room")


def test_a_snapshot_of_another_process_is_replayed(env):
    env.step("teleport to kitchen")
    snapshot = env.snapshot()
    expected = env.step(LOOK)
    task, place, *rest = snapshot.state
    foreign = replace(snapshot, state=(task, replace(place, process="1-other"), *rest))
    env.restore(foreign)
    assert env.step(LOOK) == expected


def test_no_java_process_is_left_behind():
    code = """
    import agentrm_envs, os
    from agentrm_envs.sciworld import simulator
    env = agentrm_envs.make("sciworld")
    env.reset(options={"task": "find-plant/225"})
    print(simulator.running().pid, flush=True)
    """
    ends = ("", "os.kill(os.getpid(), 9)")
    for end in ends:
        done = subprocess.run(
            [sys.executable, "-W", "error", "-c", textwrap.dedent(code) + end],
            capture_output=True,
            text=True,
            timeout=100,
        )
        assert done.stderr == ""
        assert gone(int(done.stdout))


def gone(pid: int) -> bool:
    """Whether the process ends within some seconds."""
    for _ in range(100):
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.1)
    return False


def test_hostile_text_is_answered_and_leaves_the_process_alive(env):
    pid = simulator.running().pid
    for action in hostile(300, seed=7):
        if env._done(env._now()):
            env.reset(options={"task": TASK})
        assert isinstance(env.step(action)[0], str)
    assert simulator.running().pid == pid


def test_what_the_simulator_refuses_is_an_error_that_says_what():
    with pytest.raises(EnvError, match="no call is named nonsense"):
        simulator.running().call("nonsense", timeout=TIMEOUT)
    with pytest.raises(EnvError, match=r"sciworld: (the simulator failed at begin|boil)"):
        Branch(TIMEOUT).begin(Variation("boil", 10_000, ""))
