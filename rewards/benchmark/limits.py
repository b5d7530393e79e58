"""Which states a reward model is evaluated on, and how few of them will do."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from rewards.benchmark.heldout import depth_first
from rewards.benchmark.perturbations import PERTURBATIONS
from rewards.errors import BadData, BadSetting
from rewards.states import StateTree


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What of the held-out trees to read; a limit is drawn from the seed, None is no limit."""

    min_visits: int = 1
    """States with fewer rollouts are left out, but for those at an episode's end."""
    limit_tasks: int | None = None
    """At most so many tasks of an environment."""
    limit_states: int | None = None
    """At most so many states of a task."""
    seed: int = 0
    """Also that of the random reward model."""
    perturb: tuple[str, ...] = ()
    """Perturbations under which the states are read again."""

    def __post_init__(self) -> None:
        for name in ("min_visits", "limit_tasks", "limit_states"):
            number = getattr(self, name)
            if number is not None and number < 1:
                raise BadSetting(f"{name} must be at least 1, not {number}")
        for name in self.perturb:
            if name not in PERTURBATIONS:
                raise BadSetting(
                    f"no perturbation is named {name!r}; there are: {', '.join(PERTURBATIONS)}"
                )


@dataclass(frozen=True, slots=True)
class ChosenStates:
    """A task's states that are evaluated, each soon after its parent."""

    tree: StateTree
    places: list[int]


def chosen(trees: Sequence[StateTree], settings: Evaluation) -> list[ChosenStates]:
    """The states to evaluate on, by task; the same for every reward model."""
    found = [
        ChosenStates(tree, places)
        for tree in _tasks(trees, settings)
        if (places := _places(tree, settings))
    ]
    if not found:
        raise BadData(
            f"no state was visited {settings.min_visits} times and no episode ended; "
            "lower --min-visits"
        )
    return found


def _tasks(trees: Sequence[StateTree], settings: Evaluation) -> list[StateTree]:
    by_env: dict[str, list[StateTree]] = defaultdict(list)
    for tree in trees:
        by_env[tree.task.env].append(tree)
    return [
        some[i]
        for env, some in sorted(by_env.items())
        for i in _drawn(len(some), settings.limit_tasks, f"{settings.seed}/{env}")
    ]


def _places(tree: StateTree, settings: Evaluation) -> list[int]:
    admitted = tree.admitted(settings.min_visits)
    places = [place for place in depth_first(tree) if place in admitted]
    key = f"{settings.seed}/{tree.task.env}/{tree.task.id}"
    return [places[i] for i in _drawn(len(places), settings.limit_states, key)]


def _drawn(count: int, most: int | None, key: str) -> list[int]:
    """At most `most` of the numbers below `count`, in order."""
    return sorted(random.Random(key).sample(range(count), min(count, most or count)))
