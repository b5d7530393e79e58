"""Walks through mazes, as a policy would leave them."""

from __future__ import annotations

from agentrm_envs import Action, Step, Task, Trajectory, make


def walk(task: Task, steps: int) -> list[Trajectory]:
    """A walk's prefixes of every length, the empty one too."""
    env = make("maze")
    observation, info = env.reset(options={"task": task.id})
    prefixes = [Trajectory(task, info["goal"], observation)]
    for i in range(steps):
        action = ("move up", "move left", "move down", "fly")[i % 4]
        observation, reward, terminated, truncated, _ = env.step(action)
        step = Step(Action(action), observation, reward, terminated, truncated)
        last = prefixes[-1]
        prefixes.append(Trajectory(task, last.goal, last.observation, (*last.steps, step)))
        if step.done:
            break
    return prefixes
