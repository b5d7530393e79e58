"""Several reward models as one: each candidate's mean or least standing among its rivals.

Members have scales of their own, so their scores of one task's candidates are first brought to
mean 0 and standard deviation 1. The least standing is the cautious choice: what one member
overrates does not win (Coste et al., 2024, arXiv 2310.02743).
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from agentrm_envs import Trajectory
from rewards import registry
from rewards.core import RewardModel
from rewards.errors import BadSetting
from rewards.factories import ModelRequest
from rewards.rivals import in_place, places_by_task

Numbers = NDArray[np.float64]
Combine = Callable[[Numbers], Numbers]
"""From standings, (members, candidates), to one number for each candidate."""


def mean(request: ModelRequest) -> Ensemble:
    """`ensemble:A+B+C`."""
    return _load(request, lambda standings: standings.mean(axis=0))


def minimum(request: ModelRequest) -> Ensemble:
    """`ensemble-min:A+B+C`."""
    return _load(request, lambda standings: standings.min(axis=0))


def _load(request: ModelRequest, combine: Combine) -> Ensemble:
    references = request.argument.split("+")
    if len(references) < 2 or not all(references):
        raise BadSetting(
            "an ensemble needs two reward models or more, as in ensemble:explicit+judge, "
            f"not {request.argument!r}"
        )
    members = [
        registry.load(reference, seed=request.seed, data=request.data, prompts=request.prompts)
        for reference in references
    ]
    return Ensemble(members, combine)


class Ensemble:
    """Scores by the standings that its members give; numbers of two calls do not compare."""

    compares = True

    def __init__(self, members: Sequence[RewardModel], combine: Combine) -> None:
        self._members = members
        self._combine = combine

    @property
    def checksum(self) -> str:
        """Over the checksums of its members, of those that have one."""
        own = [getattr(member, "checksum", "") for member in self._members]
        return hashlib.sha256("\n".join(own).encode()).hexdigest() if any(own) else ""

    async def score(self, trajectories: Sequence[Trajectory]) -> list[float]:
        given = np.array(
            await asyncio.gather(*[member.score(trajectories) for member in self._members])
        )
        groups = places_by_task(trajectories)
        combined = [self._combine(standings(given[:, places])).tolist() for places in groups]
        return in_place(groups, combined)


def standings(scores: Numbers) -> Numbers:
    """Each row less its mean and by its standard deviation; zeros where all are equal."""
    centred = scores - scores.mean(axis=1, keepdims=True)
    spread = scores.std(axis=1, keepdims=True)
    # Scores that differ by rounding alone are equal.
    equal = spread <= 1e-9 * np.abs(scores).max(axis=1, keepdims=True)
    standing: Numbers = np.where(equal, 0.0, centred / np.where(equal, 1.0, spread))
    return standing
