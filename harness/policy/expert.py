"""A policy that follows the environment's expert, with as much noise as asked for."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace

from agentrm_envs import Action, Task, Trajectory, expert
from agentrm_envs.errors import NoPlan
from harness.policy.follower import Follower
from harness.policy.random import draw, generator
from rewards.errors import BadSetting
from rewards.factories import ModelRequest
from rewards.metering import usage

PLANS = 4096
"""Plans remembered; the one made longest ago is forgotten first."""


class ExpertPolicy:
    """The next action of the expert's plan: an oracle, for ceilings and demonstrations.

    `noise` in [0, 1] is the share of proposals that are random valid actions instead;
    temperature 0 has none. Off its plan it plans anew, and where no plan solves the task any
    more it proposes valid actions at random.
    """

    def __init__(self, noise: float = 0.0, seed: int = 0, data: str = "builtin") -> None:
        if not 0 <= noise <= 1:
            raise BadSetting(f"the expert's noise is a share in [0, 1], not {noise}")
        self._noise = noise
        self._seed = seed
        self._follower = Follower(data)
        self._plans: dict[tuple[Task, tuple[str, ...]], tuple[str, ...]] = {}

    async def propose(
        self, trajectory: Trajectory, n: int, *, temperature: float | None = None
    ) -> list[Action]:
        indices = [0] * n if temperature == 0 else range(n)
        usage().policy_calls += 1
        noise = 0.0 if temperature == 0 else self._noise
        return [await self._propose(trajectory, index, noise) for index in indices]

    async def _propose(self, trajectory: Trajectory, index: int, noise: float) -> Action:
        rng = generator(self._seed, trajectory, index)
        planned = None if rng.random() < noise else await self._next(trajectory)
        if planned is not None:
            return planned
        return await self._follower.look(trajectory, lambda env: draw(env, rng))

    async def _next(self, trajectory: Trajectory) -> Action | None:
        """What the plan says that was made where the trajectory last left one.

        So the answer depends on the trajectory alone, not on what else the policy was asked.
        """
        taken = tuple(step.action.text for step in trajectory.steps)
        plan: tuple[str, ...] = ()
        for length in range(len(taken) + 1):
            if len(plan) <= length or plan[:length] != taken[:length]:
                plan = await self._planned(trajectory, taken[:length])
        return Action(plan[len(taken)]) if len(plan) > len(taken) else None

    async def _planned(self, trajectory: Trajectory, taken: tuple[str, ...]) -> tuple[str, ...]:
        """The actions taken and those that then solve the task; none where none do."""
        place = trajectory.task, taken
        if place not in self._plans:
            there = replace(trajectory, steps=trajectory.steps[: len(taken)])
            with suppress(NoPlan):  # noise has made the goal unreachable: any action is as good
                plan = await self._follower.look(there, expert(trajectory.task.env))
                self._plans[place] = (*taken, *plan)
            self._plans.setdefault(place, ())
            if len(self._plans) > PLANS:
                del self._plans[next(iter(self._plans))]
        return self._plans[place]


def load(request: ModelRequest) -> ExpertPolicy:
    """`expert`, or `expert:NOISE` as in `expert:0.3`."""
    try:
        noise = float(request.argument or 0)
    except ValueError as error:
        raise BadSetting(
            f"expert:NOISE takes a share in [0, 1], as in expert:0.3, not {request.argument!r}"
        ) from error
    return ExpertPolicy(noise, request.seed, request.data)
