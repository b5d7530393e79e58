"""A language model that reads token sequences once and samples continuations of them.

New tokens of all sequences in a call are packed in one forward pass (see `attention`); what
was read before is taken from the prefix cache. A row's result does not depend on what else
is in the batch: products of one shape are only ever computed from one call's own tokens,
and the rest of a decoder works row by row.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import accumulate, pairwise
from typing import Any

import torch
from torch.nn.functional import scaled_dot_product_attention

from rewards.backbone.attention import NAME, PackedBatch
from rewards.backbone.drafts import Drafts
from rewards.backbone.prefix_cache import CachedSegment, PrefixCache, Segment

Path = Sequence[Segment]

_ROWS = 4_096
"""New tokens in one forward pass, at most: bounds the memory of activations."""
LEAST_ROWS = 16
"""Small float32 products use other kernels and round otherwise; so a batch is never small."""
_ROW_STEPS = 16
"""Batches are padded to this many steps an octave: each new shape costs a compiled kernel."""


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
        hidden = torch.full(seen.shape, float("-inf"), dtype=self.cache.keys[0].dtype)
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


class Engine:
    """Reads sequences with one decoder; `decoder(input_ids, position_ids, packed=...)`."""

    def __init__(self, decoder: torch.nn.Module, *, cache_bytes: int = 2 << 30) -> None:
        config: Any = decoder.config
        config._attn_implementation = NAME
        dtype = next(decoder.parameters()).dtype
        heads = config.num_key_value_heads
        dim = getattr(config, "head_dim", None) or config.hidden_size // config.num_attention_heads
        per_token = 2 * config.num_hidden_layers * heads * dim * dtype.itemsize
        self.decoder = decoder
        self.drafts = Drafts()
        self.shared = config.num_attention_heads // heads
        self.cache = PrefixCache(
            layers=config.num_hidden_layers,
            heads=heads,
            dim=dim,
            dtype=dtype,
            capacity=cache_bytes // per_token,
        )

    def read(self, calls: Sequence[Sequence[Path]]) -> tuple[list[list[CachedSegment]], list[int]]:
        """For each call the nodes at the ends of its paths, and how many tokens it had to read.

        Segments that are read together are of one call, so that the arithmetic behind a call's
        results does not depend on which other calls happen to run beside it. The first segment
        (as a rule the instruction, which many sequences share) is not counted: the count does
        not depend on who comes first.
        """
        self.cache.begin_call()
        groups: list[NewSegments] = []
        try:
            answers = [self._plan(paths, groups) for paths in calls]
            self._forward_all(groups)
        except BaseException:
            for group in groups:
                for node in group.nodes:
                    self.cache.forget(node)
            raise
        return [nodes for nodes, _ in answers], [tokens for _, tokens in answers]

    def _plan(
        self, paths: Sequence[Path], groups: list[NewSegments]
    ) -> tuple[list[CachedSegment], int]:
        own = len(groups)
        nodes, tokens = [], 0
        for path in paths:
            node, depth = self.cache.find(path)
            for segment in path[depth:]:
                group = self._group_after(node, groups, own)
                tokens += 0 if node is self.cache.root else len(segment)
                node = self.cache.add(node, segment)
                group.nodes.append(node)
            nodes.append(node)
        return nodes, tokens

    def _group_after(self, node: CachedSegment, groups: list[NewSegments], own: int) -> NewSegments:
        """The call's group that the next segment after `node` joins: siblings and chains share.

        The first segment is always a group of its own, as it may have been read before.
        """
        if node.parent is not None and node.parent is not self.cache.root:
            for group in reversed(groups[own:]):
                if group.attachment is node or node in group.nodes:
                    return group
        groups.append(NewSegments(self.cache, node))
        return groups[-1]

    def _forward_all(self, groups: list[NewSegments]) -> None:
        batch: list[NewSegments] = []
        for group in groups:
            if batch and sum(g.size for g in batch) + group.size > _ROWS:
                self._forward_new(batch)
                batch = []
            batch.append(group)
        if batch:
            self._forward_new(batch)

    def _forward_new(self, groups: list[NewSegments]) -> None:
        ids: list[int] = []
        positions: list[int] = []
        for group in groups:
            group.start = len(ids)
            group.prepare()
            for node in group.nodes:
                end = node.length
                ids.extend(node.segment)
                positions.extend(range(end - len(node.segment), end))
        hidden = self.forward(ids, positions, PackedBatch(groups))
        for group in groups:
            for node, rows in zip(group.nodes, group.rows(), strict=True):
                node.hidden = hidden[rows].clone()

    def forward(self, ids: list[int], positions: list[int], packed: PackedBatch) -> torch.Tensor:
        """The hidden states after the last layer: (rows, width)."""
        padding = [0] * (padded_rows(len(ids)) - len(ids))
        with torch.inference_mode():
            out = self.decoder(
                input_ids=torch.tensor([ids + padding]),
                position_ids=torch.tensor([positions + padding]),
                use_cache=False,
                packed=packed,
            )
        hidden: torch.Tensor = out.last_hidden_state[0, : len(ids)]
        return hidden


def padded_rows(rows: int) -> int:
    """The number of rows that a batch of `rows` is padded to: at most an eighth more."""
    octave = 1 << max(0, (rows - 1).bit_length() - 1)
    step = max(LEAST_ROWS, octave * 2 // _ROW_STEPS)
    return -(-rows // step) * step
