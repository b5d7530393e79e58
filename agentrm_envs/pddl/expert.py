"""A planner over bit masks: weighted A* with the relaxed plan as its estimate.

The estimate is that of FF (Hoffmann & Nebel 2001) over h_add's cheapest achievers (Bonet &
Geffner 2001). Everything is in a fixed order, so the same state gives the same plan.
"""

from __future__ import annotations

import heapq
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from agentrm_envs.core import TextEnv
from agentrm_envs.errors import NoPlan
from agentrm_envs.pddl.env import PDDLEnv
from agentrm_envs.pddl.grounding import GroundAction, GroundProblem, bits

STAGES = ((2, 3_000), (5, 3_000), (1_000, 30_000))
"""Weight of the estimate and states opened at most, tried in turn: short plans come first,
then any plan. The last stage may take 20 seconds on AgentBoard's largest barman problems."""


def plan(env: TextEnv) -> list[str]:
    """Actions, in their short form, that reach the goal from the environment's state.

    Empty where it holds already. Raises NoPlan where none is found.
    """
    if not isinstance(env.unwrapped, PDDLEnv):
        raise TypeError(f"the PDDL expert plans for PDDLEnv, not {type(env.unwrapped).__name__}")
    inner = env.unwrapped
    actions = find_plan(inner.world.problem, inner.state)
    return [action.command for action in actions]


def find_plan(problem: GroundProblem, state: int) -> list[GroundAction]:
    """A short (not always the shortest) sequence of actions that reaches the goal.

    Raises NoPlan where there is none, or where the search gives up.
    """
    for weight, limit in STAGES:
        found = _search(problem, state, weight, limit)
        if found is not None:
            return found
    raise NoPlan(f"found no plan within {STAGES[-1][1]} states")


@dataclass(frozen=True, slots=True)
class _Open:
    """How a state was first reached most cheaply."""

    cost: int
    parent: int
    action: GroundAction | None


def _search(
    problem: GroundProblem, start: int, weight: int, limit: int
) -> list[GroundAction] | None:
    goal = sum(problem.goals)
    relaxation = _relaxation(problem)
    seen = {start: _Open(0, start, None)}
    estimates: dict[int, int | None] = {start: relaxation.estimate(start)}
    first = estimates[start]
    queue = [] if first is None else [(weight * first, first, 0, 0, start)]
    counter = 0
    expanded = 0
    while queue and expanded < limit:
        _, _, _, cost, state = heapq.heappop(queue)
        if cost > seen[state].cost:
            continue  # reached more cheaply since
        if state & goal == goal:
            return _path(seen, state)
        expanded += 1
        for action in relaxation.actions:
            if state & action.needs != action.needs:
                continue
            after = action.result(state)
            known = seen.get(after)
            if known is not None and known.cost <= cost + 1:
                continue
            seen[after] = _Open(cost + 1, state, action)
            if after not in estimates:
                estimates[after] = relaxation.estimate(after)
            estimate = estimates[after]
            if estimate is not None:
                counter += 1
                rank = cost + 1 + weight * estimate
                heapq.heappush(queue, (rank, estimate, counter, cost + 1, after))
    if not queue:
        raise NoPlan("the goal cannot be reached")
    return None


def _path(seen: dict[int, _Open], state: int) -> list[GroundAction]:
    actions: list[GroundAction] = []
    while (action := seen[state].action) is not None:
        actions.append(action)
        state = seen[state].parent
    return actions[::-1]


@lru_cache(maxsize=64)
def _relaxation(problem: GroundProblem) -> _Relaxation:
    return _Relaxation(problem)


class _Relaxation:
    """The problem without delete effects."""

    def __init__(self, problem: GroundProblem) -> None:
        self.actions = _useful(problem.actions)
        self.needs = [tuple(bits(action.needs)) for action in self.actions]
        self.adds = [tuple(bits(action.adds & ~action.needs)) for action in self.actions]
        self.goals = [goal.bit_length() - 1 for goal in problem.goals]
        self.size = len(problem.facts)
        self.users: dict[int, list[int]] = defaultdict(list)
        for number, needs in enumerate(self.needs):
            for fact in needs:
                self.users[fact].append(number)
        self.free = [number for number, needs in enumerate(self.needs) if not needs]

    def estimate(self, state: int) -> int | None:
        """The number of actions in a relaxed plan, or None where there is none."""
        achievers = self._achievers(state)
        if achievers is None:
            return None
        chosen: set[int] = set()
        waiting = [goal for goal in self.goals if goal in achievers]
        while waiting:
            number = achievers[waiting.pop()]
            if number not in chosen:
                chosen.add(number)
                waiting += [fact for fact in self.needs[number] if fact in achievers]
        return len(chosen)

    def _achievers(self, state: int) -> dict[int, int] | None:
        """For each fact on the way to the goal the action that reaches it most cheaply."""
        cost = dict.fromkeys(bits(state), 0)
        queue = [(0, fact) for fact in cost]
        missing = {goal for goal in self.goals if goal not in cost}
        unmet = [len(needs) for needs in self.needs]
        price = [1] * len(self.needs)
        achievers: dict[int, int] = {}
        for number in self.free:
            self._offer(number, 1, cost, achievers, queue)
        done: set[int] = set()
        while queue and missing:
            reached, fact = heapq.heappop(queue)
            if fact in done:
                continue
            done.add(fact)
            missing.discard(fact)
            for number in self.users[fact]:
                unmet[number] -= 1
                price[number] += reached
                if not unmet[number]:
                    self._offer(number, price[number], cost, achievers, queue)
        return None if missing else achievers

    def _offer(
        self,
        number: int,
        price: int,
        cost: dict[int, int],
        achievers: dict[int, int],
        queue: list[tuple[int, int]],
    ) -> None:
        for fact in self.adds[number]:
            if fact not in cost or price < cost[fact]:
                cost[fact] = price
                achievers[fact] = number
                heapq.heappush(queue, (price, fact))


def _useful(actions: Sequence[GroundAction]) -> list[GroundAction]:
    """The actions that can change a state."""
    return [action for action in actions if action.adds | action.deletes]


__all__ = ["find_plan", "plan"]
