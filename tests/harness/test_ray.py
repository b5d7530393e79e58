"""A run on a real Ray cluster of three nodes equals the one on this machine."""

from __future__ import annotations

import json
import os
import re
import secrets
import shutil
import signal
import subprocess
import sys
import threading
import time
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest

pytest.importorskip("ray", reason="needs `pip install 'agentrm[ray]'`")

import asyncio

import ray
from ray.cluster_utils import Cluster

from agentrm_envs import Trajectory, make, tasks
from harness import __main__ as cli
from harness import estimate, explore
from harness.cluster import execution
from harness.cluster.connection import connected
from harness.cluster.models import PolicyHost, RemotePolicy
from harness.episode import EPISODES_FILE, read_episodes
from harness.executor import Place
from harness.player_spec import Models
from harness.policy.random import RandomPolicy
from rewards.metering import metered
from tests.harness.ray_nodes import with_node
from tests.tiny_model import tiny_base

GAMES = ["--tasks", "maze", "pddl", "tool_query", "--limit", "4"]


@pytest.fixture(scope="module")
def cluster():
    started = Cluster()
    with_node(started, include_dashboard=False)
    with_node(started, num_gpus=1)  # a number to Ray: nobody looks for the card
    with_node(started)
    yield started
    started.shutdown()


@pytest.fixture
def there(cluster):
    return ["--executor", "ray", "--ray-address", cluster.address]


def results(directory):
    """What the leaderboard says of the run, as it stands in the file."""
    written = json.loads((directory / "leaderboard.json").read_text())
    return [
        json.dumps({name: entry[name] for name in ("results", "overall", "verified", "run")})
        for entry in written["entries"]
    ]


def timeless(directory):
    return [replace(episode, seconds=0.0) for episode in read_episodes(directory)]


def assert_same(run, other):
    assert timeless(run) == timeless(other)
    assert results(run) == results(other)
    assert (run / "run.json").read_bytes() == (other / "run.json").read_bytes()


@pytest.mark.parametrize(
    "flags",
    [
        ["--policy", "expert:0.3", "--rm", "random", "--method", "best-of-n"],
        ["--policy", "random", "--rm", "oracle", "--method", "beam", "--width", "2"],
    ],
)
def test_a_run_on_a_cluster_leaves_what_one_on_this_machine_does(tmp_path, there, capfd, flags):
    assert cli.main([*flags, *GAMES, "--json", "--out", str(tmp_path / "here")]) == 0
    capfd.readouterr()
    out = tmp_path / "there"
    assert cli.main([*flags, *GAMES, *there, "--json", "--out", str(out)]) == 0
    shown = capfd.readouterr()
    assert json.loads(shown.out) == json.loads((out / "leaderboard.json").read_text())
    assert "12/12" in shown.err
    assert_same(out, tmp_path / "here")
    assert not ray.is_initialized()


def test_a_cluster_plays_explorations_estimates_and_rescores(tmp_path, there):
    few = ["--tasks", "maze", "--limit", "3", "--policy", "expert:0.3"]
    grown = [tmp_path / "explored", tmp_path / "explored there"]
    flags = [*few, "--iterations", "4"]
    assert explore.main([*flags, "--out", str(grown[0])]) == 0
    assert explore.main([*flags, *there, "--out", str(grown[1])]) == 0
    assert timeless(grown[0]) == timeless(grown[1])

    valued = [tmp_path / "valued", tmp_path / "valued there"]
    assert estimate.main([str(grown[0]), "--rollouts", "2", "--out", str(valued[0])]) == 0
    flags = [str(grown[1]), "--rollouts", "2", *there, "--out", str(valued[1])]
    assert estimate.main(flags) == 0
    assert timeless(valued[0]) == timeless(valued[1])

    drawn = tmp_path / "drawn"
    assert cli.main([*few, "--rm", "random", "--method", "best-of-n", "--out", str(drawn)]) == 0
    chosen = [tmp_path / "chosen", tmp_path / "chosen there"]
    flags = ["--rescore", str(drawn), "--rm", "oracle"]
    assert cli.main([*flags, "--out", str(chosen[0])]) == 0
    assert cli.main([*flags, *there, "--out", str(chosen[1])]) == 0
    assert_same(*chosen)


