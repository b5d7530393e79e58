"""What of the explored states is kept: the threshold, the hold-out and the balance of tasks."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from agentrm_envs import Task
from agentrm_envs.chat import EVERYTHING, Shown
from rewards.errors import BadSetting
from rewards.paths import CoveredPath, cover
from rewards.states import StateTree


@dataclass(frozen=True, slots=True)
class Extraction:
    """What to keep of the trees."""

    min_visits: int = 1
    """Lambda of the paper, which does not say its value. One keeps all: a path is read once
    for all its states, so a state visited once costs nothing more; its return is a noisy but
    unbiased value, and without such states hardly any is left between a tree's crown and the
    ends of episodes, where a beam search asks. A higher threshold does not hold for those
    ends, since their return is exact."""
    paths: int | None = 32
    """At most so many paths a task, those that add most states first; None: as many as the
    states need."""
    balance: int | None = None
    """At most so many states an environment; 0: as many as the one with fewest has."""
    holdout: float = 0.1
    """Share of the tasks, not of the states, of each environment to hold out."""
    seed: int = 0
    """Chooses the tasks that are held out, and those that balancing drops."""
    shown: Shown = EVERYTHING
    """What of a state the rows hold, and so what a model that is trained on them reads."""
    prompts_sha256: str = ""
    """Of the prompts that tell it, where these are another's: `PromptTree.scored_checksum`."""

    def __post_init__(self) -> None:
        if self.min_visits < 1:
            raise BadSetting(f"min_visits must be at least 1, not {self.min_visits}")
        if self.paths is not None and self.paths < 1:
            raise BadSetting(f"paths must be at least 1, not {self.paths}")
        if self.balance is not None and self.balance < 0:
            raise BadSetting(f"balance must be at least 0, not {self.balance}")
        if not 0 <= self.holdout < 1:
            raise BadSetting(f"holdout must be in [0, 1), not {self.holdout}")


@dataclass(frozen=True, slots=True)
class TaskPaths:
    """What is kept of one task, best path first."""

    tree: StateTree
    admitted: int
    """States that were visited often enough."""
    paths: list[CoveredPath]

    @property
    def states(self) -> int:
        """The states that the paths cover."""
        return sum(len(path.fresh) for path in self.paths)


def covered(tree: StateTree, settings: Extraction) -> TaskPaths:
    """The paths that cover the task's admitted states."""
    admitted = tree.admitted(settings.min_visits)
    return TaskPaths(tree, len(admitted), cover(tree, admitted, settings.paths))


def held_out(tasks: Iterable[Task], share: float, seed: int) -> set[Task]:
    """The share of each environment's tasks that training does not see.

    An environment with two tasks or more keeps at least one on either side; a lone task is for
    training.
    """
    by_env: dict[str, list[Task]] = defaultdict(list)
    for task in tasks:
        by_env[task.env].append(task)
    chosen: set[Task] = set()
    for env, some in sorted(by_env.items()):
        some.sort(key=lambda task: task.id)
        number = round(share * len(some))
        if share:
            number = min(max(number, 1), len(some) - 1)
        chosen.update(random.Random(f"{seed}/{env}/holdout").sample(some, number))
    return chosen


def balanced(tasks: Sequence[TaskPaths], settings: Extraction) -> list[TaskPaths]:
    """The tasks with at most `balance` states an environment.

    Paths are taken in turns, the best of every task before the second of any, so that tasks
    lose their least telling paths first; the last path may go over by less than its length.
    """
    if settings.balance is None:
        return list(tasks)
    by_env: dict[str, list[TaskPaths]] = defaultdict(list)
    for task in tasks:
        by_env[task.tree.task.env].append(task)
    totals = [sum(task.states for task in some) for some in by_env.values()]
    most = settings.balance or min(total for total in totals if total)
    return [
        task
        for env, some in sorted(by_env.items())
        for task in _first(some, most, random.Random(f"{settings.seed}/{env}/balance"))
    ]


def _first(tasks: Sequence[TaskPaths], most: int, rng: random.Random) -> list[TaskPaths]:
    turns = rng.sample(range(len(tasks)), len(tasks))
    kept = [0] * len(tasks)
    states = 0
    for rank in range(max(len(task.paths) for task in tasks)):
        for index in turns:
            if rank < len(tasks[index].paths) and states < most:
                kept[index] = rank + 1
                states += len(tasks[index].paths[rank].fresh)
    return [
        TaskPaths(task.tree, task.admitted, task.paths[:number])
        for task, number in zip(tasks, kept, strict=True)
    ]
