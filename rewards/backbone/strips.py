"""How the attention of new segments is divided: which queries look at which keys at once.

New segments form a small tree below what has been read. One masked product of all their tokens
with all keys is quickest for many short branches, as a beam's proposals; for whole trajectories it
would compute, of five, nine tenths for nothing, and as much memory would hold the mask. Those are
taken branch by branch, in blocks of tokens that read no key after their own.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch

from rewards.backbone.prefix_cache import CachedSegment

BLOCK = 128
"""Queries of a branch that are taken at once."""
GATHERED = 8
"""What it costs to gather a key and its value, in products of a query with a key."""


@dataclass(frozen=True, slots=True)
class Block:
    """Queries beside each other, and which of a strip's first keys they may see."""

    rows: slice
    """Within the rows of all new segments."""
    mask: torch.Tensor
    """(rows, keys): 0, or minus infinity where a key is hidden."""


@dataclass(frozen=True, slots=True)
class Strip:
    """Blocks that look at the same keys, gathered once."""

    slots: torch.Tensor
    """Where the keys lie: (keys,), int64."""
    blocks: list[Block]


def strips(
    attachment: CachedSegment, nodes: Sequence[CachedSegment], dtype: torch.dtype
) -> list[Strip]:
    """For the tokens of `nodes`, which follow one another below `attachment`, parents first."""
    own = _size(nodes)
    keys = attachment.length + own
    branches = list(_branches(nodes))
    if len(branches) == 1 or sum(map(_cost, branches)) < own * keys + GATHERED * keys:
        return list(_branch_by_branch(branches, dtype))
    return [_all_at_once(attachment, nodes, dtype)]


def _branches(nodes: Sequence[CachedSegment]) -> Iterator[list[CachedSegment]]:
    """The nodes in runs of which each continues the one before it."""
    branch: list[CachedSegment] = []
    for node in nodes:
        if branch and node.parent is not branch[-1]:
            yield branch
            branch = []
        branch.append(node)
    yield branch


def _size(nodes: Sequence[CachedSegment]) -> int:
    return sum(len(node.segment) for node in nodes)


def _spans(branch: Sequence[CachedSegment]) -> list[range]:
    size = _size(branch)
    return [range(start, min(start + BLOCK, size)) for start in range(0, size, BLOCK)]


def _cost(branch: Sequence[CachedSegment]) -> int:
    keys = branch[-1].length
    before = keys - _size(branch)
    return GATHERED * keys + sum(len(span) * (before + span.stop) for span in _spans(branch))


def _branch_by_branch(
    branches: Sequence[Sequence[CachedSegment]], dtype: torch.dtype
) -> Iterator[Strip]:
    at = 0
    for branch in branches:
        slots, size = branch[-1].path_slots(), _size(branch)
        before = len(slots) - size
        blocks = [
            Block(slice(at + span.start, at + span.stop), _causal(before, span, dtype))
            for span in _spans(branch)
        ]
        yield Strip(slots, blocks)
        at += size


def _causal(before: int, span: range, dtype: torch.dtype) -> torch.Tensor:
    hidden = torch.full((len(span), before + span.stop), float("-inf"), dtype=dtype)
    return hidden.triu(before + span.start + 1)


def _all_at_once(
    attachment: CachedSegment, nodes: Sequence[CachedSegment], dtype: torch.dtype
) -> Strip:
    own = torch.cat([node.slots for node in nodes])
    slots = torch.cat([attachment.path_slots(), own])
    before = len(slots) - len(own)
    mask = torch.full((len(own), len(slots)), float("-inf"), dtype=dtype)
    mask[:, :before] = 0.0
    columns: dict[int, slice] = {}
    at = before
    for node in nodes:
        size = len(node.segment)
        columns[id(node)] = slice(at, at + size)
        rows = mask[at - before : at - before + size]
        for seen in (columns[id(each)] for each in node.path() if id(each) in columns):
            rows[:, seen] = 0.0
        rows[:, at : at + size] = _causal(0, range(size), dtype)
        at += size
    return Strip(slots, [Block(slice(0, len(own)), mask)])