LONG = ["--policy", "expert:0.5", "--rm", "oracle", "--method", "beam", "--tasks", "pddl"]
LONG += ["--limit", "18"]
"""Long enough to be interrupted."""


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    out = tmp_path_factory.mktemp("long") / "whole"
    assert cli.main([*LONG, "--out", str(out)]) == 0
    return out


@pytest.mark.soak  # on a busy machine the node may die so slowly that its last episodes end first
def test_a_node_killed_in_mid_run_costs_its_running_episodes_which_are_begun_again(
    tmp_path, cluster, there, whole, capfd, monkeypatch
):
    pools = []
    doomed = with_node(cluster)

    class Watched(execution.Pool):
        def __init__(self, *args, **settings):
            super().__init__(*args, **settings)
            pools.append(self)

    def kill_once_all_play():
        while not (pools and len(pools[0].playing) == 4 and all(pools[0].playing)):
            time.sleep(0.01)
        cluster.remove_node(doomed, allow_graceful=False)

    monkeypatch.setattr(execution, "Pool", Watched)
    killer = threading.Thread(target=kill_once_all_play, daemon=True)
    killer.start()
    out = tmp_path / "run"
    assert cli.main([*LONG, *there, "--max-concurrent", "6", "--out", str(out)]) == 0
    killer.join(timeout=1)
    assert not killer.is_alive()
    shown = capfd.readouterr().err
    begun_again = re.findall(r"lost a player on .*; (\d+) of its episodes are begun again", shown)
    assert [int(number) for number in begun_again] in ([1], [2]), shown
    assert_same(out, whole)
    assert len((out / EPISODES_FILE).read_bytes().splitlines()) == 18


