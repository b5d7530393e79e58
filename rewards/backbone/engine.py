"""A language model, or some of its layers, that reads token sequences once.

New tokens of all sequences in a call are packed in one forward pass (see `attention`); what
was read before is taken from the prefix cache. A row's result does not depend on what else
is in the batch: products of one shape are only ever computed from one call's own tokens,
and the rest of a decoder works row by row.

Two adapters that agree in their lower layers, as a reward model whose upper layers were trained
over the policy's, are two engines on a common one `below`: what either has read there, the other
need not read again.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch

from rewards.backbone.attention import NAME, PackedBatch
from rewards.backbone.drafts import Drafts
from rewards.backbone.memory import LEAST
from rewards.backbone.new_segments import NewSegments
from rewards.backbone.prefix_cache import CachedSegment, PrefixCache, Segment
from rewards.backbone.served_linear import is_packed

Path = Sequence[Segment]

_ROWS = 4_096
"""New tokens in one forward pass, at most: bounds the memory of activations."""
LEAST_ROWS = 16
"""Small float32 products use other kernels and round otherwise; so a batch is never small."""
LEAST_PACKED_ROWS = 8
"""Those of packed weights do not; still few more cost little, and read guesses (see `drafts`)."""
_ROW_STEPS = 16
"""Batches are padded to this many steps an octave: each new shape costs a compiled kernel."""


class Engine:
    """Reads sequences with the layers of one decoder from where `below` ends up to `end`."""

    def __init__(
        self,
        decoder: torch.nn.Module,
        *,
        below: Engine | None = None,
        end: int | None = None,
        cache_bytes: int = LEAST,
    ) -> None:
        """By default a whole decoder, called as `decoder(input_ids, position_ids, packed=...)`.

        Of a part of it, the layers are called one by one; see `divisible`.
        """
        config: Any = decoder.config
        config._attn_implementation = NAME
        dtype = next(decoder.parameters()).dtype
        heads = config.num_key_value_heads
        dim = getattr(config, "head_dim", None) or config.hidden_size // config.num_attention_heads
        self.layers: range = range(
            below.layers.stop if below else 0, end or config.num_hidden_layers
        )
        per_token = 2 * len(self.layers) * heads * dim * dtype.itemsize
        self.below = below
        self.decoder: Any = decoder
        self._least_rows = LEAST_PACKED_ROWS if is_packed(decoder) else LEAST_ROWS
        self.drafts = Drafts()
        self.shared = config.num_attention_heads // heads
        """Query heads that share a key head."""
        self.cache = PrefixCache(
            layers=self.layers,
            heads=heads,
            dim=dim,
            dtype=dtype,
            capacity=cache_bytes // per_token,
        )

    @property
    def capacity(self) -> int:
        """Tokens that can be kept at once."""
        own = self.cache.capacity
        return min(own, self.below.capacity) if self.below else own

    def padded(self, rows: int) -> int:
        """The number of rows that a pass over `rows` is padded to."""
        return padded_rows(rows, self._least_rows)

    def chain(self) -> list[Engine]:
        """The engines that a token passes, the lowest first."""
        return [*(self.below.chain() if self.below else ()), self]

    def read(self, calls: Sequence[Sequence[Path]]) -> tuple[list[list[CachedSegment]], list[int]]:
        """For each call the nodes at the ends of its paths, and how many tokens it had to read.

        Segments that are read together are of one call, so that the arithmetic behind a call's
        results does not depend on which other calls happen to run beside it. The first segment
        (as a rule the instruction, which many sequences share) is not counted: the count does
        not depend on who comes first.
        """
        under: Sequence[Sequence[CachedSegment | None]] = [[None] * len(call) for call in calls]
        if self.below is not None:
            under, _ = self.below.read(calls)
        self.cache.begin_call()
        groups: list[NewSegments] = []
        try:
            answers = [
                self._plan(paths, ends, groups) for paths, ends in zip(calls, under, strict=True)
            ]
            self._forward_all(groups)
        except BaseException:
            for group in groups:
                for node in group.nodes:
                    self.cache.forget(node)
            raise
        return [nodes for nodes, _ in answers], [tokens for _, tokens in answers]

    def _plan(
        self,
        paths: Sequence[Path],
        under: Sequence[CachedSegment | None],
        groups: list[NewSegments],
    ) -> tuple[list[CachedSegment], int]:
        own = len(groups)
        nodes, tokens = [], 0
        for path, end in zip(paths, under, strict=True):
            node, depth = self.cache.find(path)
            below = end.path()[1:] if end else [None] * len(path)
            for segment, counterpart in zip(path[depth:], below[depth:], strict=True):
                group = self._group_after(node, groups, own)
                tokens += 0 if node is self.cache.root else len(segment)
                node = self.cache.add(node, segment)
                node.below = counterpart
                group.nodes.append(node)
            node.below = end
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
        below = [node.below.hidden for group in groups for node in group.nodes if node.below]
        inputs = torch.cat([rows for rows in below if rows is not None]) if below else None
        hidden = self.forward(ids, positions, PackedBatch(groups), inputs)
        for group in groups:
            for node, rows in zip(group.nodes, group.rows(), strict=True):
                node.hidden = hidden[rows].clone()

    def forward(
        self,
        ids: list[int],
        positions: list[int],
        packed: PackedBatch,
        inputs: torch.Tensor | None = None,
    ) -> torch.Tensor:
        """The hidden states after the last layer: (rows, width).

        `inputs` are those after the last layer of the engine below: (rows, width).
        """
        padding = self.padded(len(ids)) - len(ids)
        padded_ids = torch.tensor([ids + [0] * padding])
        padded_positions = torch.tensor([positions + [0] * padding])
        with torch.inference_mode():
            if len(self.layers) == self.decoder.config.num_hidden_layers:
                out = self.decoder(
                    input_ids=padded_ids,
                    position_ids=padded_positions,
                    use_cache=False,
                    packed=packed,
                ).last_hidden_state
            elif inputs is None:
                out = self._part(self.decoder.embed_tokens(padded_ids), padded_positions, packed)
            else:
                rows = torch.nn.functional.pad(inputs, (0, 0, 0, padding))
                out = self._part(rows[None], padded_positions, packed)
        hidden: torch.Tensor = out[0, : len(ids)]
        return hidden

    def _part(
        self, hidden: torch.Tensor, positions: torch.Tensor, packed: PackedBatch
    ) -> torch.Tensor:
        """What the engine's own layers make of hidden states: (1, rows, width) both."""
        decoder = self.decoder
        turns = decoder.rotary_emb(hidden, positions)
        for layer in decoder.layers[self.layers.start : self.layers.stop]:
            hidden = layer(hidden, attention_mask=None, position_embeddings=turns, packed=packed)
        if self.layers.stop == decoder.config.num_hidden_layers:
            hidden = decoder.norm(hidden)
        return hidden


def divisible(decoder: torch.nn.Module) -> bool:
    """Whether a decoder's layers can be called one by one: it does nothing else with a token."""
    config: Any = decoder.config
    return config.model_type in ("llama", "qwen2", "qwen3")


def padded_rows(rows: int, least: int = LEAST_ROWS) -> int:
    """The number of rows that a batch of `rows` is padded to: at most an eighth more."""
    octave = 1 << max(0, (rows - 1).bit_length() - 1)
    step = max(least, octave * 2 // _ROW_STEPS)
    return -(-rows // step) * step
