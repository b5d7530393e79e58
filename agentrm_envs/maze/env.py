"""Walk through a maze whose walls are seen only from the cell beside them."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from agentrm_envs.core import Outcome, TextEnv
from agentrm_envs.errors import BadData
from agentrm_envs.maze.grid import Cell, Grid

# The order in which AgentGym names the walls around one.
_SIDES = {
    "to your right": Cell(0, 1),
    "to your left": Cell(0, -1),
    "above you": Cell(-1, 0),
    "below you": Cell(1, 0),
}


class MazeEnv(TextEnv):
    """LMRL-Gym's maze with AgentGym's observations, byte for byte.

    The world is a grid of free cells and walls; one knows one's own position, the goal's, and
    the walls next to one. The actions are exactly `move left`, `move right`, `move up` and
    `move down`: a wall, another spelling and any other text cost a step and move nothing. The
    score is 1 at the goal and 0 elsewhere, and reaching the goal ends the episode with
    "Success". AgentGym evaluates with 15 rounds (the registry's limit). Its server allows 50
    moves and answers the 51st with "Failure" and -1; here the step limit truncates the
    episode at the last move, so that text never appears.

    Built-in tasks are this project's own (`generate.py`); official ones are AgentGym's
    starts in LMRL-Gym's double T maze (`official.py`).

    Source: abdulhaim/LMRL-Gym, llm_rl_scripts/maze/env, and WooooDyy/AgentGym,
    agentenv-lmrlgym/agentenv_lmrlgym/maze.
    """

    _maze: _Answers | None = None
    _position: Cell

    @property
    def grid(self) -> Grid:
        return self._answers.grid

    @property
    def goal(self) -> Cell:
        return self._answers.goal

    @property
    def position(self) -> Cell:
        return self._position

    def valid_actions(self) -> list[str]:
        """The moves that lead to another cell."""
        return list(self.grid.exits(self._position))

    def _start(self, task: Any) -> tuple[str, str]:
        grid, start, goal = Grid(tuple(task["rows"])), Cell(*task["start"]), Cell(*task["goal"])
        # One of AgentGym's starts is the goal; of a file of one's own that is a mistake.
        same = start == goal and self.data != "official"
        if not grid.is_walled() or not {start, goal} <= set(grid.cells) or same:
            raise BadData(
                f"{self.name}: a maze is walled all around and has two different free cells as "
                f"start and goal, unlike {task!r}; mend its file or generate it again"
            )
        self._maze, self._position = _answers(grid.rows, goal), start
        wish = f"Reach the goal at position {goal.row}, {goal.column} in as few moves as possible."
        return wish, _describe(grid, start, goal)

    def _act(self, action: str) -> Outcome:
        self._position = self._answers.grid.after(self._position, action)
        return self._answers[self._position]

    def _save(self) -> Any:
        return self._answers.grid.rows, self._answers.goal, self._position

    def _load(self, state: Any) -> None:
        rows, goal, self._position = state
        self._maze = _answers(rows, goal)

    @property
    def _answers(self) -> _Answers:
        return self._started(self._maze)


class _Answers(dict[Cell, Outcome]):
    """What is said at each cell of a maze, worked out when one first gets there."""

    def __init__(self, grid: Grid, goal: Cell) -> None:
        super().__init__()
        self.grid = grid
        self.goal = goal

    def __missing__(self, cell: Cell) -> Outcome:
        if cell == self.goal:
            answer = Outcome("Success\n", 1.0, True, True)
        else:
            answer = Outcome(_describe(self.grid, cell, self.goal), 0.0, False)
        self[cell] = answer
        return answer


@lru_cache(maxsize=4096)
def _answers(rows: tuple[str, ...], goal: Cell) -> _Answers:
    return _Answers(Grid(rows), goal)


def _describe(grid: Grid, cell: Cell, goal: Cell) -> str:
    walls = [
        side
        for side, (down, right) in _SIDES.items()
        if not grid.is_free(Cell(cell.row + down, cell.column + right))
    ]
    return (
        f"The goal is at position {goal.row}, {goal.column}. "
        f"Your current position is at position {cell.row}, {cell.column}. {_name(walls)}"
    )


def _name(walls: list[str]) -> str:
    if not walls:
        return "There are no walls near you."
    if len(walls) == 1:
        return f"There is a wall {walls[0]}."
    return f"There are walls {', '.join(walls)}."
