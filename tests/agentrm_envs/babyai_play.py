"""How the tests of BabyAI begin a task."""

from __future__ import annotations

from agentrm_envs.babyai.env import BabyAIEnv

COMPLETED = "\n The task is completed."


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
