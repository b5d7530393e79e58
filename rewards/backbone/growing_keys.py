"""The keys and values of continuations while they grow: one row for each wish, in few tensors.

One batched product for all wishes with prefixes of about the same length replaces an attention call
for each: with one for all of them the longest prefix would set the price. A wish's columns are its
prefix, copied once from the cache, then its own tokens in the order in which they came.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import Protocol

import torch

from rewards.backbone.engine import padded_rows
from rewards.backbone.prefix_cache import PrefixCache

LEAST_QUERIES = 12
"""Float32 products of fewer rows use other kernels and round otherwise: a wish with one branch
must get the same numbers alone and beside a wish with many."""
_STEP = 64
"""Columns are added in whole multiples of this.

Products are of all columns, hidden ones too: a slice of a bfloat16 tensor would be copied by
each product, which takes eight times as long as the product.
"""


class Grown(Protocol):
    """A branch, as far as its place is concerned: its last column is its newest token's."""

    @property
    def columns(self) -> list[int]: ...


def growing_keys(
    cache: PrefixCache, prefixes: Sequence[torch.Tensor], *, shared: int
) -> list[GrowingKeys]:
    """Of wishes in the order of their prefixes' lengths; each of the groups has the next few.

    `shared` is the number of query heads that share a key head.
    """
    groups = [list(some) for _, some in groupby(prefixes, lambda slots: _width(len(slots)))]
    spaces = cache.workspaces([len(some) * _width(len(some[0])) for some in groups])
    return [
        GrowingKeys(cache, some, space, shared=shared)
        for some, space in zip(groups, spaces, strict=True)
    ]


class GrowingKeys:
    """A group of the packed batch that holds the newest token of every branch of some wishes."""

    def __init__(
        self,
        cache: PrefixCache,
        prefixes: Sequence[torch.Tensor],
        space: list[torch.Tensor],
        *,
        shared: int,
    ) -> None:
        """`space` is one of what `PrefixCache.workspaces` gives."""
        self.wishes = len(prefixes)
        self._prefixes = torch.tensor([len(slots) for slots in prefixes])
        self._width = _width(int(self._prefixes.max()))
        slots = torch.zeros(len(prefixes), self._width, dtype=torch.int64)
        for row, own in enumerate(prefixes):
            slots[row, : len(own)] = own
        # (wishes, heads, columns, dim) for each layer; columns without a key hold any number.
        self._keys, self._values = (
            {layer: _gathered(kept, slots, space.pop()) for layer, kept in of.items()}
            for of in (cache.keys, cache.values)
        )
        self.start = self.size = 0
        exact = cache.dtype is not torch.float32
        self._least = 1 if exact else -(-LEAST_QUERIES // shared)

    def make_room(self, branches: Sequence[Sequence[Grown]], start: int) -> None:
        """Say which branches each wish has now: their newest tokens are the rows from `start`."""
        live = [
            (row, place, branch.columns)
            for row, own in enumerate(branches)
            for place, branch in enumerate(own)
        ]
        self.start, self.size = start, len(live)
        if not live:
            return
        self._rows = torch.tensor([row for row, _, _ in live])
        self._places = torch.tensor([place for _, place, _ in live])
        self._columns = torch.tensor([columns[-1] for _, _, columns in live])
        missing = _rounded(int(self._columns.max()) + 1) - self._width
        if missing > 0:
            self._width += missing
            for of in (self._keys, self._values):
                of.update({layer: _wider(kept, missing) for layer, kept in of.items()})
        most = max(self._least, *(len(own) for own in branches))
        hidden = torch.full((len(branches), most, self._width), float("-inf"))
        hidden.masked_fill_((torch.arange(self._width) < self._prefixes[:, None])[:, None, :], 0.0)
        for row, place, columns in live:
            hidden[row, place, columns] = 0.0
        self._mask = hidden

    def attend(
        self, layer: int, q: torch.Tensor, k: torch.Tensor, v: torch.Tensor, scaling: float
    ) -> torch.Tensor:
        """One product over all wishes; scores and their softmax are in float32."""
        wishes, most, width = self._mask.shape
        heads, dim = k.shape[1:]
        shared = q.shape[1] // heads
        self._keys[layer][self._rows, :, self._columns] = k
        self._values[layer][self._rows, :, self._columns] = v
        queries = torch.zeros(wishes, most, heads, shared, dim, dtype=q.dtype)
        queries[self._rows, self._places] = q.reshape(-1, heads, shared, dim)
        queries = queries.permute(0, 2, 3, 1, 4).reshape(wishes, heads, shared * most, dim)
        scores = queries @ self._keys[layer].transpose(2, 3)
        scores = scores.float().mul_(scaling).view(wishes, heads, shared, most, width)
        scores += self._mask[:, None, None]
        weights = torch.softmax(scores, dim=-1).to(q.dtype)
        found = weights.view(wishes, heads, shared * most, width) @ self._values[layer]
        found = found.view(wishes, heads, shared, most, dim).permute(0, 3, 1, 2, 4)
        return found[self._rows, self._places].reshape(q.shape)


def _width(prefix: int) -> int:
    """The columns that a prefix gets: in few distinct numbers, and some to grow in."""
    return padded_rows(prefix, _STEP) + _STEP


def _rounded(columns: int) -> int:
    return -(-columns // _STEP) * _STEP


def _gathered(layer: torch.Tensor, slots: torch.Tensor, space: torch.Tensor) -> torch.Tensor:
    found = layer[slots].transpose(1, 2)
    return space[: found.numel()].view(found.shape).copy_(found)


def _wider(layer: torch.Tensor, missing: int) -> torch.Tensor:
    return torch.nn.functional.pad(layer, (0, 0, 0, missing))
