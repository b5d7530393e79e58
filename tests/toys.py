"""What search is tested with: a toy environment and its variants, a policy, a reward model.

Importing it registers the environment `toy`.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any

from agentrm_envs import ENVS, Action, EnvSpec, Outcome, Trajectory, register_with_gymnasium
from tests.toy_env.env import ToyEnv

ENVS["toy"] = EnvSpec("tests.toy_env.env:ToyEnv", "agentrm/Toy-v0", max_steps=4)
register_with_gymnasium()


class ReplayingToyEnv(ToyEnv):
    """Cannot save its state, so that every restore replays; it counts its starts."""

    starts = 0

    def _start(self, task: Any) -> tuple[str, str]:
        self.starts += 1
        return super()._start(task)

    def _save(self) -> Any:
        return None


class UnscoredToyEnv(ToyEnv):
    """Answers as the toy does, with a score of 0."""

    def _act(self, action: str) -> Outcome:
        outcome = super()._act(action)
        return Outcome(outcome.observation, 0.0, outcome.terminated)


class CoinPolicy:
    """Proposes letters at random; its likeliest is always "a"."""

    def __init__(self, seed: int = 0) -> None:
        self._rng = random.Random(seed)

    async def propose(
        self, trajectory: Trajectory, n: int, *, temperature: float | None = None
    ) -> list[Action]:
        letters = "a" * n if temperature == 0 else self._rng.choices("ab", k=n)
        return [Action(letter, f"Action: {letter}") for letter in letters]


class LikesB:
    """A reward model that reads the text and nothing else."""

    async def score(self, trajectories: Sequence[Trajectory]) -> list[float]:
        return [float(sum(s.action.text == "b" for s in t.steps)) for t in trajectories]
