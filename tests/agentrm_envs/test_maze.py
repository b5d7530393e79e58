"""The maze answers as upstream does, and returns to any of its states."""

from __future__ import annotations

import json
import lzma
import re
from dataclasses import replace
from typing import Any

import pytest

import agentrm_envs
from agentrm_envs.errors import BadData, EpisodeOver
from agentrm_envs.maze import official
from agentrm_envs.maze.env import MazeEnv
from agentrm_envs.maze.expert import plan, shortest_way
from agentrm_envs.maze.grid import MOVES, Cell
from agentrm_envs.task_lists import task_table
from tests.agentrm_envs.maze_transcript import GOLDEN, transcript
from tests.testdata import testdata

ON_THE_GOAL = "lmrlgym_maze_25"


def begun(task: str, **settings: Any) -> tuple[MazeEnv, str]:
    env = agentrm_envs.make("maze", **settings)
    assert isinstance(env, MazeEnv)
    observation, _ = env.reset(options={"task": task})
    return env, observation


def recorded(path: str) -> Any:
    return json.loads(testdata(f"maze/{path}").read_text(encoding="utf-8"))


def test_every_recorded_observation_is_answered_again():
    path = testdata("maze/trajectories/agenttraj-l_lmrlgym_maze_train.json.xz")
    with lzma.open(path, "rt", encoding="utf-8") as file:
        episodes = json.load(file)
    assert (len(episodes), sum(e["item_id"] == ON_THE_GOAL for e in episodes)) == (215, 39)
    answers = sum(replay(e["item_id"], e["conversations"][2:]) for e in episodes)
    assert answers > 700


def replay(task: str, turns: list[dict[str, str]]) -> int:
    """Check the answers to a recorded episode's actions; how many there were."""
    env, observation = begun(task, data="official", max_steps=50)
    # The recording server ended an observation with a line break, the present one does not.
    asked = turns[0]["value"].removesuffix("\n").splitlines()[-1]
    assert observation == asked
    for turn, answer in zip(turns[1::2], [*turns[2::2], None], strict=True):
        action = turn["value"].split("Action:")[1].strip()
        observation, reward, terminated, _, _ = env.step(action)
        if answer is not None:
            assert (observation + "\n", terminated) == (answer["value"], False)
    assert (observation, reward, terminated) == ("Success\n", 1.0, True)
    return len(turns) // 2


def test_the_papers_worked_example_is_answered_again():
    (turns,) = recorded("icl/agentrm_maze_icl.json")
    env, observation = begun("lmrlgym_maze_14", data="official")
    assert turns[0]["content"].endswith(observation)
    for turn, answer in zip(turns[1::2], turns[2::2], strict=True):
        observation, *_ = env.step(turn["content"].split("Action: ")[1])
        assert answer["content"] == f"Observation: {observation}"
    assert observation == "Success\n"


def test_the_double_t_maze_is_lmrl_gyms():
    rows = recorded("lmrl_layouts.json")["double_t_maze"]
    assert ["".join("#" if mark else "." for mark in row) for row in rows] == list(
        official.DOUBLE_T.rows
    )


def test_the_expert_goes_lmrl_gyms_optimal_directions():
    best = recorded("lmrl_layouts.json")["double_t_maze_optimal_directions"]
    for position, move in best.items():
        start = Cell(*map(int, position.split(",")))
        assert shortest_way(official.DOUBLE_T, start, official.GOAL)[0] + "\n" == move
    assert len(best) == 25


def test_the_official_tasks_are_agentgyms():
    tested = recorded("lists/agenteval_lmrlgym_maze_test.json")
    assert list(official.load("test")) == [item["item_id"] for item in tested]
    trained = {
        item["item_id"] for item in recorded("lists/agentgym_rl_train_lmrlgym_maze_train.json")
    }
    assert set(official.load("train")) == trained


def test_the_official_starts_are_every_free_cell_but_the_goal_with_the_known_lengths():
    starts = [Cell(*task["start"]) for task in official.load("test").values()]
    assert sorted([*starts, official.GOAL]) == official.DOUBLE_T.cells
    lengths = [len(shortest_way(official.DOUBLE_T, start, official.GOAL)) for start in starts]
    assert lengths == [
        *(12, 11, 10, 11, 12, 12, 11, 10, 11, 12, 9, 8, 7),
        *(6, 5, 4, 3, 2, 1, 4, 5, 6, 7, 8, 9),
    ]


def test_a_task_that_begins_on_the_goal_is_done_by_the_first_move_that_ends_there():
    env, observation = begun(ON_THE_GOAL, data="official", split="train")
    assert observation == (
        "The goal is at position 8, 6. Your current position is at position 8, 6. "
        "There are walls to your right, to your left, below you."
    )
    at_first = env.snapshot()
    away = env.step("move up")
    assert (away[0].split(". ")[1], away[1:4]) == (
        "Your current position is at position 7, 6",
        (0.0, False, False),
    )
    assert env.step("move down")[:3] == ("Success\n", 1.0, True)
    env.restore(at_first)
    assert env.step("move left")[:3] == ("Success\n", 1.0, True)
    assert plan(env) == []


