from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from contextlib import closing, suppress
from dataclasses import replace
from pathlib import Path

import pytest

import tests.toys  # noqa: F401  # registers the toy
from agentrm_envs import ENVS, EnvSpec, expert, make
from agentrm_envs.errors import (
    EnvCrashed,
    EnvError,
    MissingDependency,
    NotStarted,
    StateLost,
    UnknownTask,
)
from tests.toy_env.wild import HUGE

ROOT = Path(__file__).parents[2]
WILD = EnvSpec("tests.toy_env.wild:WildEnv", "agentrm/Wild-v0", 9)


@pytest.fixture
def env(monkeypatch):
    """A wild environment in its own process, at the beginning of a task."""
    monkeypatch.setitem(ENVS, "wild", WILD)
    with closing(make("wild", isolated=True, timeout=20)) as env:
        env.reset(options={"task": "abba"})
        yield env


def process(env) -> subprocess.Popen[bytes]:
    return env._worker._process


def test_it_runs_in_another_process_and_answers_as_here(env):
    here = make("wild")
    assert process(env).pid != os.getpid()
    options = {"task": "baba"}
    assert env.reset(options=options) == here.reset(options=options)
    assert [env.step(a) for a in "ba"] == [here.step(a) for a in "ba"]
    assert env.snapshot() == here.snapshot()
    assert env.valid_actions() == here.valid_actions()


def test_a_spec_may_ask_for_a_process_and_the_caller_may_not_want_it(monkeypatch):
    monkeypatch.setitem(ENVS, "wild", replace(WILD, isolated=True))
    assert type(make("wild")).__name__ == "IsolatedEnv"
    assert type(make("wild", isolated=False)).__name__ == "WildEnv"


def test_settings_reach_the_environment(env):
    settings = {"split": "train", "greeting": "Hello \ud800 é", "max_steps": 1}
    with closing(make("wild", isolated=True, **settings)) as other:
        assert other.tasks == ["aabb", "abab", "bbaa"]
        observation, info = other.reset(options={"task": "aabb"})
        assert (observation, info["goal"]) == ("Hello \ud800 é", "Spell 'aabb'.")
        assert other.step("b")[3]


def test_a_crash_is_an_error_and_reset_and_restore_start_another_process(env):
    env.step("a")
    snapshot = env.snapshot()
    first = process(env).pid
    with pytest.raises(EnvCrashed, match="exited with status 7; call reset or restore"):
        env.step("die")
    with pytest.raises(EnvCrashed, match="no process is running; call reset or restore"):
        env.step("a")
    env.restore(snapshot)
    assert process(env).pid != first
    assert env.step("b")[0] == "You typed ab."
    process(env).kill()
    with pytest.raises(EnvCrashed, match="exited with status -9"):
        env.step("b")
    env.reset(options={"task": "abba"})
    assert env.step("a")[0] == "You typed a."


def test_a_process_that_hangs_is_killed(env):
    env.step("a")
    snapshot = env.snapshot()
    hanging = process(env)
    env._timeout = 0.3
    began = time.monotonic()
    with pytest.raises(EnvCrashed, match=r"no answer within 0\.3 s; its process was killed"):
        env.step("hang")
    assert time.monotonic() - began < 10
    assert hanging.returncode == -signal.SIGKILL
    env._timeout = 20
    env.restore(snapshot)
    assert env.step("b")[0] == "You typed ab."


def test_a_snapshot_after_a_crash_still_names_the_state(env):
    env.step("a")
    before = env.snapshot()
    with suppress(EnvCrashed):
        env.step("die")
    after = env.snapshot()
    assert after == before
    assert after.state is None


def test_a_state_of_an_ended_process_is_lost_and_replayed(env):
    env.step("a")
    snapshot = env.snapshot()
    env.close()
    with pytest.raises(StateLost, match="is gone, and its states with it"):
        env._load(snapshot.state)
    env.restore(snapshot)
    assert env.step("b")[0] == "You typed ab."


def test_a_state_is_dropped_when_another_task_begins_and_its_number_is_not_used_again(env):
    env.step("a")
    snapshot = env.snapshot()
    env.reset(options={"task": "baba"})
    later = [env.snapshot() for _ in range(3)]
    assert snapshot.state not in [s.state for s in later]
    with pytest.raises(StateLost, match="has begun another task since"):
        env._load(snapshot.state)
    env.restore(snapshot)
    assert env.step("b")[0] == "You typed ab."


