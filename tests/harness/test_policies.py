"""Policies that need no language model, and finding policies by name."""

import asyncio
import os
import subprocess
import sys
from contextlib import closing
from dataclasses import replace

import pytest

from agentrm_envs import ENVS, Action, Step, Task, Trajectory, make, tasks
from agentrm_envs.errors import NoPlan
from harness.policy import registry
from harness.policy.expert import ExpertPolicy
from harness.policy.follower import Follower
from harness.policy.random import WAIT, RandomPolicy
from harness.search import BestOfN
from harness.simulator import Simulator
from rewards.baselines import NoReward
from rewards.errors import BadSetting
from rewards.factories import Factories, MissingModelDependency, UnknownModel
from tests.harness.playing import ABBA
from tests.toy_env.env import ToyEnv


def after(letters: str, task: Task = ABBA) -> Trajectory:
    return Trajectory(task, "", "", tuple(Step(Action(letter), "") for letter in letters))


def proposed(policy, trajectory, n, temperature=None) -> str:
    actions = asyncio.run(policy.propose(trajectory, n, temperature=temperature))
    return "".join(action.text for action in actions)


def test_random_draws_depend_on_seed_prefix_and_index_alone():
    policy = RandomPolicy(seed=3)
    drawn = proposed(policy, after("ab"), 20)
    proposed(policy, after("b"), 7)
    assert proposed(policy, after("ab"), 20) == drawn
    assert proposed(RandomPolicy(seed=3), after("ab"), 5) == drawn[:5]
    others = [RandomPolicy(seed=4), after("ab")], [policy, after("ba")]
    assert all(proposed(*other, 20) != drawn for other in others)
    assert proposed(policy, after("ab", Task("toy", "baba")), 20) != drawn


def test_random_draws_are_spread_over_the_valid_actions():
    drawn = proposed(RandomPolicy(), after("a"), 400)
    assert 150 < drawn.count("a") < 250


def test_temperature_zero_gives_one_draw():
    assert len(set(proposed(RandomPolicy(5), after(""), 30, temperature=0))) == 1


@pytest.mark.parametrize("hash_seed", ["0", "1"])
def test_random_draws_are_the_same_in_every_process(hash_seed):
    code = (
        "import asyncio, tests.toys\n"
        "from tests.harness.test_policies import *\n"
        "print(proposed(RandomPolicy(3), after('ab'), 20))"
    )
    env = {**os.environ, "PYTHONHASHSEED": hash_seed}
    out = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True)
    assert out.stdout.strip() == proposed(RandomPolicy(3), after("ab"), 20), out.stderr


def test_where_no_action_is_known_the_random_policy_waits(monkeypatch):
    monkeypatch.setattr(ToyEnv, "valid_actions", lambda self: [])
    assert asyncio.run(RandomPolicy().propose(after(""), 2)) == [WAIT, WAIT]


@pytest.mark.parametrize("name", ["toy", "maze"])
def test_the_expert_solves_every_task(name):
    for task in tasks(name)[:10]:
        env = make(name)
        observation, info = env.reset(options={"task": task.id})
        trajectory = Trajectory(task, info["goal"], observation)
        policy = ExpertPolicy()
        while not trajectory.done:
            [action] = asyncio.run(policy.propose(trajectory, 1))
            observation, reward, terminated, truncated, info = env.step(action.text)
            step = Step(action, observation, reward, terminated, truncated, info["success"])
            steps = (*trajectory.steps, step)
            trajectory = Trajectory(task, trajectory.goal, trajectory.observation, steps)
        assert trajectory.success


def test_the_expert_plans_anew_when_it_is_off_its_plan():
    task = tasks("maze")[0]
    policy, env = ExpertPolicy(), make("maze")
    env.reset(options={"task": task.id})
    asyncio.run(policy.propose(after([], task), 1))
    astray = [*env.valid_actions()][:1] * 2
    env.step(astray[0])
    env.step(astray[1])
    for _ in range(13):
        [action] = asyncio.run(policy.propose(after(astray, task), 1))
        astray.append(action.text)
        *_, info = env.step(action.text)
        if info["success"]:
            break
    assert info["success"]


def test_an_expert_without_a_plan_draws_at_random():
    assert set(proposed(ExpertPolicy(), after("bb"), 40)) == {"a", "b"}


def test_an_expert_that_finds_no_way_on_draws_at_random(monkeypatch):
    def plan(env):
        raise NoPlan("the goal cannot be reached")

    monkeypatch.setattr("harness.policy.expert.expert", lambda name: plan)
    assert set(proposed(ExpertPolicy(seed=1), after("b"), 20)) == {"a", "b"}


def test_the_experts_noise_is_a_share_of_random_proposals():
    noisy = registry.load("expert:0.5", seed=1)
    drawn = proposed(noisy, after(""), 400)
    assert 70 < drawn.count("b") < 130
    assert proposed(noisy, after(""), 5, temperature=0) == "aaaaa"


@pytest.mark.parametrize("argument", ["much", "1.5", "-1", "nan"])
def test_an_impossible_noise_is_refused(argument):
    with pytest.raises(BadSetting, match=r"a share in \[0, 1\]"):
        registry.load(f"expert:{argument}")


