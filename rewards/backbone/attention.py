"""Attention over a packed batch: many sequences of any length in one row, without padding.

Transformers calls the attention function that a model's config names. Ours is handed the new
tokens of all sequences side by side and lets each group of them attend to its own keys. All
else in a decoder works on single tokens, so a packed batch costs exactly its tokens.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import torch
from transformers import AttentionInterface

NAME = "agentrm_packed"
CAUSAL = "agentrm_causal"
BLOCK = 128
"""Queries that `causal_attention` takes at once; keys after them are not read."""


class Group(Protocol):
    """New tokens that know which keys they attend to."""

    @property
    def start(self) -> int:
        """The group's first row in the packed batch."""
        ...

    @property
    def size(self) -> int:
        """How many rows it has."""
        ...

    def attend(
        self, layer: int, q: torch.Tensor, k: torch.Tensor, v: torch.Tensor, scaling: float
    ) -> torch.Tensor:
        """Keep the new tokens' keys and values, and return what their queries find.

        q and the result have the shape (size, query heads, dim); k and v (size, heads, dim).
        """
        ...


@dataclass(frozen=True, slots=True)
class PackedBatch:
    """The groups of one forward pass; rows of no group are padding."""

    groups: Sequence[Group]


def packed_attention(
    module: torch.nn.Module,
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    attention_mask: torch.Tensor | None,
    *,
    scaling: float,
    packed: PackedBatch,
    **_: Any,
) -> tuple[torch.Tensor, None]:
    """An attention function of transformers' interface; tensors are (1, heads, rows, dim)."""
    q, k, v = (tensor[0].transpose(0, 1) for tensor in (query, key, value))
    out = torch.zeros(q.shape, dtype=q.dtype, device=q.device)
    layer: int = module.layer_idx  # type: ignore[assignment]
    for group in packed.groups:
        own = slice(group.start, group.start + group.size)
        out[own] = group.attend(layer, q[own], k[own], v[own], scaling)
    return out[None], None


def causal_attention(
    module: torch.nn.Module,
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    attention_mask: torch.Tensor | None,
    *,
    scaling: float,
    **_: Any,
) -> tuple[torch.Tensor, None]:
    """Attention of one whole row for training, by plain products over blocks of queries.

    On a CPU the backward pass of torch's own kernel for bfloat16 takes one and a half times as
    long (`benchmarks/training.py`). Tensors are (1, heads, rows, dim).
    """
    heads, rows, dim = query.shape[1:]
    groups = key.shape[1]
    q = (query * scaling).reshape(groups, heads // groups, rows, dim)
    k, v = key[0].transpose(1, 2), value[0]
    found = []
    for start in range(0, rows, BLOCK):
        end = min(rows, start + BLOCK)
        block = q[:, :, start:end].reshape(groups, -1, dim)
        scores = torch.bmm(block, k[:, :, :end]).view(groups, -1, end - start, end)
        later = torch.ones(end - start, end, dtype=torch.bool, device=q.device).triu(start + 1)
        shares = scores.masked_fill(later, -torch.inf).softmax(-1).view(groups, -1, end)
        found.append(torch.bmm(shares, v[:, :end]).view(groups, -1, end - start, dim))
    out = torch.cat(found, 2).reshape(heads, rows, dim)
    return out.transpose(0, 1)[None], None


AttentionInterface.register(NAME, packed_attention)
AttentionInterface.register(CAUSAL, causal_attention)
