"""Toys that break the contract, each in one way: for tests of the checks."""

from __future__ import annotations

import os
from typing import Any

from agentrm_envs import Outcome
from tests.toy_env.env import ToyEnv


class ForgetfulEnv(ToyEnv):
    """Its saved state lacks what has been typed."""

    def _save(self) -> Any:
        return self._word, ""


class FragileEnv(ToyEnv):
    """It cannot stand an empty action."""

    def _act(self, action: str) -> Outcome:
        return super()._act(action[0])


class TalkativeEnv(ToyEnv):
    """It tells the number of its process."""

    def _start(self, task: Any) -> tuple[str, str]:
        goal, observation = super()._start(task)
        return goal, f"{observation} I am {os.getpid()}."


class GenerousEnv(ToyEnv):
    """It scores more than 1."""

    def _act(self, action: str) -> Outcome:
        outcome = super()._act(action)
        return Outcome(outcome.observation, 2 * outcome.score, outcome.terminated, outcome.success)
