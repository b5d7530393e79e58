"""A toy whose simulator has bad manners: what it does depends on the action."""

from __future__ import annotations

import os
import time
from typing import Any

from agentrm_envs import Outcome
from tests.toy_env.env import ToyEnv

HUGE = "é\ud83d🧨\n" * 200_000


class WildEnv(ToyEnv):
    """Spells as the toy does, but may hang, die, raise, print, and say odd things."""

    def __init__(self, *arguments: Any, greeting: str = "", **settings: Any) -> None:
        super().__init__(*arguments, **settings)
        self._greeting = greeting

    def _start(self, task: Any) -> tuple[str, str]:
        goal, observation = super()._start(task)
        return goal, self._greeting or observation

    def _act(self, action: str) -> Outcome:
        match action:
            case "hang":
                time.sleep(60)
            case "die":
                os._exit(7)
            case "raise":
                raise RuntimeError("no such lamp: \ud800")
            case "print":
                print("noise from Python", flush=True)
                os.write(1, b"noise from C\n")
            case "huge":
                return Outcome(HUGE, 0.5, False, False, {"pages": [1, 2.5, None]})
            case "odd":
                return Outcome("?", 0.0, False, False, {"what": object()})
        return super()._act(action)
