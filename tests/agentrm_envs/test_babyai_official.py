"""BabyAI's labelled tasks: how labels are read, matched and scored."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

import agentrm_envs
from agentrm_envs.babyai.env import BabyAIEnv
from agentrm_envs.babyai.levels import LEVELS
from agentrm_envs.babyai.official import tasks
from agentrm_envs.babyai.subgoals import Subgoals, matches
from agentrm_envs.errors import BadData, MissingData, UnknownTask
from tests.agentrm_envs.babyai_play import COMPLETED, begin, labelled


@pytest.fixture
def env() -> BabyAIEnv:
    made = agentrm_envs.make("babyai")
    assert isinstance(made, BabyAIEnv)
    return made


def test_a_subgoal_is_matched_within_a_sentence():
    text = "There is a red ball 1 2 steps in front of you. You are carrying a blue key."
    assert matches(text, " There is a red ball ** in front of you ")
    assert matches(text, "You are carrying a blue key.")
    assert matches(text, "There is * ball")
    assert not matches(text, "There is a red ball ** a blue key.")


def test_one_observation_closes_one_subgoal():
    progress = Subgoals([["red"], ["red"], ["blue", "green"]])
    scores = []
    for text in ("red", "nothing", "green and red", "blue"):
        progress.watch(text)
        scores.append(progress.score)
    assert scores == [1 / 3, 1 / 3, 2 / 3, 1]


def test_an_official_task_ends_when_its_subgoals_are_shown(env):
    labelled(env, "GoToRedBallNoDists", 40_004, ["There is a red ball **"], ["You are facing"])
    assert env._act("turn left").score == 0.5
    outcome = env._act("turn left")
    assert (outcome.score, outcome.terminated, outcome.success) == (1, True, True)
    assert outcome.observation.endswith(COMPLETED)


def test_an_official_mission_done_early_ends_only_with_enough_progress(env):
    turns = ("turn left", "turn left")
    for stages, over in (
        ((["never"], ["red ball"]), False),
        ((["red ball"], ["1 s"], ["never"]), True),
    ):
        labelled(env, "GoToRedBallNoDists", 40_004, *stages)
        for turn in turns:
            env._act(turn)
        outcome = env._act("go to red ball 1")
        assert outcome.observation.endswith(COMPLETED)
        assert outcome.terminated == over
        assert not outcome.success


NUMBERED = "babyai_16002"
"""Level 2 of the forty, which is GoToRedBallNoDists, with seed 400."""


@pytest.fixture
def gym(monkeypatch) -> BabyAIEnv:
    monkeypatch.delenv("AGENTRM_DATA", raising=False)
    made = agentrm_envs.make("babyai", data="official", max_steps=200)
    assert isinstance(made, BabyAIEnv)
    return made


def test_agentgyms_numbers_are_levels_and_seeds_in_one(gym):
    begin(gym, NUMBERED)
    assert (gym.world.level, gym.world.seed) == ("GoToRedBallNoDists", 400)
    begin(gym, "babyai_7")
    assert (gym.world.level, gym.world.seed) == ("GoToSeqS5R2", 0)


@pytest.mark.parametrize("unknown", ["babyai_", "babyai_-1", "babyai_07", "babyai_1/2", "7"])
def test_other_spellings_of_a_number_are_no_task(gym, unknown):
    with pytest.raises((UnknownTask, MissingData)):
        begin(gym, unknown)


def test_numbers_are_agentgyms_and_no_built_in_tasks(env):
    with pytest.raises(UnknownTask):
        begin(env, NUMBERED)


def test_agentgym_pays_what_minigrid_does_and_ends_there(gym):
    """Less for each move within commands, of which minigrid allows this level 64, 8 by 8."""
    play_to_the_ball(gym, turns=0)
    observation, reward, terminated, _, info = gym.step("go to red ball 1")
    moves = gym.world.save()[3]
    assert observation.endswith(COMPLETED)
    assert reward == info["score"] == 1 - 0.9 * moves / 64
    assert (terminated, info["success"]) == (True, True)


def play_to_the_ball(env, turns: int) -> None:
    begin(env, NUMBERED)
    for _ in range(turns):
        env.step("turn left")
    for _ in range(4):
        if "go to red ball 1" in env.valid_actions():
            return
        env.step("turn left")
    raise AssertionError("there is no ball")


def test_a_mission_that_is_done_late_is_paid_and_goes_on_in_agentgym(gym):
    play_to_the_ball(gym, turns=40)
    observation, reward, terminated, _, info = gym.step("go to red ball 1")
    late = info["score"]
    assert observation.endswith(COMPLETED)
    assert 0 < reward == late <= 0.5
    assert (terminated, info["success"]) == (False, False)
    observation, reward, terminated, _, info = gym.step("turn left")
    assert not observation.endswith(COMPLETED)
    assert (reward, terminated, info["score"]) == (0, False, late)


def test_what_minigrid_pays_is_never_negative(gym):
    play_to_the_ball(gym, turns=80)
    observation, reward, terminated, _, info = gym.step("go to red ball 1")
    assert observation.endswith(COMPLETED)
    assert (reward, terminated, info["score"]) == (0, False, 0)


@pytest.mark.parametrize("level", ["GoToDoor/2", "Open/4"])
def test_agentgym_walks_on_where_the_mission_is_done_on_the_way(env, gym, level):
    """The door is what the mission wants; to go through it is to forget that."""
    name, _, seed = level.partition("/")
    ends = []
    for played, task in ((env, level), (gym, f"babyai_{40 * int(seed) + LEVELS.index(name)}")):
        begin(played, task)
        doors = [each for each in played.valid_actions() if each.startswith("toggle and go")]
        observation, _, terminated, _, info = played.step(doors[0])
        ends.append((terminated, info["success"], observation.endswith(COMPLETED)))
    assert ends == [(True, True, True), (False, False, False)]


def test_a_saved_state_of_agentgyms_keeps_what_was_paid(gym):
    play_to_the_ball(gym, turns=40)
    *_, info = gym.step("go to red ball 1")
    paid = gym.snapshot()
    begin(gym, "babyai_7")
    for saved in (paid, replace(paid, state=None)):
        gym.restore(saved)
        assert gym.step("turn left")[4]["score"] == info["score"]


def test_the_expert_solves_some_of_agentgyms_tasks(gym):
    for number in (*range(4), 7, 16):
        begin(gym, f"babyai_{number}")
        for action in agentrm_envs.expert("babyai")(gym):
            *_, info = gym.step(action)
        assert info["success"]


def row(level: str = "GoToRedBall", **more: object) -> str:
    return json.dumps({"additional_info": {"subtask": f"BabyAI-{level}-v0"}, **more})


def test_label_rows_become_tasks_with_the_seeds_in_order():
    text = "\n".join([row(subgoals=["a", "b"]), "", row(subgoals=["c"], subgoals_1=["d"])])
    assert tasks(text, "here") == {
        "GoToRedBall/1234": {
            "level": "GoToRedBall",
            "seed": 1234,
            "subgoals": [["a"], ["b"]],
        },
        "GoToRedBall/1235": {"level": "GoToRedBall", "seed": 1235, "subgoals": [["c", "d"]]},
    }


@pytest.mark.parametrize(
    "text",
    [
        "{",
        "[]",
        row(),
        row(subgoals=[]),
        row(subgoals=[1]),
        row(subgoals=["a"], subgoals_1=["b", "c"]),
        row(level="NoSuchLevel", subgoals=["a"]),
        "\n".join([row(subgoals=["a"])] * 5),
    ],
)
def test_a_bad_label_row_is_refused_with_its_line(text):
    with pytest.raises(BadData, match=r"here, line [15]: not a BabyAI label"):
        tasks(text, "here")
