"""What a reward model tells a beam: how its values differ among the states of one step.

    python benchmarks/beam_guidance.py runs/beam

A beam compares states that are equally many actions from the beginning. Of a run's trees, with
the values that its reward model gave, this tells by environment: the share of the values' variance
that the number of the step accounts for, which is of no use to a beam; and how often a state from
which a branch went on to succeed is valued above one of the same step from which none did (chance
0.5). Only branches that the beam kept can have succeeded, so the second is a rough measure. No
model runs.
"""

from __future__ import annotations

import argparse
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from statistics import fmean, pvariance

from agentrm_envs import Tree
from harness.episode import read_episodes


def steps_of(tree: Tree) -> list[int]:
    """The number of actions before each node."""
    steps = [0]
    for node in tree.nodes[1:]:
        steps.append(steps[node.parent] + 1)
    return steps


def leading(tree: Tree) -> set[int]:
    """The nodes of branches that succeeded, but for the root."""
    found: set[int] = set()
    for number, node in enumerate(tree.nodes):
        if node.step.success:
            while number != Tree.ROOT:
                found.add(number)
                number = tree.nodes[number].parent
    return found


def share_of_steps(values: Sequence[tuple[int, float]]) -> float:
    """The share of the values' variance that their steps account for."""
    by_step = defaultdict(list)
    for step, value in values:
        by_step[step].append(value)
    left = fmean((value - fmean(by_step[step])) ** 2 for step, value in values)
    return 1 - left / pvariance([value for _, value in values])


def above(tree: Tree) -> Iterator[float]:
    """For each node that leads to success, the share of the others of its step that it is above."""
    steps, good = steps_of(tree), leading(tree)
    values = [node.value for node in tree.nodes]
    for one in sorted(good):
        others = [i for i in range(1, len(steps)) if steps[i] == steps[one] and i not in good]
        if others:
            yield fmean(
                (values[one] > values[i]) + 0.5 * (values[one] == values[i]) for i in others
            )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("run", type=Path, help="a run of beam search")
    episodes = [each for each in read_episodes(parser.parse_args().run) if each.error is None]
    for name in sorted({episode.task.env for episode in episodes}):
        mine = [episode for episode in episodes if episode.task.env == name]
        values = [
            (step, node.value)
            for episode in mine
            for step, node in zip(steps_of(episode.tree), episode.tree.nodes, strict=True)
            if step
        ]
        told = [share for episode in mine for share in above(episode.tree)]
        ranked = f"{fmean(told):.2f} of {len(told)}" if told else "no branch succeeded"
        reached = sum(bool(leading(episode.tree)) for episode in mine)
        chosen = sum(episode.success for episode in mine)
        print(
            f"{name}: {len(mine)} tasks, {reached} solved in some branch, {chosen} as chosen; "
            f"the step accounts for {share_of_steps(values):.0%} of the values' variance; "
            f"states that led to success above others of their step: {ranked}"
        )


if __name__ == "__main__":
    main()
