"""Walks the shortest way, which it finds on the floor plan that the agent cannot see."""

from __future__ import annotations

from agentrm_envs.core import TextEnv
from agentrm_envs.maze.env import MazeEnv
from agentrm_envs.maze.grid import MOVES, Cell, Grid


def plan(env: TextEnv) -> list[str]:
    """The fewest moves to the goal from here; the environment stays as it is."""
    maze = env.unwrapped
    assert isinstance(maze, MazeEnv)
    if not maze.snapshot().actions and maze.position == maze.goal:
        return _into_a_wall(maze)
    return shortest_way(maze.grid, maze.position, maze.goal)


def _into_a_wall(maze: MazeEnv) -> list[str]:
    """A move that stays: a task that begins on the goal is done by the first that ends there."""
    exits = maze.valid_actions()
    return [action for action in MOVES if action not in exits][:1]


def shortest_way(grid: Grid, start: Cell, goal: Cell) -> list[str]:
    """The fewest moves, empty where there is no way; ties go by the order of `MOVES`."""
    distance = grid.distances(goal)
    if start not in distance:
        return []
    way, cell = [], start
    while cell != goal:
        exits = grid.exits(cell)
        action = min(exits, key=lambda action: distance[exits[action]])
        way.append(action)
        cell = exits[action]
    return way
