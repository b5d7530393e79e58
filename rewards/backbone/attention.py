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
from torch.nn.functional import scaled_dot_product_attention
from transformers import AttentionInterface

NAME = "agentrm_packed"


class Group(Protocol):
    """New tokens that attend to the same keys."""

    @property
    def start(self) -> int:
        """The group's first row in the packed batch."""
        ...

    @property
    def size(self) -> int:
        """How many rows it has."""
        ...

    def keys_and_values(
        self, layer: int, k: torch.Tensor, v: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Keep the new tokens' keys and values, each (size, heads, dim); return all of them.

        What is returned has the shape (heads, length, dim) with `length` the mask's columns.
        """
        ...

    @property
    def mask(self) -> torch.Tensor:
        """What each new token may not see: (size, length), 0 or minus infinity."""
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
    heads, rows, dim = query.shape[1:]
    kv_heads = key.shape[1]
    out = torch.zeros(1, rows, heads, dim, dtype=query.dtype, device=query.device)
    layer: int = module.layer_idx  # type: ignore[assignment]
    for group in packed.groups:
        own = slice(group.start, group.start + group.size)
        k, v = group.keys_and_values(
            layer, key[0, :, own].transpose(0, 1), value[0, :, own].transpose(0, 1)
        )
        # Query heads that share a key head become rows of it: several times faster than
        # sdpa's own grouped attention for one row in bfloat16 on a CPU.
        q = query[0, :, own].reshape(kv_heads, -1, dim)
        mask = group.mask.repeat(heads // kv_heads, 1)
        y = scaled_dot_product_attention(q[None], k[None], v[None], attn_mask=mask, scale=scaling)
        out[0, own] = y[0].reshape(heads, group.size, dim).transpose(0, 1)
    return out, None


AttentionInterface.register(NAME, packed_attention)