@pytest.fixture
def calls(monkeypatch):
    """What is done to toy environments: `start`, their letters, `close`."""
    calls: list[str] = []
    start, act = ToyEnv._start, ToyEnv._act
    monkeypatch.setattr(ToyEnv, "_start", lambda *args: calls.append("start") or start(*args))
    monkeypatch.setattr(ToyEnv, "_act", lambda *args: calls.append(args[1]) or act(*args))
    monkeypatch.setattr(ToyEnv, "close", lambda self: calls.append("close"))
    return calls


def test_the_follower_steps_on_where_it_can(calls):
    follower = Follower("builtin")
    for letters in ("", "a", "abb", "abb"):
        assert at(follower, after(letters)).snapshot().actions == tuple(letters)
    assert calls == ["start", "a", "b", "b"]


def test_the_follower_keeps_an_environment_at_every_branch(calls):
    follower = Follower("builtin")
    for letters in ("a", "b", "ab", "bb", "aba", "bbb"):
        assert at(follower, after(letters)).snapshot().actions == tuple(letters)
    assert calls == ["start", "a", "start", "b", "b", "b", "a", "b"]


def test_the_follower_takes_what_it_used_longest_ago_for_something_else(calls, monkeypatch):
    monkeypatch.setattr("harness.policy.follower.MAX_OPEN", 2)
    follower = Follower("builtin")
    one, other = at(follower, after("a")), at(follower, after("b"))
    assert at(follower, after("ab")) is one
    assert at(follower, after("aa", Task("toy", "bbbb"))) is other
    assert "close" not in calls
    at(follower, Trajectory(tasks("maze")[0], "", ""))
    assert calls[-1] == "close"


def test_the_follower_counts_processes_by_themselves(calls, monkeypatch):
    monkeypatch.setattr("harness.policy.follower.MAX_PROCESSES", 1)
    monkeypatch.setitem(ENVS, "toy", replace(ENVS["toy"], isolated=True))

    def made(name, data):
        return ToyEnv("toy", 4) if name == "toy" else make(name, data=data)

    monkeypatch.setattr("harness.policy.follower.make", made)
    follower = Follower("builtin")
    maze = at(follower, Trajectory(tasks("maze")[0], "", ""))
    for letters in ("a", "b", "ab", "ba"):
        at(follower, after(letters))
    assert "close" not in calls, "the one process was used again and again"
    assert at(follower, Trajectory(tasks("maze")[0], "", "")) is maze


def test_the_follower_closes_an_environment_that_raised(calls):
    def fail(env):
        raise KeyError("lost")

    follower = Follower("builtin")
    with pytest.raises(KeyError):
        asyncio.run(follower.look(after("a"), fail))
    assert calls == ["start", "a", "close"]
    at(follower, after("a"))
    assert calls[3:] == ["start", "a"]


def at(follower, trajectory):
    return asyncio.run(follower.look(trajectory, lambda env: env))


@pytest.mark.parametrize("name", ["webshop", "babyai"])
def test_what_the_expert_proposes_depends_on_the_trajectory_alone(name):
    """WebShop's expert plans another way to the same end from some states on its way."""
    task = tasks(name)[0]
    noisy = ExpertPolicy(0.4, seed=3)
    tree = asyncio.run(drawn(noisy, task, 4))
    for node in range(len(tree.nodes)):
        if not tree.nodes[node].step.done:
            prefix = tree.trajectory(node)
            used, fresh = (
                asyncio.run(policy.propose(prefix, 1, temperature=0))
                for policy in (noisy, ExpertPolicy(seed=3))
            )
            assert used == fresh


async def drawn(policy, task, n):
    """A tree of `n` trajectories."""
    with closing(make(task.env)) as env:
        simulator = await Simulator.start(env, task)
        await BestOfN(n)(simulator, policy, NoReward())
    return simulator.tree


def test_policies_are_found_by_name():
    assert {"embedded", "hf", "random", "expert"} <= set(registry.names())
    assert isinstance(registry.load("random", seed=4), RandomPolicy)


def test_an_unknown_policy_suggests_the_close_one_and_lists_all():
    with pytest.raises(UnknownModel, match=r"did you mean 'random'\? There are: embedded, hf, "):
        registry.load("randon")
    with pytest.raises(UnknownModel, match="no policy is named 'sglang'"):
        registry.load("sglang:some/path")


def test_a_policy_can_be_added_from_python(monkeypatch):
    monkeypatch.setitem(registry.POLICIES.table, "coin", "tests.harness.test_policies:coin")
    assert registry.load("coin:heads", seed=2, data="official") == ("heads", 2, "official")


def coin(request):
    return request.argument, request.seed, request.data


def test_another_packages_model_is_loaded_from_its_entry_point(tmp_path, monkeypatch):
    (tmp_path / "other_policies.py").write_text("def make(request):\n    return request\n")
    metadata = tmp_path / "other-1.0.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: other\nVersion: 1.0\n")
    (metadata / "entry_points.txt").write_text("[agentrm.tests]\nother = other_policies:make\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    factories = Factories("policy", "agentrm.tests", {"here": "nowhere:at_all"})
    assert factories.names() == ["here", "other"]
    assert factories.make("other:a:b").argument == "a:b"


def test_a_missing_dependency_says_what_to_install():
    factories = Factories("policy", "agentrm.tests", {"far": "not_installed_anywhere:make"})
    with pytest.raises(MissingModelDependency, match=r"needs not_installed_anywhere.*pip install"):
        factories.make("far")
