"""The answers that an evaluation has so far, so that one that was killed goes on where it stopped.

A call to a reward model is known by all that decides its answer: the model's name and checksum,
and what it is shown. So nothing else is taken for it, whatever has changed in between.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from agentrm_envs import Trajectory
from agentrm_envs.complaint import complaint
from rewards.benchmark.predictions import usable
from rewards.core import RewardModel, compares
from rewards.errors import BadData


@dataclass(frozen=True, slots=True)
class Answer:
    """An answered call: a line of the journal."""

    call: str
    """The sha256 of what decides the answer."""
    scores: list[float]
    conduct: dict[str, int | float]
    """The counts that the reward model keeps of its own working, as they were then."""


_ANSWER = TypeAdapter(Answer)
_SHOWN = TypeAdapter(list[Trajectory])


class Journaled:
    """A reward model that is not asked again what the file at `path` has an answer to."""

    def __init__(self, reward_model: RewardModel, path: Path, name: str) -> None:
        """`name` has all that decides the answers beside the checksum of the model."""
        self.checksum: str = getattr(reward_model, "checksum", "")
        self.compares = compares(reward_model)
        self._model = reward_model
        self._path = path
        self._name = f"{name}\n{self.checksum}\n"
        self._found = {answer.call: answer for answer in _read(path)}

    @property
    def notes(self) -> Mapping[str, float]:
        """What the reward model tells of its own working."""
        notes: Mapping[str, float] = getattr(self._model, "notes", {})
        return notes

    async def score(self, trajectories: Sequence[Trajectory]) -> list[float]:
        """The scores, in order: those of the journal, or else the model's, which it then has.

        Scores that no evaluation can use are not kept: JSON has no NaN, and the journal of all
        the other answers could not be read again.
        """
        shown = _SHOWN.dump_json(list(trajectories))
        call = hashlib.sha256(self._name.encode() + shown).hexdigest()
        conduct = getattr(self._model, "conduct", None)
        if known := self._found.get(call):
            for count, number in known.conduct.items():
                setattr(conduct, count, number)
            return known.scores
        scores = await self._model.score(trajectories)
        if not usable(scores, len(trajectories)):
            return scores
        answer = Answer(call, list(scores), asdict(conduct) if conduct else {})
        with self._path.open("ab") as file:
            file.write(_ANSWER.dump_json(answer) + b"\n")
        return scores


def _read(path: Path) -> list[Answer]:
    """The answers in the file, from which what a kill cut off is taken away."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        return []
    whole, newline, torn = path.read_bytes().rpartition(b"\n")
    if torn:
        with path.open("r+b") as file:
            file.truncate(len(whole + newline))
    try:
        return [_ANSWER.validate_json(line) for line in whole.splitlines()]
    except ValidationError as error:
        raise BadData(
            f"{path} is not a journal of scores: {complaint(error)}; remove it to begin again"
        ) from error
