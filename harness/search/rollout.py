"""Rollouts: following the policy from nodes to the ends of the episodes."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence

from agentrm_envs import Action
from harness.policy.core import Policy
from harness.simulator import Simulator


async def rollouts(
    simulator: Simulator,
    policy: Policy,
    nodes: Sequence[int],
    *,
    temperature: float | None,
    drawn: Counter[int] | None = None,
) -> list[int]:
    """The finished leaf of one rollout from each of `nodes`, of which some may be the same.

    All go one step at a time, together: those at the same node are one question to the
    policy, so a policy whose proposals depend on the prefix alone gives them different
    ones. `drawn` counts the proposals that earlier rollouts used at each node; these are
    passed over, and the counts brought up to date.
    """
    ends = list(nodes)
    used = Counter[int]() if drawn is None else drawn
    while live := Counter(end for end in ends if not simulator.done(end)):
        wanted = {node: used[node] + count for node, count in live.items()}
        proposals = await propose(simulator, policy, wanted, temperature=temperature)
        fresh = {node: iter(proposals[node][used[node] :]) for node in live}
        used.update(live)
        for i, end in enumerate(ends):
            if end in live:
                ends[i] = await simulator.step(end, next(fresh[end]))
    return ends


async def propose(
    simulator: Simulator,
    policy: Policy,
    wanted: Mapping[int, int],
    *,
    temperature: float | None,
) -> dict[int, list[Action]]:
    """The policy's proposals at each node, as many as wanted there, asked for all at once."""
    trajectory = simulator.tree.trajectory
    calls = [
        policy.propose(trajectory(node), count, temperature=temperature)
        for node, count in wanted.items()
    ]
    return dict(zip(wanted, await asyncio.gather(*calls), strict=True))


async def expand(simulator: Simulator, node: int, actions: Sequence[Action]) -> list[int]:
    """The children of `node` under `actions`, each once: equal actions lead to one child."""
    return list(dict.fromkeys([await simulator.step(node, action) for action in actions]))
