"""Sampling several continuations of each of many sequences, token by token, in one batch.

The continuations of one sequence share their common beginnings: while two of them agree, the
model is asked once for both. What a pass would waste on padding it reads of guesses (`drafts`),
so that it may serve several draws.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch

from rewards.backbone.attention import PackedBatch
from rewards.backbone.continuations import Continuations, Row, Wish
from rewards.backbone.engine import Engine
from rewards.backbone.growing_keys import GrowingKeys, growing_keys
from rewards.backbone.prefix_cache import CachedSegment


def continue_all(
    engine: Engine,
    head: torch.nn.Module,
    wishes: Sequence[Wish],
    *,
    stop: frozenset[int],
) -> tuple[list[list[list[int]]], list[int]]:
    """For each wish its continuations' tokens in the order of the seeds, without the stop token.

    Also how many prompt tokens each wish had to read.
    """
    found, read = engine.read([[wish.path] for wish in wishes])
    ends = [node for [node] in found]
    grown = [
        Continuations(wish, node.length, stop) for wish, node in zip(wishes, ends, strict=True)
    ]
    hidden = torch.stack([node.last_hidden for node in ends])
    for continuations, logits in zip(grown, _logits(engine, head, hidden), strict=True):
        continuations.begin(logits)
    _grow(engine, head, ends, grown)
    replies = [[c.done[i] for i in range(len(c.wish.seeds))] for c in grown]
    for wish, own in zip(wishes, replies, strict=True):
        for reply in own:
            engine.drafts.learn(wish.path[0], reply)
    return replies, read


def _grow(
    engine: Engine,
    head: torch.nn.Module,
    ends: Sequence[CachedSegment],
    grown: Sequence[Continuations],
) -> None:
    """Draw and read on until all is said; those with prefixes of a length stand together."""
    order = sorted(range(len(ends)), key=lambda i: ends[i].length)
    grown = [grown[i] for i in order]
    keys = _growing_keys(engine, [ends[i] for i in order])
    while any(continuations.live for continuations in grown):
        _guess(engine, grown)
        _read_on(engine, head, keys, grown)
        for continuations in grown:
            continuations.draw()


def _growing_keys(engine: Engine, nodes: Sequence[CachedSegment]) -> list[list[GrowingKeys]]:
    """The keys of each engine that a token passes, the lowest first, in groups of wishes."""
    ends: list[CachedSegment] = list(nodes)
    found = []
    for each in reversed(engine.chain()):
        slots = [node.path_slots() for node in ends]
        found.append(growing_keys(each.cache, slots, shared=each.shared))
        ends = [node.below for node in ends if node.below is not None]
    return found[::-1]


def _guess(engine: Engine, grown: Sequence[Continuations]) -> None:
    """Share out among the branches the rows of the next pass that would be padding."""
    rows = sum(branch.unread for c in grown for branch in c.live)
    share, rest = divmod(engine.padded(rows) - rows, sum(len(c.live) for c in grown))
    for c in grown:
        more, rest = min(rest, len(c.live)), max(0, rest - len(c.live))
        c.guess(engine.drafts, [share + (i < more) for i in range(len(c.live))])


def _read_on(
    engine: Engine,
    head: torch.nn.Module,
    keys: Sequence[Sequence[GrowingKeys]],
    grown: Sequence[Continuations],
) -> None:
    """Read what the branches have unread, with their guesses, and note what may follow."""
    rows = [[row for branch in c.live for row in branch.rows()] for c in grown]
    packed = [row for own in rows for row in own]
    ids = [row.token for row in packed]
    positions = [c.prefix + row.place for c, own in zip(grown, rows, strict=True) for row in own]
    hidden = None
    for each, groups in zip(engine.chain(), keys, strict=True):
        _make_room(groups, rows)
        live = PackedBatch([group for group in groups if group.size])
        hidden = each.forward(ids, positions, live, hidden)
    assert hidden is not None
    logits = iter(_logits(engine, head, hidden[[i for i, row in enumerate(packed) if row.wanted]]))
    for branch in (branch for c in grown for branch in c.live):
        branch.logits = [next(logits) for _ in range(1 + len(branch.guesses))]
        branch.read = len(branch.tokens)


def _make_room(groups: Sequence[GrowingKeys], rows: Sequence[Sequence[Row]]) -> None:
    wish = start = 0
    for group in groups:
        group.make_room(rows[wish : wish + group.wishes], start)
        wish, start = wish + group.wishes, start + group.size


def _logits(engine: Engine, head: torch.nn.Module, hidden: torch.Tensor) -> torch.Tensor:
    padding = engine.padded(len(hidden)) - len(hidden)
    padded = torch.nn.functional.pad(hidden, (0, 0, 0, padding))
    with torch.inference_mode():
        logits: torch.Tensor = head(padded)[: len(hidden)].float()
    return logits
