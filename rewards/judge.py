"""The judge: a language model that was trained for nothing of this and picks the best candidate.

The paper compares it with trained reward models (section 5) and gives neither its prompt nor
how ties and unreadable answers are treated. Here candidates of one task are compared in heats
of a few, whose winners meet again, until one is left. That is done in several orders, in pairs
in which no candidate has the same place twice, as many models go by places. A candidate's score
is the mean share of rounds that it won.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import random
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import fmean

from agentrm_envs import Task, Trajectory
from agentrm_envs.prompt_tree import PromptTree
from rewards import chat_registry
from rewards.chat_model import ChatModel
from rewards.comparison import answer, question, record
from rewards.factories import ModelRequest
from rewards.metering import usage
from rewards.rivals import in_place, places_by_task

UNDECIDED = 0.5
"""The score of every candidate where there is nothing to compare or no answer was readable."""
HEAT = 5
"""Candidates that are compared at once, at most: the paper's N."""
TRIES = 3
"""How often a comparison is asked: first for the likeliest answer, then for drawn ones."""
_TEMPERATURE = 0.7
_LIMIT = 64
"""Tokens of an answer."""


def load(request: ModelRequest) -> Judge:
    """`judge`, by the embedded base, or `judge:REFERENCE` by any chat model."""
    chat = chat_registry.load(request.argument or "embedded")
    return Judge(chat, seed=request.seed, prompts=request.prompts)


@dataclass(slots=True)
class Conduct:
    """How a judge has judged so far: what a reader needs to know before believing it."""

    answered: int = 0
    """Comparisons with an answer."""
    abstained: int = 0
    """Comparisons without: no try was readable. The order that they belong to is not counted."""
    first: int = 0
    """Answers that name the candidate shown first."""
    last: int = 0
    chance: float = 0.0
    """How many of them would, if places did not matter."""
    paired: int = 0
    """Pairs of orders, both with a winner."""
    agreed: int = 0
    """Those of them with the same winner."""

    def shares(self) -> dict[str, float]:
        """Numbers for a report; what was never observed is left out."""
        asked = self.answered + self.abstained
        found: dict[str, float] = {"comparisons": asked}
        if asked:
            found["abstentions"] = self.abstained / asked
        if self.answered:
            found["picks of the first shown"] = self.first / self.answered
            found["picks of the last shown"] = self.last / self.answered
            found["either by chance"] = self.chance / self.answered
        if self.paired:
            found["agreement of two orders"] = self.agreed / self.paired
        return found


class Judge:
    """Compares the candidates of each task that a call has; numbers of two calls do not compare.

    The numbers depend on the candidates and the seed alone, not on the order they come in.
    """

    compares = True

    def __init__(
        self,
        chat: ChatModel,
        *,
        seed: int = 0,
        orders: int = 4,
        prompts: PromptTree | None = None,
    ) -> None:
        """`orders` is even; candidates that have fewer different ones are asked about in those."""
        self.checksum = chat.checksum
        self.conduct = Conduct()
        self._chat = chat
        self._seed = seed
        self._orders = orders
        self._prompts = prompts

    @property
    def notes(self) -> dict[str, float]:
        """The judge's conduct, for reports."""
        return self.conduct.shares()

    async def score(self, trajectories: Sequence[Trajectory]) -> list[float]:
        """For each the share of comparisons won, in [0, 1]; an unreadable answer costs nothing."""
        groups = places_by_task(trajectories)
        rivals = [[trajectories[place] for place in places] for places in groups]
        return in_place(groups, await asyncio.gather(*map(self._score_task, rivals)))

    async def _score_task(self, trajectories: Sequence[Trajectory]) -> list[float]:
        records = [record(trajectory, self._prompts) for trajectory in trajectories]
        different = sorted(set(records))
        orders = self._permutations(trajectories[0].task, different)
        held = await asyncio.gather(*[self._rounds(trajectories[0], order) for order in orders])
        self._note_agreement(held)
        heard = [won for won in held if won]
        if not heard:
            return [UNDECIDED] * len(records)
        shares = {
            each: fmean(won.get(each, 0) / max(won.values()) for won in heard) for each in different
        }
        return [shares[each] for each in records]

    def _permutations(self, task: Task, records: list[str]) -> list[list[str]]:
        """Each order is followed by one in which no candidate is in the place that it had."""
        if len(records) < 2:
            return []
        rng = random.Random(_digest(self._seed, task.env, task.id, *records))
        found: list[list[str]] = []
        for _ in range(self._orders // 2):
            shuffled = rng.sample(records, len(records))
            if shuffled not in found:  # two candidates have no more than two orders
                found += [shuffled, shifted(shuffled)]
        return found

    async def _rounds(self, about: Trajectory, order: Sequence[str]) -> dict[str, int]:
        """How many rounds each candidate won, the winner all; nothing if there was no answer."""
        won: dict[str, int] = {}
        left = list(order)
        while len(left) > 1:
            picks = [self._pick(about, heat) for heat in heats(left)]
            winners = [winner for winner in await asyncio.gather(*picks) if winner is not None]
            if len(winners) < len(picks):
                return {}
            left = winners
            won.update({winner: won.get(winner, 0) + 1 for winner in winners})
        return won

    async def _pick(self, about: Trajectory, records: Sequence[str]) -> str | None:
        messages = question(about, records, self._prompts)
        for attempt in range(TRIES):
            seed = _digest(self._seed, messages[-1]["content"], attempt)
            replies = await self._chat.reply(
                messages, [seed], temperature=_TEMPERATURE if attempt else 0.0, limit=_LIMIT
            )
            usage().rm_calls += 1
            usage().rm_tokens += replies.read + replies.written
            place = answer(replies.texts[0], len(records))
            if place is not None:
                self._note_place(place, len(records))
                return records[place]
        self.conduct.abstained += 1
        usage().rm_abstentions += 1
        return None

    def _note_place(self, place: int, count: int) -> None:
        self.conduct.answered += 1
        self.conduct.first += place == 0
        self.conduct.last += place == count - 1
        self.conduct.chance += 1 / count

    def _note_agreement(self, held: Sequence[dict[str, int]]) -> None:
        for one, other in zip(held[::2], held[1::2], strict=True):
            if one and other:
                self.conduct.paired += 1
                self.conduct.agreed += _winner(one) == _winner(other)


def heats(order: Sequence[str]) -> list[Sequence[str]]:
    """The candidates in groups of at most HEAT, as equal in size as can be: none is alone."""
    count = -(-len(order) // HEAT)
    ends = [len(order) * i // count for i in range(count + 1)]
    return [order[start:end] for start, end in pairwise(ends)]


def shifted(order: list[str]) -> list[str]:
    """The order turned so that every candidate has another place in its heat.

    The reverse would not do: what is in the middle would stay there.
    """
    places = min(2, len(order) - 1)
    return order[places:] + order[:places]


def _winner(won: dict[str, int]) -> str:
    return max(won, key=won.__getitem__)


def _digest(*parts: object) -> int:
    """A seed that depends on the parts alone, in every process."""
    return int.from_bytes(hashlib.sha256(json.dumps(parts).encode()).digest()[:8], "big")