@pytest.mark.parametrize("started", [False, True])
@pytest.mark.parametrize("to_a_process", [False, True])
def test_a_snapshot_moves_between_a_plain_and_an_isolated_instance(env, to_a_process, started):
    with closing(make("wild", isolated=False)) as here:
        here.reset(options={"task": "abba"})
        source, target = (here, env) if to_a_process else (env, here)
        source.step("a")
        snapshot = source.snapshot()
        assert snapshot.state is not None
        if started:
            target.reset(options={"task": "baba"})
        target.restore(snapshot)
        assert target.snapshot() == snapshot
        assert target.step("b")[0] == "You typed ab."


def test_another_processs_state_of_the_same_number_is_not_taken_for_ones_own(env):
    with closing(make("wild", isolated=True)) as other:
        other.reset(options={"task": "baba"})
        other.step("b")
        env.step("a")
        mine, theirs = env.snapshot(), other.snapshot()
        assert mine.state.number == theirs.state.number
        env.restore(theirs)
        assert env.step("a")[0] == "You typed ba."
        other.restore(mine)
        assert other.step("b")[0] == "You typed ab."


def test_what_a_simulator_prints_does_not_disturb_the_replies(env, capfd):
    assert env.step("print")[0] == "You typed p."
    assert env.step("a")[0] == "You typed pa."
    captured = capfd.readouterr()
    assert captured.out == ""


def test_huge_text_surrogates_and_extra_come_through(env):
    observation, reward, *_, info = env.step("huge")
    assert observation == HUGE
    assert reward == 0.5
    assert info["pages"] == [1, 2.5, None]


def test_a_simulators_own_error_is_told_and_the_process_goes_on(env):
    first = process(env).pid
    with pytest.raises(EnvError, match="wild: RuntimeError: no such lamp"):
        env.step("raise")
    with pytest.raises(EnvError, match=r"wild: TypeError: .*not JSON serializable"):
        env.step("odd")
    assert env.step("a")[0].startswith("You typed")
    assert process(env).pid == first


def test_our_own_errors_keep_their_class(env, monkeypatch):
    with pytest.raises(UnknownTask, match="no builtin task 'zzz'"):
        env.reset(options={"task": "zzz"})
    with pytest.raises(NotStarted):
        env.step("a")
    monkeypatch.setitem(ENVS, "none", EnvSpec("no_such_module.env:Env", "agentrm/None-v0", 3))
    with closing(make("none", isolated=True)) as missing, pytest.raises(MissingDependency):
        missing.reset(options={"task": "abba"})


def test_close_ends_the_process_and_may_be_repeated(env):
    running = process(env)
    env.close()
    env.close()
    assert running.returncode is not None
    env.reset(options={"task": "abba"})
    assert env.step("a")[0] == "You typed a."


def test_an_environment_that_is_dropped_takes_its_process_along(monkeypatch):
    monkeypatch.setitem(ENVS, "wild", WILD)
    env = make("wild", isolated=True)
    env.reset()
    running = process(env)
    del env
    assert running.returncode is not None


@pytest.mark.parametrize("action", ["a", "hang"])
def test_the_process_ends_with_its_parent(action):
    code = f"""
import threading, tests.toys
from agentrm_envs import ENVS, EnvSpec, make
ENVS["wild"] = EnvSpec({WILD.entry_point!r}, {WILD.id!r}, {WILD.max_steps})
env = make("wild", isolated=True)
env.reset()
print(env._worker._process.pid, flush=True)
env.step({action!r})
threading.Event().wait()
"""
    with subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, stdout=subprocess.PIPE) as parent:
        child = int(parent.stdout.readline())
        parent.kill()
    deadline = time.monotonic() + 10
    while running(child) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not running(child)


def running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    # One that has ended but that nobody has waited for is a zombie.
    stat = Path(f"/proc/{pid}/stat")
    return not (stat.exists() and stat.read_text().rpartition(")")[2].split()[0] == "Z")


def test_another_interpreter_may_run_the_worker(monkeypatch, tmp_path):
    python = tmp_path / "python"
    python.write_text(f'#!/bin/sh\ntouch "{tmp_path}/used"\nexec "{sys.executable}" "$@"\n')
    python.chmod(0o755)
    monkeypatch.chdir(ROOT)
    with closing(make("toy", isolated=True, python=str(python))) as env:
        env.reset(options={"task": "abba"})
        assert env.step("a")[0] == "You typed a."
    assert (tmp_path / "used").exists()


def test_the_expert_plans_in_the_process(env):
    with closing(make("toy", isolated=True)) as toy:
        toy.reset(options={"task": "abba"})
        toy.step("a")
        assert expert("toy")(toy) == ["b", "b", "a"]
        assert toy.step("b")[0] == "You typed ab."
