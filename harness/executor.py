"""Where episodes are played: in this process, or on the machines of a Ray cluster."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, fields
from typing import Any

from harness.manifest import checksums, versions
from harness.player_spec import PlayerSpec
from harness.room import fitting
from harness.runner import Play
from rewards.batching import BatchedReward

EXECUTORS = ("local", "ray")
AT_ONCE = 16
"""Episodes at once, unless it is said otherwise."""


class ExecutorError(RuntimeError):
    """Episodes cannot be played where it was asked for."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where to play; it decides how fast a run is, and nothing about its episodes."""

    executor: str = "local"
    max_concurrent: int | None = None
    """Episodes at once; None: `AT_ONCE`, or as many as the policy has memory for."""
    deadline: float = 0.0
    """Seconds that an episode may take; 0: as many as it likes."""
    ray_address: str | None = None
    """Of a cluster; None: that of $RAY_ADDRESS, or else Ray is started on this machine."""
    ray_models: int = 1
    """Processes of each model that the players share."""
    ray_model_gpus: float = 0.0
    """GPUs that each of these processes has for itself."""

    @classmethod
    def given(cls, flags: Mapping[str, Any]) -> Place:
        """Read off the flags that were given; the others have their defaults."""
        names = [each.name for each in fields(cls)]
        return cls(**{name: flags[name] for name in names if name in flags})

    @property
    def at_once(self) -> int:
        return self.max_concurrent or AT_ONCE

    def checked(self) -> Place:
        """Raise ExecutorError where a setting has no meaning."""
        if not self.deadline >= 0:
            raise ExecutorError(f"--deadline must be at least 0, not {self.deadline}")
        local = Place(max_concurrent=self.max_concurrent, deadline=self.deadline)
        if self.executor != "ray" and self != local:
            raise ExecutorError("--ray-address and the other settings of Ray need --executor ray")
        if not self.ray_model_gpus >= 0:
            raise ExecutorError(f"--ray-model-gpus must be at least 0, not {self.ray_model_gpus}")
        return self

    def opened(self, spec: PlayerSpec) -> AbstractContextManager[Loaded]:
        """Load the models where they are to run; leaving ends what was started for it."""
        if self.executor == "local":
            return _here(spec, self)
        try:
            from harness.cluster.execution import spread
        except ModuleNotFoundError as error:
            if (error.name or "").partition(".")[0] != "ray":
                raise
            raise ExecutorError(
                "--executor ray needs ray, which is not installed; run `pip install 'agentrm[ray]'`"
            ) from error
        return spread(spec, self)


@dataclass(frozen=True, slots=True)
class Loaded:
    """What plays the episodes, and what was loaded for it."""

    play: Play
    at_once: int
    """How many episodes it is to play at once."""
    models: dict[str, str]
    """The checksums of the policy and the reward model, where they have one."""
    versions: dict[str, str]
    """Of the packages that decide what an episode is."""


def add_place(parser: argparse.ArgumentParser) -> None:
    """The flags that `Place` is read from; absent from the result unless they are given."""
    group = parser.add_argument_group("where to play", argument_default=argparse.SUPPRESS)
    group.add_argument(
        "--max-concurrent",
        type=_positive,
        metavar="N",
        help="episodes at once (default: 16, or fewer where the policy cannot keep more in memory)",
    )
    group.add_argument(
        "--deadline",
        type=float,
        metavar="SECONDS",
        help="what an episode may take before it is given up, as an error (default: 0, no limit)",
    )
    group.add_argument(
        "--executor", choices=EXECUTORS, help="this process, or Ray's machines (default: local)"
    )
    group.add_argument(
        "--ray-address",
        metavar="HOST:PORT",
        help="the cluster (default: $RAY_ADDRESS, or else Ray is started on this machine)",
    )
    group.add_argument(
        "--ray-models",
        type=_positive,
        metavar="N",
        help="processes of each model that the machines share (default: 1)",
    )
    group.add_argument(
        "--ray-model-gpus", type=float, metavar="N", help="GPUs of each of them (default: 0)"
    )


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"must be at least 1, not {number}")
    return number


@contextmanager
def _here(spec: PlayerSpec, place: Place) -> Iterator[Loaded]:
    """All in this process."""
    models = spec.models
    reward_model = models.load_reward_model()
    policy = models.load_policy() if models.policy else None
    play = spec.play(policy, BatchedReward(reward_model), place.deadline)
    at_once = place.at_once
    if policy is not None and place.max_concurrent is None:
        at_once = fitting(policy, spec.search, AT_ONCE)
    sums = checksums(policy=policy, reward_model=reward_model, prompts=models.prompts)
    yield Loaded(play, at_once, sums, versions())
