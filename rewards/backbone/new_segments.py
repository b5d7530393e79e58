"""A group of the packed batch: segments to read that continue one cached node."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import accumulate, pairwise

import torch
from torch.nn.functional import scaled_dot_product_attention

from rewards.backbone.prefix_cache import CachedSegment, PrefixCache


@dataclass(slots=True)
class NewSegments:
    """Segments to read that continue one cached node: a small tree, attended to by a mask."""

    cache: PrefixCache
    attachment: CachedSegment
    nodes: list[CachedSegment] = field(default_factory=list)
    start: int = 0
    _slots: torch.Tensor | None = None
    _mask: torch.Tensor | None = None

    @property
    def size(self) -> int:
        return sum(len(node.segment) for node in self.nodes)

    def prepare(self) -> None:
        """Work out once what all layers need."""
        own = torch.cat([node.slots for node in self.nodes])
        self._slots = torch.cat([self.attachment.path_slots(), own])
        seen = torch.zeros(len(own), len(self._slots), dtype=torch.bool)
        before = len(self._slots) - len(own)
        seen[:, :before] = True
        columns: dict[int, range] = {}
        at = 0
        for node in self.nodes:
            rows = range(at, at + len(node.segment))
            columns[id(node)] = rows
            block = seen[rows.start : rows.stop, before:]
            block[:, rows.start : rows.stop] = torch.ones(len(rows), len(rows)).tril().bool()
            for ancestor in node.path()[:-1]:
                if id(ancestor) in columns:
                    span = columns[id(ancestor)]
                    block[:, span.start : span.stop] = True
            at = rows.stop
        hidden = torch.full(seen.shape, float("-inf"), dtype=self.cache.dtype)
        self._mask = hidden.masked_fill(seen, 0.0)

    def attend(
        self, layer: int, q: torch.Tensor, k: torch.Tensor, v: torch.Tensor, scaling: float
    ) -> torch.Tensor:
        assert self._slots is not None
        assert self._mask is not None
        size, heads, dim = q.shape
        own = self._slots[-size:]
        keys, values = self.cache.keys[layer], self.cache.values[layer]
        keys[own], values[own] = k, v
        # Query heads that share a key head become rows of it: sdpa's own grouped attention is
        # several times slower for few rows in bfloat16 on a CPU.
        found = scaled_dot_product_attention(
            q.transpose(0, 1).reshape(1, k.shape[1], -1, dim),
            keys.index_select(0, self._slots).transpose(0, 1)[None],
            values.index_select(0, self._slots).transpose(0, 1)[None],
            attn_mask=self._mask.repeat(heads // k.shape[1], 1),
            scale=scaling,
        )
        return found.reshape(heads, size, dim).transpose(0, 1)

    def rows(self) -> list[slice]:
        """Each node's rows in the packed batch."""
        ends = accumulate((len(node.segment) for node in self.nodes), initial=self.start)
        return [slice(start, end) for start, end in pairwise(ends)]
