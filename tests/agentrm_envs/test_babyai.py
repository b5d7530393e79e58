"""BabyAI's answers, scores and ends."""

from __future__ import annotations

import pytest

import agentrm_envs
from agentrm_envs.babyai.env import BabyAIEnv
from agentrm_envs.babyai.levels import LEVELS
from agentrm_envs.babyai.world import World
from agentrm_envs.errors import UnknownTask
from tests.agentrm_envs.babyai_play import COMPLETED, begin, labelled

LOCKED_ROOM = "UnlockLocalDist/40003"
TOGGLE_DOOR = "toggle and go through yellow locked door 1"


@pytest.fixture
def env() -> BabyAIEnv:
    made = agentrm_envs.make("babyai")
    assert isinstance(made, BabyAIEnv)
    return made


def test_goes_to_a_thing_picks_it_up_and_unlocks_a_door_with_it(env):
    _, reward, terminated, _, info = begin(
        env, LOCKED_ROOM, "go to yellow locked door 1", "turn left", "pickup yellow key 1"
    )
    assert env.world.carrying is not None
    assert (reward, terminated, info["success"]) == (0.5, False, False)
    observation, reward, terminated, _, info = [env.step("turn right"), env.step(TOGGLE_DOOR)][1]
    assert observation.endswith(COMPLETED)
    assert (reward, terminated, info["score"], info["success"]) == (0.5, True, 1.0, True)


@pytest.mark.parametrize(
    ("actions", "answer"),
    [
        ((TOGGLE_DOOR,), f"You cannot {TOGGLE_DOOR}, as you are not carrying a key."),
        (("drop",), "You cannot drop the object, as you are not carrying anything."),
        (("go to yellow locked door 1",) * 2, "No change in state."),
        ((" \t",), "No change in state."),
        (("pick up grey ball 1",), "The action is not recognized. Please check valid actions."),
        (("pickup yellow locked door 1",), "The action is not recognized. Please check"),
        (("toggle",), "The action is not recognized. Please check valid actions."),
        (
            ("go to yellow locked door 1", "move forward"),
            "In front of you in this room, you can see several objects: There is a yellow locked",
        ),
    ],
)
def test_says_why_a_command_cannot_be_done(env, actions, answer):
    observation, _, _, _, info = begin(env, LOCKED_ROOM, *actions)
    assert observation.startswith(answer)
    assert not info["success"]


def test_a_wall_or_box_ahead_bars_the_way_forward(env):
    begin(env, "GoToRedBallNoDists/40004")
    answers = [env.step("move forward")[0] for _ in range(3)]
    assert answers[-1] == "There is a barrier in front of you, you can't move forward."


def test_commands_may_be_in_capitals_and_padded(env):
    plain, *_ = begin(env, LOCKED_ROOM, "turn left")
    assert begin(env, LOCKED_ROOM, "  Turn LEFT ")[0] == plain


@pytest.mark.parametrize("action", ["check available actions", "Check valid actions", "checkers"])
def test_checking_lists_the_commands_and_changes_nothing(env, action):
    observation, reward, *_ = begin(env, LOCKED_ROOM, action)
    listing = ", ".join([*env.valid_actions(), "check available actions"])
    assert observation == f"You can take the following actions: {listing}"
    assert reward == 0
    before = env.snapshot()
    begin(env, LOCKED_ROOM)
    assert env.snapshot().state == before.state


def test_commands_are_listed_in_agentboards_order(env):
    begin(env, LOCKED_ROOM)
    assert env.valid_actions() == [
        *("turn left", "turn right", "move forward", "pickup grey ball 1", "pickup green box 1"),
        *("go to grey ball 1", "go to green box 1", "go to yellow locked door 1"),
    ]


def test_opening_the_wrong_door_of_a_strict_level_ends_it_without_success(env):
    level = "OpenDoorsOrderN4Debug"
    for seed in range(50_000, 50_050):
        _, info = env.reset(options={"task": f"{level}/{seed}"})
        wanted = info["goal"].split()[-2]
        doors = [a for a in env.valid_actions() if a.startswith("toggle and") and wanted not in a]
        if "then" in info["goal"] or "after" in info["goal"] or not doors:
            continue
        observation, _, terminated, _, info = env.step(doors[0])
        assert terminated
        assert not info["success"]
        assert info["score"] < 1
        assert not observation.endswith(COMPLETED)
        return
    raise AssertionError("no seed shows a wrong door")


def test_a_built_in_command_stops_where_the_mission_is_done(env):
    """AgentBoard walks on and forgets; with the official rules the same command does so."""
    for seed in range(50_000, 50_050):
        _, info = env.reset(options={"task": f"GoToDoor/{seed}"})
        color = info["goal"].split()[-2]
        command = f"toggle and go through {color} closed door 1"
        if command in env.valid_actions():
            break
    outcome = env._act(command)
    assert outcome.success
    assert outcome.observation.endswith(COMPLETED)
    labelled(env, "GoToDoor", seed, ["never shown"])
    outcome = env._act(command)
    assert not outcome.terminated
    assert not outcome.observation.endswith(COMPLETED)


@pytest.mark.parametrize(
    ("task", "kinds"),
    [
        ("UnlockLocalDist/40003", ["hold", "fulfil"]),
        ("UnlockPickupDist/40000", ["hold", "unlock", "see", "fulfil"]),
        ("UnlockToUnlock/40000", ["hold", "unlock", "hold", "unlock", "see", "fulfil"]),
        ("PutNextS7N4Carrying/40000", ["fulfil"]),
        ("MoveTwoAcrossS8N9/40000", ["see", "hold", "fulfil"] * 2),
    ],
)
def test_milestones_are_what_the_mission_asks_for_on_the_way(env, task, kinds):
    begin(env, task)
    wanted = [each.kind for each in env._progress.wanted]
    missing = list(kinds)
    for kind in wanted:
        missing.remove(kind)  # what holds at the start is no milestone
    assert set(missing) <= {"see"}


@pytest.mark.parametrize("level", [level for level in LEVELS if level != "KeyInBox"])
def test_the_score_grows_along_a_plan_and_is_1_only_at_the_end(env, level):
    seed = next(id for id in env.tasks if id.startswith(f"{level}/"))
    env.reset(options={"task": seed})
    scores = [0.0]
    for action in agentrm_envs.expert("babyai")(env):
        _, reward, terminated, _, info = env.step(action)
        assert reward == info["score"] - scores[-1] >= 0
        assert (info["score"] == 1) == info["success"] == terminated
        scores.append(info["score"])
    assert scores[-1] == 1


def test_any_level_and_seed_can_be_played(env):
    _, info = env.reset(options={"task": "BossLevel/987654"})
    assert info["task"] == "BossLevel/987654"


@pytest.mark.parametrize(
    "id", ["BossLevel", "BossLevel/", "BossLevel/01", "Boss/1", "BossLevel/-1", 5, ("BossLevel", 1)]
)
def test_other_ids_are_unknown(env, id):
    with pytest.raises(UnknownTask):
        env.reset(options={"task": id})


def test_making_a_level_prints_nothing(capfd):
    for seed in range(20):
        World("PutNextLocalS6N4", seed)
    assert capfd.readouterr() == ("", "")
