"""BabyAI's commands, answers, scores and ends."""

from __future__ import annotations

import json
from collections import deque

import pytest

import agentrm_envs
from agentrm_envs.babyai.commands import commands
from agentrm_envs.babyai.env import BabyAIEnv
from agentrm_envs.babyai.levels import LEVELS
from agentrm_envs.babyai.navigation import Ways
from agentrm_envs.babyai.official import tasks
from agentrm_envs.babyai.subgoals import Subgoals, matches
from agentrm_envs.babyai.view import EMPTY, SIZE, UNSEEN, View, describe, look
from agentrm_envs.babyai.world import STEP, World
from agentrm_envs.errors import BadData, UnknownTask

LOCKED_ROOM = "UnlockLocalDist/40003"
TOGGLE_DOOR = "toggle and go through yellow locked door 1"
COMPLETED = "\n The task is completed."


@pytest.fixture
def env() -> BabyAIEnv:
    made = agentrm_envs.make("babyai")
    assert isinstance(made, BabyAIEnv)
    return made


def begin(env: BabyAIEnv, task: str, *actions: str):
    """Play some actions; the last answer."""
    observation, info = env.reset(options={"task": task})
    answer = observation, 0.0, False, False, info
    for action in actions:
        answer = env.step(action)
    return answer


def labelled(env: BabyAIEnv, level: str, seed: int, *stages: list[str]) -> None:
    """Begin a task with labels as the official ones have."""
    begin(env, f"{level}/{seed}")
    env._start({"level": level, "seed": seed, "subgoals": list(stages)})