def test_a_killed_driver_s_run_goes_on_in_the_cluster_and_without_it(tmp_path, there, whole):
    killed, other = tmp_path / "killed", tmp_path / "other"
    command = [sys.executable, "-m", "harness", *LONG, *there, "--out", str(killed)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    while not (killed.is_dir() and read_episodes(killed)):
        time.sleep(0.01)
        assert process.poll() is None, process.stderr.read()
    process.kill()
    process.communicate()
    assert process.returncode == -signal.SIGKILL
    kept = len(read_episodes(killed))
    assert 0 < kept < 18
    shutil.copytree(killed, other)
    assert cli.main(["--resume", str(killed), *there]) == 0
    assert cli.main(["--resume", str(other)]) == 0
    for run in (killed, other):
        assert_same(run, whole)
        assert len((run / EPISODES_FILE).read_bytes().splitlines()) == 18


def test_language_models_run_in_processes_of_their_own_where_a_gpu_is(tmp_path, there, monkeypatch):
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    policy, reward_model = tiny_models(tmp_path)
    flags = ["--tasks", "maze", "--limit", "2", "--method", "best-of-n", "--n", "2"]
    flags += ["--policy", f"hf:{policy}", "--rm", f"explicit:{reward_model}"]
    here, out = tmp_path / "here", tmp_path / "there"
    assert cli.main([*flags, "--out", str(here)]) == 0
    assert cli.main([*flags, *there, "--ray-model-gpus", "0.5", "--out", str(out)]) == 0
    assert results(out) == results(here)
    assert (out / "run.json").read_bytes() == (here / "run.json").read_bytes()
    played = [read_episodes(run) for run in (here, out)]
    assert [episode.tree for episode in played[0]] == [episode.tree for episode in played[1]]
    # Episodes share what a batch costs, and batches are another matter; the sums are not.
    for count in ("policy_calls", "policy_tokens", "rm_tokens"):
        assert len({sum(getattr(each.usage, count) for each in some) for some in played}) == 1
    models = json.loads((out / "run.json").read_text())["models"]
    assert sorted(models) == ["policy", "reward_model"]
    assert all(episode.usage.policy_tokens for episode in played[1])


def test_a_cluster_without_room_for_a_model_is_told(tmp_path, there, capfd, monkeypatch):
    monkeypatch.setattr(execution, "PATIENCE", 3.0)
    flags = ["--tasks", "maze", "--policy", f"hf:{tmp_path}", "--rm", "oracle", *there]
    assert cli.main([*flags, "--ray-model-gpus", "2", "--out", str(tmp_path / "run")]) == 2
    assert f"no place for the policy 'hf:{tmp_path}'" in capfd.readouterr().err
    assert not (tmp_path / "run").exists()


def test_a_mistake_that_only_the_cluster_sees_is_told_as_it_would_be_here(tmp_path, there, capfd):
    flags = ["--tasks", "maze", "--policy", "expert:much", *there, "--out", str(tmp_path / "run")]
    assert cli.main(flags) == 2
    assert "a share in [0, 1], as in expert:0.3, not 'much'" in capfd.readouterr().err
    assert not (tmp_path / "run").exists()


def test_an_address_where_no_cluster_is_is_told_at_once(tmp_path, capfd):
    flags = ["--tasks", "maze", "--executor", "ray", "--ray-address", "127.0.0.1:1"]
    assert cli.main([*flags, "--out", str(tmp_path / "run")]) == 2
    assert "no Ray cluster answers at 127.0.0.1:1" in capfd.readouterr().err


def test_a_model_s_process_that_ends_is_begun_again_and_its_cost_reaches_the_episode(cluster):
    task = tasks("maze")[0]
    observation, info = make("maze").reset(options={"task": task.id})
    start = Trajectory(task, info["goal"], observation)

    async def proposed(policy):
        with metered() as spent:
            return await policy.propose(start, 4, temperature=1.0), spent

    expected = asyncio.run(proposed(RandomPolicy(7)))
    with connected(cluster.address):
        [host] = execution.hosts(PolicyHost, Models("random", "none", seed=7), Place())
        policy = RemotePolicy([host])
        assert asyncio.run(proposed(policy)) == expected
        first = ray.get(host.__ray_call__.remote(lambda self: os.getpid()))
        os.kill(first, signal.SIGKILL)
        assert asyncio.run(proposed(policy)) == expected
        assert ray.get(host.__ray_call__.remote(lambda self: os.getpid())) != first


def tiny_models(folder):
    """The folders of a policy, an adapter, so that it says little, and of a reward model."""
    transformers = pytest.importorskip("transformers")
    training = pytest.importorskip("rewards.backbone.training")
    beginning = pytest.importorskip("rewards.backbone.beginning")
    base, policy, reward_model = tiny_base(folder / "base"), folder / "policy", folder / "rm"
    causal = transformers.AutoModelForCausalLM.from_pretrained(base)
    adapted = beginning.with_lora(causal, training.Recipe(rank=2), task_type="CAUSAL_LM")
    adapted.save_pretrained(policy)
    scorer = transformers.AutoModelForSequenceClassification.from_pretrained(base, num_labels=1)
    scorer.save_pretrained(reward_model)
    transformers.AutoTokenizer.from_pretrained(base).save_pretrained(reward_model)
    return policy, reward_model


@pytest.mark.soak
@pytest.mark.parametrize("signal", [signal.SIGINT, signal.SIGKILL])
def test_a_ray_of_our_own_ends_with_an_interrupted_run(tmp_path, signal):
    run, token = tmp_path / "run", secrets.token_hex(8)
    command = [sys.executable, "-m", "harness", *LONG, "--executor", "ray", "--out", str(run)]
    process = subprocess.Popen(
        command,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        env={**os.environ, "TEST_OF_RAY": token},
        preexec_fn=unignored_interrupts,
    )
    while not (run.is_dir() and read_episodes(run)):
        time.sleep(0.01)
        assert process.poll() is None, process.stderr.read()
    assert len(processes_of(token)) > 3
    process.send_signal(signal)
    _, shown = process.communicate()
    deadline = time.monotonic() + 240  # Ray's own watchers look around now and then
    while processes_of(token) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert processes_of(token) == []
    assert 0 < len(read_episodes(run)) < 18
    assert b"note: starting Ray on this machine" in shown
    if process.returncode >= 0:
        assert process.returncode == 130
        assert b"interrupted; --resume goes on" in shown
        assert b"Traceback" not in shown


def unignored_interrupts():
    """A shell's background jobs, and so a CI's tests, inherit an interrupt that is ignored."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def processes_of(token):
    """The processes that have the token in their environment."""
    found = []
    for path in Path("/proc").glob("[0-9]*/environ"):
        with suppress(OSError):
            if f"TEST_OF_RAY={token}".encode() in path.read_bytes():
                found.append(path.parent.name)
    return found
