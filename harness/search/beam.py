"""Step-level beam search: after every step, keep the prefixes the reward model likes best."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from agentrm_envs import Tree
from harness.policy.core import Policy
from harness.search.rollout import expand, propose
from harness.simulator import Simulator
from rewards.core import RewardModel


@dataclass(frozen=True, slots=True)
class BeamSearch:
    """`width` prefixes, each grown by `branch` proposals a step. (Paper, section 5: W1, W2.)

    The first step draws width x branch proposals at the root. What the paper leaves open:
    equal actions at a node are one child; a finished beam stays and competes with what the
    others grow; the search ends when every kept beam is finished; of equals the one is kept
    that comes from the better beam, then the earlier proposal: where all are equal, that is
    what the policy alone would have drawn.
    """

    width: int = 5
    """The paper's W1."""
    branch: int = 5
    """The paper's W2."""
    temperature: float = 0.7
    """Not in the paper; ETO's exploration uses 0.7."""

    @property
    def trajectories(self) -> int:
        return self.width

    async def __call__(
        self, simulator: Simulator, policy: Policy, reward_model: RewardModel
    ) -> int:
        beam, proposals_each = [Tree.ROOT], self.width * self.branch
        while live := [node for node in beam if not simulator.done(node)]:
            wanted = dict.fromkeys(live, proposals_each)
            proposals = await propose(simulator, policy, wanted, temperature=self.temperature)
            grown = {node: await expand(simulator, node, proposals[node]) for node in live}
            # Finished ones too, as some reward models only compare the candidates of a call.
            candidates = [each for node in beam for each in grown.get(node, [node])]
            await evaluate(simulator.tree, candidates, reward_model)
            beam = best(simulator.tree, candidates, self.width)
            proposals_each = self.branch
        return beam[0]


async def evaluate(tree: Tree, nodes: Sequence[int], reward_model: RewardModel) -> None:
    """Give each node the reward model's score of the trajectory that ends there."""
    values = await reward_model.score([tree.trajectory(node) for node in nodes])
    for node, value in zip(nodes, values, strict=True):
        tree.nodes[node].value = value


def best(tree: Tree, nodes: Sequence[int], count: int) -> list[int]:
    """The `count` nodes of the highest values, best first; equals keep their order."""
    return sorted(nodes, key=lambda node: -(tree.nodes[node].value or 0.0))[:count]
