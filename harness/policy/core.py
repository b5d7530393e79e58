"""The policy interface."""

from __future__ import annotations

from typing import Protocol

from agentrm_envs import Action, Trajectory


class Policy(Protocol):
    """Proposes next actions.

    A policy that is to give the same run again draws each proposal from its seed, the task,
    the actions so far and the proposal's index: never from how often it was called before.
    """

    async def propose(
        self, trajectory: Trajectory, n: int, *, temperature: float | None = None
    ) -> list[Action]:
        """`n` proposals for the next action, drawn independently, in the order of their index.

        `temperature=0` asks for the likeliest action, None for the policy's own default.
        """
        ...
