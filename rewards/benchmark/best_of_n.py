"""The score of a reward model's pick among N: does it still rise with N, or does taste take over?

More draws offer better trajectories, and more that a reward model overrates. That its pick gets
worse with N while the oracle's gets better is over-optimisation (Gao et al., 2023, arXiv
2210.10760).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rewards.benchmark.estimates import Estimate, over_environments, per_task
from rewards.benchmark.predictions import TaskPredictions
from rewards.benchmark.ranking import Numbers, best_of

DRAWS = (*range(1, 9), 12, 16, 24, 32)
"""The Ns; the paper's are 5 and, for its curves, 1 to 32."""
FEW = 8
"""For larger N only tasks with N finished trajectories count: of fewer, draws would repeat."""


@dataclass(frozen=True, slots=True)
class BestOf:
    """Mean scores of picks among N random finished trajectories of a task.

    A task's trajectories are equally likely and all different; the four means are of one set of
    tasks.
    """

    n: int
    random: Estimate
    picked: Estimate
    oracle: Estimate
    """The pick of the true score: the most that there is to get."""
    regret: Estimate
    """What the reward model's pick falls short of the oracle's."""


def picks(tasks: Sequence[TaskPredictions]) -> list[BestOf]:
    """The scores for each N that tasks have enough finished trajectories for."""
    leaves = [task.leaves() for task in tasks if any(task.finished)]
    enough = [(n, [each for each in leaves if n <= FEW or len(each[0]) >= n]) for n in DRAWS]
    return [_best_of(n, some) for n, some in enough if some]


def _best_of(n: int, leaves: Sequence[tuple[Numbers, Numbers]]) -> BestOf:
    random = [float(scores.mean()) for scores, _ in leaves]
    picked = [best_of(scores, predictions, n) for scores, predictions in leaves]
    oracle = [best_of(scores, scores, n) for scores, _ in leaves]
    regret = [best - own for best, own in zip(oracle, picked, strict=True)]
    return BestOf(n, *map(per_task, (random, picked, oracle, regret)))


def mean_picks(environments: Sequence[Sequence[BestOf]]) -> list[BestOf]:
    """The mean of the environments, for each N that is measured in all that have any."""
    measured = [{each.n: each for each in curve} for curve in environments if curve]
    columns = [[curve[n] for curve in measured if n in curve] for n in DRAWS]
    return [_mean(column) for column in columns if column and len(column) == len(measured)]


def _mean(environments: Sequence[BestOf]) -> BestOf:
    return BestOf(
        environments[0].n,
        random=over_environments([each.random for each in environments]),
        picked=over_environments([each.picked for each in environments]),
        oracle=over_environments([each.oracle for each in environments]),
        regret=over_environments([each.regret for each in environments]),
    )