def view_of(*rows: str, carried: str = EMPTY) -> View:
    """A view from (10, 10) to the right; `.` free, `?` unseen, letters as in NAMES."""
    assert len(rows) == SIZE
    assert {len(row) for row in rows} == {SIZE}
    names = [NAMES[cell] for row in rows for cell in row]
    names[SIZE * SIZE - SIZE // 2 - 1] = carried
    return View(tuple(names), 10, 10, 0)


NAMES = {
    ".": EMPTY,
    "?": UNSEEN,
    "#": "grey wall",
    "k": "red key",
    "b": "red ball",
    "x": "red box",
    "g": "green goal",
    "o": "blue open door",
    "c": "blue closed door",
    "l": "blue locked door",
}
FREE = "......."


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


def test_a_command_passes_over_what_cannot_be_reached_when_it_counts():
    view = view_of(FREE, FREE, "##.....", "k#....k", "##.....", FREE, "...?...")
    assert "There is a red key 1 3 steps in front of you and 3 steps to your left." in describe(
        view, ""
    )
    known = commands(view, "")
    for verb in ("pickup", "go to"):
        command = f"{verb} red key 1"
        assert known.errors[command] == f"You cannot {command}, as there is no path leading to it."
        assert known.moves[command].count(1) == 1
        assert 0 not in known.moves[command]
        assert f"{verb} red key 2" not in {**known.moves, **known.errors}


def test_doors_have_commands_and_errors_by_their_state():
    view = view_of(FREE, FREE, FREE, FREE, "l.....o", "...c...", "...?...")
    known = commands(view, "")
    assert known.moves["go through blue open door 1"]
    assert known.moves["toggle and go through blue closed door 1"][-2:] == [5, 2]
    closed = "go through blue closed door 1"
    assert known.errors[closed] == (
        f"You cannot {closed}, as it is closed. You should toggle it first."
    )
    locked = "toggle and go through blue locked door 1"
    assert "toggle" in commands(view_of(*[FREE] * 5, "...c...", "...?..."), "").moves
    assert (
        commands(view, "red key")
        .errors[locked]
        .endswith("as the color of the key you are carrying does not match the color of door.")
    )
    assert commands(view, "blue key").moves[locked][-2:] == [5, 2]


def test_a_door_without_a_way_is_answered_with_the_upstreams_table_of_counts():
    view = view_of(FREE, FREE, FREE, FREE, "###....", "c##....", "...?...")
    walled = View(view.names[:-SIZE] + ("grey wall",) * 3 + view.names[-SIZE + 3 :], 10, 10, 0)
    known = commands(walled, "")
    assert known.errors["toggle and go through blue closed door 1"] == (
        "You cannot toggle and go through blue closed door {'blue closed door': 1}, "
        "as there is no path leading to it."
    )


def test_a_goal_can_be_gone_to_unless_walls_are_around_it():
    open_view = view_of(FREE, FREE, FREE, FREE, "...g...", FREE, "...?...")
    assert commands(open_view, "").moves["go to goal"] == [2, 2]
    walled = view_of(FREE, FREE, FREE, "..###..", "..#g#..", "..###..", "...?...")
    assert commands(walled, "").errors["go to goal"] == (
        "You cannot go to the goal, as there is no path leading to it."
    )


def test_nothing_can_be_dropped_on_something_else():
    blocked = view_of(*[FREE] * 5, "...b...", "...?...", carried="red key")
    assert commands(blocked, "red key").errors["drop"] == (
        "You cannot drop the object, as there is already an object in front of you."
    )
    assert commands(view_of(*[FREE] * 6, "...?..."), "red key").moves["drop"] == [4]


def test_an_empty_view_is_described_without_a_blank_as_upstream_does():
    text = describe(view_of(*[FREE] * 6, "...?..."), "")
    assert text == (
        "You cannot see any objects within sight.The room has walls around you. "
        "You are not carrying anything."
    )


@pytest.mark.parametrize("level", LEVELS)
def test_ways_are_those_of_a_plain_queue_with_copies(env, level):
    """AgentBoard's search, told in its own terms: poses wait in a queue, perhaps several times."""
    for seed in range(60_000, 60_003):
        begin(env, f"{level}/{seed}")
        for _ in range(3):
            view = look(env.world)
            assert_plain_ways(view)
            env.step(env.valid_actions()[seed % 2])


def assert_plain_ways(view: View) -> None:
    sightings = view.sightings()
    ways = Ways(view, sightings)
    solid = {(s.x, s.y) for s in sightings if s.kind not in ("door", "goal")}
    (fx, fy), (rx, ry) = STEP[view.direction], STEP[(view.direction + 1) % 4]
    spans = [(view.x + 6 * fx - 3 * rx, rx - fx), (view.y + 6 * fy - 3 * ry, ry - fy)]
    columns, rows = (
        range(corner, corner + 7) if step > 0 else range(corner - 7, corner + 1)
        for corner, step in spans
    )
    for thing in sightings:
        if thing.kind != "wall":
            for arrive in {False, thing.kind == "door"}:
                expected = plain_way(view, (thing.x, thing.y), solid, columns, rows, arrive)
                assert (ways.onto(thing) if arrive else ways.facing(thing)) == expected


def plain_way(view, goal, solid, columns, rows, arrive):
    start = view.x, view.y, view.direction
    queue, visited, parents = deque([start]), set(), {}
    while queue and len(queue) < 100_000:
        pose = queue.popleft()
        visited.add(pose)
        x, y, d = pose
        dx, dy = STEP[d]
        if ((x, y) if arrive else (x + dx, y + dy)) == goal:
            way = []
            while pose != start:
                pose, move = parents[pose]
                way.append(move)
            return way[::-1]
        for child, move in (
            ((x + dx, y + dy, d), 2),
            ((x, y, (d - 1) % 4), 0),
            ((x, y, (d + 1) % 4), 1),
        ):
            inside = child[0] in columns and child[1] in rows
            if inside and child not in visited and child[:2] not in solid:
                queue.append(child)
                parents[child] = pose, move
    return None


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


def test_any_level_and_seed_can_be_played(env):
    _, info = env.reset(options={"task": "BossLevel/987654"})
    assert info["task"] == "BossLevel/987654"


@pytest.mark.parametrize(
    "id", ["BossLevel", "BossLevel/", "BossLevel/01", "Boss/1", "BossLevel/-1"]
)
def test_other_ids_are_unknown(env, id):
    with pytest.raises(UnknownTask):
        env.reset(options={"task": id})


def test_making_a_level_prints_nothing(capfd):
    for seed in range(20):
        World("PutNextLocalS6N4", seed)
    assert capfd.readouterr() == ("", "")
