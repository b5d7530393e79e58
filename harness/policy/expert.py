"""A policy that follows the environment's expert, with as much noise as asked for."""

from __future__ import annotations

from agentrm_envs import Action, Task, Trajectory, expert
from agentrm_envs.errors import NoPlan
from harness.policy.follower import Follower
from harness.policy.random import draw, generator
from rewards.errors import BadSetting
from rewards.factories import ModelRequest
from rewards.metering import usage


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
        self._plans: dict[Task, tuple[str, ...]] = {}

    async def propose(
        self, trajectory: Trajectory, n: int, *, temperature: float | None = None
    ) -> list[Action]:
        indices = [0] * n if temperature == 0 else range(n)
        usage().policy_calls += 1
        noise = 0.0 if temperature == 0 else self._noise
        return [self._propose(trajectory, index, noise) for index in indices]

    def _propose(self, trajectory: Trajectory, index: int, noise: float) -> Action:
        rng = generator(self._seed, trajectory, index)
        planned = None if rng.random() < noise else self._next(trajectory)
        return planned or draw(self._follower.at(trajectory), rng)

    def _next(self, trajectory: Trajectory) -> Action | None:
        """What the last plan says, or a new plan, made from where the trajectory is now."""
        taken = tuple(step.action.text for step in trajectory.steps)
        plan = self._plans.get(trajectory.task, ())
        if len(plan) <= len(taken) or plan[: len(taken)] != taken:
            env = self._follower.at(trajectory)
            try:
                plan = (*taken, *expert(trajectory.task.env)(env))
            except NoPlan:  # noise has made the goal unreachable: any action is as good
                plan = ()
            self._plans[trajectory.task] = plan
        return Action(plan[len(taken)]) if len(plan) > len(taken) else None


def load(request: ModelRequest) -> ExpertPolicy:
    """`expert`, or `expert:NOISE` as in `expert:0.3`."""
    try:
        noise = float(request.argument or 0)
    except ValueError as error:
        raise BadSetting(
            f"expert:NOISE takes a share in [0, 1], as in expert:0.3, not {request.argument!r}"
        ) from error
    return ExpertPolicy(noise, request.seed, request.data)
