"""A group of the packed batch: segments to read that continue one cached node."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import accumulate, pairwise

import torch
from torch.nn.functional import scaled_dot_product_attention

from rewards.backbone.prefix_cache import CachedSegment, PrefixCache
from rewards.backbone.strips import Strip, strips


@dataclass(slots=True)
class NewSegments:
    """Segments to read that continue one cached node: a small tree."""

    cache: PrefixCache
    attachment: CachedSegment
    nodes: list[CachedSegment] = field(default_factory=list)
    start: int = 0
    _own: torch.Tensor | None = None
    _strips: list[Strip] = field(default_factory=list)

    @property
    def size(self) -> int:
        return sum(len(node.segment) for node in self.nodes)

    def prepare(self) -> None:
        """Work out once what all layers need."""
        self._own = torch.cat([node.slots for node in self.nodes])
        self._strips = strips(self.attachment, self.nodes, self.cache.dtype)

    def attend(
        self, layer: int, q: torch.Tensor, k: torch.Tensor, v: torch.Tensor, scaling: float
    ) -> torch.Tensor:
        assert self._own is not None
        keys, values = self.cache.keys[layer], self.cache.values[layer]
        keys[self._own], values[self._own] = k, v
        found = torch.empty_like(q)
        for strip in self._strips:
            seen = keys.index_select(0, strip.slots).transpose(0, 1)[None]
            told = values.index_select(0, strip.slots).transpose(0, 1)[None]
            for block in strip.blocks:
                count = block.mask.shape[1]
                found[block.rows] = _attended(
                    q[block.rows], seen[:, :, :count], told[:, :, :count], block.mask, scaling
                )
        return found

    def rows(self) -> list[slice]:
        """Each node's rows in the packed batch."""
        ends = accumulate((len(node.segment) for node in self.nodes), initial=self.start)
        return [slice(start, end) for start, end in pairwise(ends)]


def _attended(
    q: torch.Tensor, keys: torch.Tensor, values: torch.Tensor, mask: torch.Tensor, scaling: float
) -> torch.Tensor:
    """What queries (rows, query heads, dim) find among keys (1, heads, keys, dim)."""
    rows, heads, dim = q.shape
    shared = keys.shape[1]
    # Query heads that share a key head become rows of it: sdpa's own grouped attention is
    # several times slower for few rows in bfloat16 on a CPU.
    found = scaled_dot_product_attention(
        q.transpose(0, 1).reshape(1, shared, -1, dim),
        keys,
        values,
        attn_mask=mask.repeat(heads // shared, 1),
        scale=scaling,
    )
    return found.reshape(heads, rows, dim).transpose(0, 1)
