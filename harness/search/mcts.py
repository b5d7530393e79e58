"""Monte Carlo tree search: UCT with rollouts whose returns a reward model gives."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

from agentrm_envs import Tree
from harness.policy.core import Policy
from harness.search.rollout import expand, propose, rollouts
from harness.simulator import Simulator
from rewards.core import RewardModel


@dataclass(frozen=True, slots=True)
class MCTS:
    """The paper's exploration: select, expand, simulate, back up. (Paper, section 3.)

    A node's value is the mean of the returns of the rollouts through it and its visits are
    their number, simulated nodes included: they stay in the tree, and a rollout that has
    gone through a child before it was expanded counts as one of its rollouts. The reward
    model gives the returns; with the oracle they are the environment's scores, and the tree
    is training data.

    The paper names no numbers; the defaults are those of the code that it builds on,
    ReST-MCTS* (MCTS/base.py and its README): c = 0.7, k = 3, one rollout, temperature 0.7.
    """

    iterations: int = 50
    """Of select, expand, simulate and back up."""
    branch: int = 3
    """Proposals at a node that is expanded; equal ones become one child."""
    rollouts: int = 1
    """Rollouts from each new child; with 0 its value is the reward model's own.

    That is a search alone: not even the oracle's score of an unfinished episode is a return.
    """
    exploration: float = 0.7
    """The c of UCT, for returns in [0, 1]."""
    temperature: float = 0.7

    @property
    def trajectories(self) -> int:
        return self.branch * max(1, self.rollouts)

    async def __call__(
        self, simulator: Simulator, policy: Policy, reward_model: RewardModel
    ) -> int:
        growth = _Growth(simulator)
        for _ in range(self.iterations):
            leaf = growth.select(self.exploration)
            if simulator.done(leaf):
                growth.back_up(leaf)
                continue
            ends = await self._simulate(growth, policy, await self._expand(growth, policy, leaf))
            await growth.evaluate(ends, reward_model)
            for end in ends:
                growth.back_up(end)
        [chosen] = await rollouts(simulator, policy, [growth.favourite()], temperature=0.0)
        return chosen

    async def _expand(self, growth: _Growth, policy: Policy, leaf: int) -> list[int]:
        proposals = await propose(
            growth.simulator, policy, {leaf: self.branch}, temperature=self.temperature
        )
        growth.expanded.add(leaf)
        return await expand(growth.simulator, leaf, proposals[leaf])

    async def _simulate(
        self, growth: _Growth, policy: Policy, children: Sequence[int]
    ) -> list[int]:
        """The ends of the rollouts that the children still lack; without rollouts, themselves."""
        if not self.rollouts:
            return list(children)
        nodes = growth.simulator.tree.nodes
        starts = [child for child in children for _ in range(self.rollouts - nodes[child].visits)]
        return await rollouts(
            growth.simulator,
            policy,
            starts,
            temperature=self.temperature,
            drawn=growth.drawn,
        )


@dataclass(slots=True)
class _Growth:
    """What one search has learned of its tree so far."""

    simulator: Simulator
    expanded: set[int] = field(default_factory=set)
    drawn: Counter[int] = field(default_factory=Counter)
    """Proposals that rollouts have used at each node."""
    returns: dict[int, float] = field(default_factory=dict)
    """The reward model's scores of rollouts' ends."""
    totals: defaultdict[int, float] = field(default_factory=lambda: defaultdict(float))

    def select(self, exploration: float) -> int:
        """Descend from the root by UCT to a node that is not expanded."""
        node = Tree.ROOT
        while node in self.expanded:
            children = self.simulator.children(node)
            node = max(children, key=lambda child: uct(self.simulator.tree, child, exploration))
        return node

    async def evaluate(self, ends: Sequence[int], reward_model: RewardModel) -> None:
        new = [end for end in dict.fromkeys(ends) if end not in self.returns]
        if new:
            scores = await reward_model.score([self.simulator.tree.trajectory(i) for i in new])
            self.returns.update(zip(new, scores, strict=True))

    def back_up(self, end: int) -> None:
        """Count the return of the rollout that ended here on every node of its path."""
        for i in self.simulator.tree.path(end):
            node = self.simulator.tree.nodes[i]
            node.visits += 1
            self.totals[i] += self.returns[end]
            node.value = self.totals[i] / node.visits

    def favourite(self) -> int:
        """Descend from the root by visits, the value breaking ties, to a leaf."""
        nodes, node = self.simulator.tree.nodes, Tree.ROOT
        while children := self.simulator.children(node):
            node = max(children, key=lambda i: (nodes[i].visits, nodes[i].value or 0.0))
        return node


def uct(tree: Tree, node: int, exploration: float) -> float:
    """V + c sqrt(2 ln N_parent / N), infinite before the first visit. (ReST-MCTS*.)"""
    child = tree.nodes[node]
    if not child.visits or child.value is None:
        return math.inf
    parent_visits = tree.nodes[child.parent].visits
    return child.value + exploration * math.sqrt(2 * math.log(parent_visits) / child.visits)
