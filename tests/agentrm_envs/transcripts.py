"""The text of an episode, as the golden transcripts hold it."""

from __future__ import annotations

from collections.abc import Sequence

import agentrm_envs


def episode(env: agentrm_envs.TextEnv, task: str, actions: Sequence[str]) -> str:
    """The task, its goal, and every action with what was answered."""
    observation, info = env.reset(options={"task": task})
    lines = [f"task {task}", f"goal {info['goal']!r}", f"  {observation!r}"]
    for action in actions:
        observation, reward, terminated, truncated, info = env.step(action)
        end = " terminated" * terminated + " truncated" * truncated
        lines += [f"> {action!r}", f"  {observation!r} reward {reward:g}{end}"]
    lines.append(f"score {info['score']:g} success {info['success']}")
    return "\n".join(lines) + "\n"