def test_fifty_moves_are_allowed_where_agentgyms_own_limit_is_asked_for():
    env, _ = begun("lmrlgym_maze_0", data="official", max_steps=50)
    ends = [env.step("move up")[2:4] for _ in range(50)]
    assert ends == [(False, False)] * 49 + [(False, True)]
    with pytest.raises(EpisodeOver):
        env.step("move right")


def test_the_golden_transcript_is_unchanged():
    assert transcript() == GOLDEN.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "odd",
    ["move up", "Move right", "move right ", " move right", "MOVE RIGHT", "right", "", "x" * 9],
)
def test_a_wall_and_an_odd_action_cost_a_step_and_repeat_the_observation(odd):
    env, observation = begun("lmrlgym_maze_0", data="official")
    assert env.step(odd)[:4] == (observation, 0.0, False, False)
    assert len(env.snapshot().actions) == 1


def test_a_move_goes_one_cell_and_valid_actions_are_those_that_do():
    for id in task_table("maze", "test"):
        env, _ = begun(id)
        before, snapshot, ways = env.position, env.snapshot(), env.valid_actions()
        assert ways
        for action, (down, right) in MOVES.items():
            env.step(action)
            moved = (before.row + down, before.column + right)
            assert env.position == (moved if action in ways else before)
            env.restore(snapshot)


def test_an_observation_names_the_walls_on_the_sides_that_are_closed():
    names = {
        "right": "to your right",
        "left": "to your left",
        "up": "above you",
        "down": "below you",
    }
    for id in task_table("maze", "test"):
        env, observation = begun(id)
        closed = {f"move {side}" for side, text in names.items() if text in observation}
        assert closed == set(MOVES) - set(env.valid_actions())
        numbers = [int(number) for number in re.findall(r"\d+", observation)]
        assert numbers == [*env.goal, *env.position]


def test_the_three_forms_of_the_wall_sentence():
    plan_of_a_cross = ["#####", "##.##", "#...#", "##.##", "#####"]
    env = MazeEnv("maze", 9)
    start = {"rows": plan_of_a_cross, "start": [2, 1], "goal": [1, 2]}
    assert env._start(start)[1].endswith(" There are walls to your left, above you, below you.")
    assert env._act("move right").observation.endswith(" There are no walls near you.")
    two_wide = {"rows": ["####", "#..#", "#..#", "#..#", "####"], "start": [2, 1], "goal": [1, 2]}
    assert env._start(two_wide)[1].endswith(" There is a wall to your left.")


def test_the_goal_is_told_and_only_reaching_it_scores():
    env, _ = begun("lmrlgym_maze_17", data="official")
    *_, info = env.step("move down")
    assert info == {
        "task": "lmrlgym_maze_17",
        "goal": "Reach the goal at position 8, 6 in as few moves as possible.",
        "score": 0.0,
        "success": False,
    }
    observation, reward, terminated, truncated, info = env.step("move down")
    assert (observation, reward, terminated, truncated) == ("Success\n", 1.0, True, False)
    assert (info["score"], info["success"]) == (1.0, True)


def test_a_saved_state_is_plain_data_and_loads_in_another_environment_on_another_task():
    env, _ = begun("test-000")
    for action in plan(env)[:-1]:
        env.step(action)
    snapshot = env.snapshot()
    rows, goal, position = snapshot.state
    assert (rows, goal, position) == (env.grid.rows, env.goal, env.position)
    last = plan(env)[0]
    for source in (snapshot, replace(snapshot, state=None)):
        other, _ = begun("test-001")
        other.restore(source)
        assert (other.position, other.grid) == (position, env.grid)
        assert other.step(last)[:3] == ("Success\n", 1.0, True)


def test_a_state_after_the_end_is_restored_as_ended():
    env, _ = begun("lmrlgym_maze_18", data="official")
    env.step("move down")
    other, _ = begun("lmrlgym_maze_0", data="official")
    other.restore(env.snapshot())
    with pytest.raises(EpisodeOver):
        other.step("move up")


@pytest.mark.parametrize(
    "change",
    [
        {"rows": ["####", "#..#"]},
        {"rows": ["####", "#..#", "###"]},
        {"rows": ["####", "#...", "####"]},
        {"rows": ["#.##", "#..#", "####"]},
        {"rows": ["####", "#.x#", "####"]},
        {"rows": []},
        {"start": [0, 0]},
        {"start": [-2, 1]},
        {"goal": [1, 1]},
        {"goal": [7, 7]},
    ],
)
def test_a_maze_that_is_open_or_lacks_its_ends_is_refused(change):
    sound = {"rows": ["####", "#..#", "####"], "start": [1, 1], "goal": [1, 2]}
    env = MazeEnv("maze", 9)
    env._start(sound)
    with pytest.raises(BadData, match="walled all around"):
        env._start({**sound, **change})
