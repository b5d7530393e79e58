"""The maze's tasks are sound and varied, its expert solves them, and its examples are true."""

from __future__ import annotations

import re
from collections import Counter
from importlib import resources

import pytest

from agentrm_envs.chat import instruction, worked_examples
from agentrm_envs.maze import generate, official
from agentrm_envs.maze.env import MazeEnv
from agentrm_envs.maze.expert import plan, shortest_way
from agentrm_envs.maze.grid import MOVES, Cell, Grid
from agentrm_envs.record import Task
from agentrm_envs.task_lists import task_table

SPLITS = ("train", "test")


def test_the_generator_writes_the_shipped_files_byte_for_byte():
    folder = resources.files("agentrm_envs.maze")
    for split, text in generate.files().items():
        assert (folder / f"tasks.{split}.json").read_bytes() == text.encode()


def test_another_seed_makes_other_mazes():
    here, there = (next(generate.mazes(seed)) for seed in ("one", "two"))
    assert here != there


def test_no_plan_occurs_twice_in_any_turned_mirrored_or_moved_form():
    plans = [
        Grid(tuple(task["rows"])).canonical()
        for split in SPLITS
        for task in task_table("maze", split).values()
    ]
    assert (len(plans), len(set(plans))) == (720, 720)
    assert official.DOUBLE_T.canonical() not in plans


def test_turned_mirrored_and_moved_plans_are_recognised():
    rows = ("######", "#..###", "#.####", "#....#", "######")
    turned = tuple("".join(line) for line in zip(*rows[::-1], strict=True))
    mirrored = tuple(line[::-1] for line in rows)
    moved = ("#" * 9, *(f"##{line}#" for line in rows), "#" * 9)
    other = ("######", "#.####", "#.####", "#....#", "######")
    same = {Grid(each).canonical() for each in (rows, turned, mirrored, moved)}
    assert len(same) == 1
    assert Grid(other).canonical() not in same


def test_the_splits_have_their_sizes_and_share_no_id():
    train, test = (set(task_table("maze", split)) for split in SPLITS)
    assert (len(train), len(test)) == (600, 120)
    assert not train & test


@pytest.mark.parametrize("split", SPLITS)
def test_the_mazes_vary_in_size_length_loops_and_branches(split):
    tasks = list(task_table("maze", split).values())
    grids = [Grid(tuple(task["rows"])) for task in tasks]
    sizes = Counter((len(grid.rows), len(grid.rows[0])) for grid in grids)
    assert len(sizes) >= 20
    assert max(sizes.values()) < 0.2 * len(tasks)
    assert {side for size in sizes for side in size} == {5, 7, 9, 11, 13}
    ways = [
        len(shortest_way(grid, Cell(*task["start"]), Cell(*task["goal"])))
        for grid, task in zip(grids, tasks, strict=True)
    ]
    assert set(ways) == set(range(2, 14))
    passages = [sum(len(grid.exits(cell)) for cell in grid.cells) // 2 for grid in grids]
    looped = [edges >= len(grid.cells) for edges, grid in zip(passages, grids, strict=True)]
    assert 0.2 < sum(looped) / len(looped) < 0.8
    forked = [any(len(grid.exits(cell)) > 2 for cell in grid.cells) for grid in grids]
    assert sum(forked) / len(forked) > 0.8


@pytest.mark.parametrize(
    ("data", "split"),
    [("builtin", "train"), ("builtin", "test"), ("official", "train"), ("official", "test")],
)
def test_the_expert_solves_every_task_in_the_fewest_moves(data, split):
    env = MazeEnv("maze", 15, split=split, data=data)
    for id in env.tasks:
        _, info = env.reset(options={"task": id})
        before = env.snapshot()
        actions = plan(env)
        assert env.snapshot() == before
        fewest = env.grid.distances(env.goal)[env.position] or len(["move into a wall"])
        assert len(actions) == fewest <= 13
        for action in actions:
            assert not info["success"]
            *_, info = env.step(action)
        assert (info["score"], info["success"]) == (1.0, True)


def test_the_expert_finds_its_way_from_anywhere():
    env = MazeEnv("maze", 15)
    env.reset(options={"task": "test-000"})
    env.step(env.valid_actions()[-1])
    actions = plan(env)
    for action in actions:
        *_, info = env.step(action)
    assert info["success"]


def test_there_is_no_way_to_a_goal_behind_walls():
    assert shortest_way(Grid(("#####", "#.#.#", "#####")), Cell(1, 1), Cell(1, 3)) == []


# --- what the agent is told --------------------------------------------------------------


def test_the_instruction_is_short_and_names_every_action_and_the_form_of_an_answer():
    text = instruction(Task("maze", "test-000"))
    assert len(text.split()) <= 90
    assert all(action in text for action in MOVES)
    assert "Action: <command>" in text


def test_the_worked_examples_are_true_episodes():
    plans = (
        ("######", "#.####", "#....#", "##.#.#", "######"),
        ("#####", "#...#", "#.#.#", "#####"),
    )
    examples = worked_examples(Task("maze", "test-000"))
    for rows, turns in zip(plans, examples, strict=True):
        first = re.findall(r"\d+", turns[0]["content"].splitlines()[1])
        *goal, row, column = map(int, first)
        env = MazeEnv("maze", 15)
        wish, observation = env._start({"rows": rows, "start": (row, column), "goal": goal})
        expected = f"Your task: {wish}\n{observation}"
        for asked, answered in zip(turns[::2], turns[1::2], strict=True):
            assert (asked["role"], answered["role"]) == ("user", "assistant")
            assert asked["content"] == expected
            thought, _, action = answered["content"].partition("\nAction: ")
            assert thought.startswith("Thought: ")
            outcome = env._act(action)
            expected = outcome.observation
        assert outcome.success
