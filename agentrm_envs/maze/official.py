"""AgentGym's maze tasks: starts in LMRL-Gym's double T maze, under AgentGym's ids.

The plan and the starts are facts of the upstream code, so nothing needs to be downloaded.
Every start but the goal itself is a test task of AgentGym, numbers 0 to 24. Its training list
repeats 11 numbers, 13 to 22 and 25, over 215 items. Number 25 starts on the goal and is done by any
action that ends there; the other ten are test tasks too: train on the built-in mazes, none of
which is this one.

Source: abdulhaim/LMRL-Gym, llm_rl_scripts/maze/env/mazes.py (MIT), and WooooDyy/AgentGym,
agentenv-lmrlgym/agentenv_lmrlgym/maze/environment.py (MIT).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from agentrm_envs.maze.grid import Cell, Grid

DOUBLE_T = Grid(
    (
        "#############",
        "#.....#.....#",
        "###.#####.###",
        "###.#####.###",
        "###.#####.###",
        "###.......###",
        "######.######",
        "######.######",
        "######.######",
        "#############",
    )
)
GOAL = Cell(8, 6)
# AgentGym numbers the cells row by row, but goes along row 5 and up the right stem at the end.
STARTS = (
    *(Cell(1, column) for column in (1, 2, 3, 4, 5, 7, 8, 9, 10, 11)),
    *(Cell(row, 3) for row in (2, 3, 4)),
    *(Cell(5, column) for column in (3, 4, 5, 6)),
    *(Cell(row, 6) for row in (6, 7)),
    *(Cell(5, column) for column in (7, 8, 9)),
    *(Cell(row, 9) for row in (4, 3, 2)),
    GOAL,
)
NUMBERS = {"test": range(25), "train": (*range(13, 23), 25)}


def load(split: str) -> Mapping[str, Any]:
    """The tasks of a split by AgentGym's ids, `lmrlgym_maze_0` and so on, in its order."""
    return {f"lmrlgym_maze_{number}": _task(STARTS[number]) for number in NUMBERS[split]}


def _task(start: Cell) -> dict[str, Any]:
    return {"rows": list(DOUBLE_T.rows), "start": list(start), "goal": list(GOAL)}
