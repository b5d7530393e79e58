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
from rewards.backbone.prefix_cache import CachedSegment, Segment

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
    grown = [
        Continuations(engine, node, wish, limit) for node, wish in zip(nodes, wishes, strict=True)
    ]
    hidden = torch.stack([_last_hidden(node) for node in nodes])
    for continuations, logits in zip(grown, _logits(head, hidden), strict=True):
        continuations.begin(logits)
    while True:
        for continuations in grown:
            continuations.draw(stop)
        live = [continuations for continuations in grown if continuations.live]
        if not live:
            break
        _extend(engine, head, live)
    return [[c.done[i] for i in range(len(c.wish.seeds))] for c in grown], read


def _extend(engine: Engine, head: torch.nn.Module, live: Sequence[Continuations]) -> None:
    ids: list[int] = []
    positions: list[int] = []
    for continuations in live:
        continuations.start = len(ids)
        for branch in continuations.live:
            ids.append(branch.tokens[-1])
            positions.append(continuations.prefix + len(branch.tokens) - 1)
    logits = _logits(head, engine.forward(ids, positions, PackedBatch(live)))
    for continuations in live:
        for i, branch in enumerate(continuations.live):
            branch.logits = logits[continuations.start + i]


def _logits(head: torch.nn.Module, hidden: torch.Tensor) -> torch.Tensor:
    padded = torch.nn.functional.pad(hidden, (0, 0, 0, padded_rows(len(hidden)) - len(hidden)))
    with torch.inference_mode():
        logits: torch.Tensor = head(padded)[: len(hidden)].float()
    return logits


def _last_hidden(node: CachedSegment) -> torch.Tensor:
    assert node.last_hidden is not None
    return node.last_hidden


@dataclass(eq=False, slots=True)
class Branch:
    """Continuations that have agreed so far."""

    members: list[int]
    tokens: list[int]
    columns: list[int]
    """Where the tokens' keys lie among the group's own."""
    logits: torch.Tensor


class Continuations:
    """The branches of one wish while they grow: a group of the packed batch."""

    def __init__(self, engine: Engine, node: CachedSegment, wish: Wish, limit: int) -> None:
        slots = node.path_slots()
        room = limit * len(wish.seeds)
        self.wish = wish
        self.prefix = len(slots)
        self.live: list[Branch] = []
        self.done: dict[int, list[int]] = {}
        self.start = 0
        self._limit = limit
        self._own = 0
        # A copy of the prefix with room behind it: gathered once, not at every token.
        self._keys = [_with_room(layer, slots, room) for layer in engine.cache.keys]
        self._values = [_with_room(layer, slots, room) for layer in engine.cache.values]
        self._draws = [np.random.default_rng(seed) for seed in wish.seeds]
        self._mask = torch.empty(0)

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
                    columns = [*branch.columns, self._own + len(grown)]
                    grown.append(Branch(members, [*branch.tokens, token], columns, branch.logits))
        self.live = grown
        self._own += len(grown)
        self._mask = self._masked()

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

    def _masked(self) -> torch.Tensor:
        width = self.prefix + self._own
        mask = torch.full((len(self.live), width), float("-inf"), dtype=self._keys[0].dtype)
        mask[:, : self.prefix] = 0.0
        for row, branch in enumerate(self.live):
            mask[row, [self.prefix + column for column in branch.columns]] = 0.0
        return mask

    # What follows is what `attention.Group` asks for.
    @property
    def size(self) -> int:
        return len(self.live)

    @property
    def mask(self) -> torch.Tensor:
        return self._mask

    def keys_and_values(
        self, layer: int, k: torch.Tensor, v: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor]:
        end = self.prefix + self._own
        keys, values = self._keys[layer], self._values[layer]
        keys[end - len(k) : end], values[end - len(v) : end] = k, v
        return keys[:end].transpose(0, 1), values[:end].transpose(0, 1)


def _with_room(layer: torch.Tensor, slots: torch.Tensor, room: int) -> torch.Tensor:
    buffer = torch.empty(len(slots) + room, *layer.shape[1:], dtype=layer.dtype)
    torch.index_select(layer, 0, slots, out=buffer[: len(slots)])
    return buffer
