"""Sampling several continuations of each of many sequences, token by token, in one batch.

The continuations of one sequence share their common beginnings: while two of them agree, the
model is asked once for both.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch

from rewards.backbone.attention import PackedBatch
from rewards.backbone.engine import Engine, padded_rows
from rewards.backbone.growing_keys import GrowingKeys
from rewards.backbone.prefix_cache import Segment

TOP_K = 50
"""Only the likeliest tokens are drawn from: transformers' own default for sampling."""


@dataclass(frozen=True, slots=True)
class Wish:
    """Continue `path` once for each seed; temperature 0 takes the likeliest token."""

    path: Sequence[Segment]
    seeds: Sequence[int]
    temperature: float


def continue_all(
    engine: Engine,
    head: torch.nn.Module,
    wishes: Sequence[Wish],
    *,
    stop: frozenset[int],
    limit: int,
) -> tuple[list[list[list[int]]], list[int]]:
    """For each wish its continuations' tokens in the order of the seeds, without the stop token.

    Also how many prompt tokens each wish had to read. A continuation ends after `limit` tokens.
    """
    found, read = engine.read([[wish.path] for wish in wishes])
    nodes = [node for [node] in found]
    prefixes = [node.path_slots() for node in nodes]
    grown = [
        Continuations(wish, len(slots), limit) for wish, slots in zip(wishes, prefixes, strict=True)
    ]
    keys = GrowingKeys(engine.cache, prefixes)
    hidden = torch.stack([node.last_hidden for node in nodes])
    for continuations, logits in zip(grown, _logits(head, hidden), strict=True):
        continuations.begin(logits)
    while True:
        for continuations in grown:
            continuations.draw(stop)
        branches = [branch for continuations in grown for branch in continuations.live]
        if not branches:
            break
        keys.make_room([continuations.live for continuations in grown])
        ids = [branch.tokens[-1] for branch in branches]
        positions = [
            continuations.prefix + len(branch.tokens) - 1
            for continuations in grown
            for branch in continuations.live
        ]
        logits = _logits(head, engine.forward(ids, positions, PackedBatch([keys])))
        for branch, row in zip(branches, logits, strict=True):
            branch.logits = row
    return [[c.done[i] for i in range(len(c.wish.seeds))] for c in grown], read


def _logits(head: torch.nn.Module, hidden: torch.Tensor) -> torch.Tensor:
    padded = torch.nn.functional.pad(hidden, (0, 0, 0, padded_rows(len(hidden)) - len(hidden)))
    with torch.inference_mode():
        logits: torch.Tensor = head(padded)[: len(hidden)].float()
    return logits


@dataclass(eq=False, slots=True)
class Branch:
    """Continuations that have agreed so far."""

    members: list[int]
    tokens: list[int]
    columns: list[int]
    """Where the tokens' keys lie in the wish's row of `GrowingKeys`."""
    logits: torch.Tensor


class Continuations:
    """The branches of one wish while they grow."""

    def __init__(self, wish: Wish, prefix: int, limit: int) -> None:
        self.wish = wish
        self.prefix = prefix
        self.live: list[Branch] = []
        self.done: dict[int, list[int]] = {}
        self._limit = limit
        self._own = 0
        self._draws = [np.random.default_rng(seed) for seed in wish.seeds]

    def begin(self, logits: torch.Tensor) -> None:
        self.live = [Branch(list(range(len(self.wish.seeds))), [], [], logits)]

    def draw(self, stop: frozenset[int]) -> None:
        """Draw the next token of every live continuation; those that disagree part."""
        grown: list[Branch] = []
        for branch in self.live:
            for token, members in self._by_token(branch).items():
                if token in stop:
                    self.done.update((member, branch.tokens) for member in members)
                elif len(branch.tokens) + 1 >= self._limit:
                    self.done.update((member, [*branch.tokens, token]) for member in members)
                else:
                    columns = [*branch.columns, self.prefix + self._own + len(grown)]
                    grown.append(Branch(members, [*branch.tokens, token], columns, branch.logits))
        self.live = grown
        self._own += len(grown)

    def _by_token(self, branch: Branch) -> dict[int, list[int]]:
        if self.wish.temperature == 0:
            return {int(branch.logits.argmax()): branch.members}
        top = torch.topk(branch.logits, min(TOP_K, len(branch.logits)))
        chances = torch.softmax(top.values.double() / self.wish.temperature, dim=0)
        ladder = torch.cumsum(chances, dim=0).numpy()
        parted: dict[int, list[int]] = {}
        for member in branch.members:
            rung = int(np.searchsorted(ladder, self._draws[member].random() * ladder[-1]))
            parted.setdefault(int(top.indices[min(rung, len(ladder) - 1)]), []).append(member)
        return parted
