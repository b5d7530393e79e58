"""Sampling several continuations of each of many sequences, token by token, in one batch.

The continuations of one sequence share their common beginnings: while two of them agree, the
model is asked once for both. Where only some continuations are allowed, a token that has no
alternative costs no pass: it is read together with the next one that does.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch

from rewards.backbone.attention import PackedBatch
from rewards.backbone.engine import Engine, padded_rows
from rewards.backbone.growing_keys import GrowingKeys
from rewards.backbone.prefix_cache import Segment
from rewards.backbone.token_tree import TokenTree

TOP_K = 50
"""Only the likeliest tokens are drawn from: transformers' own default for sampling."""


@dataclass(frozen=True, slots=True)
class Wish:
    """Continue `path` once for each seed; temperature 0 takes the likeliest token."""

    path: Sequence[Segment]
    seeds: Sequence[int]
    temperature: float
    limit: int
    """Tokens of a continuation at most; choices may be longer."""
    choices: TokenTree | None = None
    """The only continuations that are allowed: at each token the chance is shared out among
    those that lead to one of them."""


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
    nodes = [node for [node] in found]
    prefixes = [node.path_slots() for node in nodes]
    grown = [
        Continuations(wish, len(slots), stop) for wish, slots in zip(wishes, prefixes, strict=True)
    ]
    keys = GrowingKeys(engine.cache, prefixes)
    hidden = torch.stack([node.last_hidden for node in nodes])
    for continuations, logits in zip(grown, _logits(head, hidden), strict=True):
        continuations.begin(logits)
    while branches := [branch for continuations in grown for branch in continuations.live]:
        _read_on(engine, head, keys, grown, branches)
        for continuations in grown:
            continuations.draw()
    return [[c.done[i] for i in range(len(c.wish.seeds))] for c in grown], read


def _read_on(
    engine: Engine,
    head: torch.nn.Module,
    keys: GrowingKeys,
    grown: Sequence[Continuations],
    branches: Sequence[Branch],
) -> None:
    """Read the tokens of all branches that were not read yet, and note what may follow."""
    rows = [[row for branch in c.live for row in branch.unread()] for c in grown]
    keys.make_room(rows)
    unread = [row for own in rows for row in own]
    hidden = engine.forward(
        [row.token for row in unread],
        [c.prefix + row.place for c, own in zip(grown, rows, strict=True) for row in own],
        PackedBatch([keys]),
    )
    ends = [i for i, row in enumerate(unread) if row.last]
    for branch, logits in zip(branches, _logits(head, hidden[ends]), strict=True):
        branch.logits = logits
        branch.read = len(branch.tokens)


def _logits(head: torch.nn.Module, hidden: torch.Tensor) -> torch.Tensor:
    padded = torch.nn.functional.pad(hidden, (0, 0, 0, padded_rows(len(hidden)) - len(hidden)))
    with torch.inference_mode():
        logits: torch.Tensor = head(padded)[: len(hidden)].float()
    return logits


@dataclass(frozen=True, slots=True)
class UnreadToken:
    """A token of a branch that goes into the next pass."""

    token: int
    place: int
    """Behind the prefix."""
    columns: list[int]
    """Its own and those of the branch's tokens before it."""
    last: bool
    """Whether it ends its branch, so that the token after it is wanted."""


@dataclass(eq=False, slots=True)
class Branch:
    """Continuations that have agreed so far."""

    members: list[int]
    tokens: list[int]
    columns: list[int]
    """Where the tokens' keys lie in the wish's row of `GrowingKeys`."""
    logits: torch.Tensor
    allowed: TokenTree | None
    """What may follow; None: anything."""
    read: int = 0
    """How many of the tokens the model has read."""

    def unread(self) -> list[UnreadToken]:
        last = len(self.tokens) - 1
        return [
            UnreadToken(self.tokens[i], i, self.columns[: i + 1], i == last)
            for i in range(self.read, last + 1)
        ]


class Continuations:
    """The branches of one wish while they grow."""

    def __init__(self, wish: Wish, prefix: int, stop: frozenset[int]) -> None:
        self.wish = wish
        self.prefix = prefix
        self.live: list[Branch] = []
        self.done: dict[int, list[int]] = {}
        self._stop = stop
        self._own = 0
        self._draws = [np.random.default_rng(seed) for seed in wish.seeds]

    def begin(self, logits: torch.Tensor) -> None:
        """Start from what may follow the prefix."""
        members = list(range(len(self.wish.seeds)))
        self.live = self._kept([Branch(members, [], [], logits, self.wish.choices)])
        if any(not branch.tokens for branch in self.live):
            self.draw()

    def draw(self) -> None:
        """Draw the next token of every live continuation; those that disagree part."""
        parted = [
            self._grown(replace(branch, members=members), token)
            for branch in self.live
            for token, members in self._by_token(branch).items()
        ]
        self.live = self._kept([branch for branch in parted if branch is not None])

    def _grown(self, branch: Branch, token: int) -> Branch | None:
        """The branch with one more token; None where that ends it."""
        if token in self._stop:
            self.done.update((member, branch.tokens) for member in branch.members)
            return None
        allowed = branch.allowed and branch.allowed.children[token]
        columns = [*branch.columns, self.prefix + self._own]
        self._own += 1
        return replace(branch, tokens=[*branch.tokens, token], columns=columns, allowed=allowed)

    def _kept(self, branches: Sequence[Branch]) -> list[Branch]:
        """The branches with all that has no alternative appended, but for those then at an end."""
        return [branch for each in branches if (branch := self._hurried(each)) is not None]

    def _hurried(self, branch: Branch) -> Branch | None:
        while branch.allowed is not None and branch.allowed.only is not None:
            grown = self._grown(branch, branch.allowed.only)
            assert grown is not None, "what is allowed holds no stop token"
            branch = grown
        if not self._complete(branch):
            return branch
        self.done.update((member, branch.tokens) for member in branch.members)
        return None

    def _complete(self, branch: Branch) -> bool:
        if branch.allowed is not None:
            return branch.allowed.ended
        return len(branch.tokens) >= self.wish.limit

    def _by_token(self, branch: Branch) -> dict[int, list[int]]:
        ids, logits = self._candidates(branch)
        if self.wish.temperature == 0:
            return {int(ids[logits.argmax()]): branch.members}
        top = torch.topk(logits, min(TOP_K, len(logits)))
        chances = torch.softmax(top.values.double() / self.wish.temperature, dim=0)
        ladder = torch.cumsum(chances, dim=0).numpy()
        parted: dict[int, list[int]] = {}
        for member in branch.members:
            rung = int(np.searchsorted(ladder, self._draws[member].random() * ladder[-1]))
            index = top.indices[min(rung, len(ladder) - 1)]
            parted.setdefault(int(ids[index]), []).append(member)
        return parted

    def _candidates(self, branch: Branch) -> tuple[torch.Tensor, torch.Tensor]:
        """The tokens that may follow and their logits."""
        if branch.allowed is None:
            return torch.arange(len(branch.logits)), branch.logits
        ids = torch.tensor(branch.allowed.tokens(self._stop))
        return ids, branch.logits[ids]
