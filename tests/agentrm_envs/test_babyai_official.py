"""BabyAI's labelled tasks: how labels are read, matched and scored."""

from __future__ import annotations

import json

import pytest

import agentrm_envs
from agentrm_envs.babyai.env import BabyAIEnv
from agentrm_envs.babyai.official import tasks
from agentrm_envs.babyai.subgoals import Subgoals, matches
from agentrm_envs.errors import BadData
from tests.agentrm_envs.babyai_play import COMPLETED, labelled


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
