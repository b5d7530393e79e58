"""Types the letters that are still missing."""

from __future__ import annotations

from agentrm_envs import TextEnv
from tests.toy_env.env import ToyEnv


def plan(env: TextEnv) -> list[str]:
    """The actions that solve the task from here; none where it cannot be solved any more."""
    toy = env.unwrapped
    assert isinstance(toy, ToyEnv)
    if not toy._word.startswith(toy._typed):
        return []
    return list(toy._word[len(toy._typed) :])
