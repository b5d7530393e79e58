"""Whose error it is, and what becomes of the episode."""

import asyncio
from dataclasses import replace

import pytest

from agentrm_envs import ENVS, Action, EnvSpec, Task, tasks
from agentrm_envs.errors import EnvCrashed
from harness import runner
from harness.episode import EPISODES_FILE, read_episodes
from harness.policy.random import RandomPolicy
from harness.runner import Player, run_in
from harness.search import BeamSearch, Greedy
from rewards.baselines import NoReward
from tests.toy_env.env import ToyEnv

TOY = tasks("toy")
PLAYER = Player(RandomPolicy(), NoReward(), Greedy())


def go(directory, play=PLAYER, some=TOY):
    return run_in(directory, some, play)


@pytest.fixture
def broken_env(monkeypatch):
    """Makes an environment `broken` whose steps raise what `errors` holds, then work."""
    errors: list[Exception] = []

    class Broken(ToyEnv):
        def _act(self, action):
            if errors:
                raise errors.pop(0)
            return super()._act(action)

    monkeypatch.setitem(ENVS, "broken", EnvSpec("tests.toy_env.env:ToyEnv", "agentrm/Broken-v0", 4))
    made = runner.make

    def make(name, **settings):
        return Broken(name, 4) if name == "broken" else made(name, **settings)

    monkeypatch.setattr(runner, "make", make)
    return errors


def test_a_failing_environment_is_recorded_and_the_others_go_on(tmp_path):
    nowhere = Task("toy", "nowhere")
    *_, failed = sorted(go(tmp_path, some=[nowhere, *TOY]), key=lambda e: e.error is not None)
    assert failed.task == nowhere
    assert (failed.error.kind, failed.error.type) == ("environment", "UnknownTask")
    assert "'nowhere'" in failed.error.message


def test_a_crashed_environment_is_begun_again(tmp_path, broken_env):
    broken_env[:] = [EnvCrashed("killed"), EnvCrashed("killed")]
    play = Player(RandomPolicy(), NoReward(), Greedy())
    [episode] = go(tmp_path, play, [Task("broken", "abba")])
    assert episode.error is None
    assert episode.usage.env_steps == 4


def test_an_environment_that_crashes_again_and_again_is_recorded_and_not_scored(
    tmp_path, broken_env
):
    broken_env[:] = [EnvCrashed("killed")] * runner.TRIES
    play = Player(RandomPolicy(), NoReward(), Greedy())
    [episode] = go(tmp_path, play, [Task("broken", "abba")])
    assert (episode.error.kind, episode.error.type) == ("environment", "EnvCrashed")
    assert broken_env == []
    [again] = go(tmp_path, play, [Task("broken", "abba")])
    assert again.error is None
    assert len((tmp_path / EPISODES_FILE).read_bytes().splitlines()) == 2
    assert read_episodes(tmp_path) == [again]


def test_an_environments_own_bug_is_not_tried_again(tmp_path, broken_env):
    broken_env[:] = [KeyError("lost"), KeyError("unused")]
    play = Player(RandomPolicy(), NoReward(), Greedy())
    [episode] = go(tmp_path, play, [Task("broken", "abba")])
    assert episode.error.kind == "environment"
    assert "KeyError: 'lost'" in episode.error.message
    assert len(broken_env) == 1


def test_what_a_crashed_try_has_cost_is_counted(tmp_path, broken_env):
    class Late(Greedy):
        async def __call__(self, simulator, policy, reward_model):
            await policy.propose(simulator.tree.trajectory(0), 1)
            return await super().__call__(simulator, policy, reward_model)

    broken_env[:] = [EnvCrashed("killed"), EnvCrashed("killed")]
    [episode] = go(tmp_path, Player(RandomPolicy(), NoReward(), Late()), [Task("broken", "abba")])
    assert episode.usage.policy_calls == 2 * (1 + 1) + 1 + 4


class Silent:
    async def propose(self, trajectory, n, *, temperature=None):
        return []


class Raising:
    def __init__(self, error):
        self._error = error

    async def propose(self, trajectory, n, *, temperature=None):
        raise self._error


class Saying:
    """Answers with `n` times the same, which is no proposal."""

    def __init__(self, what):
        self._what = what

    async def propose(self, trajectory, n, *, temperature=None):
        return [self._what] * n if self._what is not None else None


class Giving:
    def __init__(self, score):
        self._score = score

    async def score(self, trajectories):
        return [self._score] * len(trajectories)


@pytest.mark.parametrize(
    ("policy", "reward_model", "message"),
    [
        (Silent(), NoReward(), "asked for 25 proposals and gave 0"),
        (Raising(RuntimeError("no room")), NoReward(), "the policy raised RuntimeError: no room"),
        (Raising(asyncio.CancelledError()), NoReward(), "the policy raised CancelledError"),
        (Saying(None), NoReward(), "the policy raised TypeError"),
        (Saying("a"), NoReward(), "the policy gave a str as an Action"),
        (Saying(Action("a", "\ud83d")), NoReward(), "surrogates not allowed"),
        (RandomPolicy(), Giving(float("nan")), "not finite"),
        (RandomPolicy(), Giving(None), "the reward model raised TypeError"),
    ],
)
def test_a_models_error_is_recorded_as_the_models(tmp_path, policy, reward_model, message):
    episodes = go(tmp_path, Player(policy, reward_model, BeamSearch()))
    assert len(episodes) == len(TOY)
    assert {episode.error.kind for episode in episodes} == {"model"}
    assert all(message in episode.error.message for episode in episodes)


def test_an_episode_that_no_file_can_hold_is_an_error_and_the_others_are_kept(
    tmp_path, monkeypatch
):
    act = ToyEnv._act

    def half_a_letter(self, action):
        outcome = act(self, action)
        return replace(outcome, observation="\ud83d") if self._word == TOY[1].id else outcome

    monkeypatch.setattr(ToyEnv, "_act", half_a_letter)
    episodes = go(tmp_path)
    assert [episode.task for episode in episodes if episode.error] == [TOY[1]]
    assert read_episodes(tmp_path) == episodes


def test_a_searchs_own_bug_is_recorded_as_the_searchs(tmp_path):
    async def search(simulator, policy, reward_model):
        raise IndexError("no beam")

    episodes = go(tmp_path, Player(RandomPolicy(), NoReward(), search))
    assert {episode.error.kind for episode in episodes} == {"search"}
