"""The continuations of one sequence while they grow, by draws from what may follow each.

Those that agree so far are one branch. Where only some continuations are allowed, tokens that
have no alternative are appended without a draw.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import torch

from rewards.backbone.drafts import Drafts
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


@dataclass(frozen=True, slots=True)
class Row:
    """A token of a branch that goes into the next pass."""

    token: int
    place: int
    """Behind the prefix."""
    columns: list[int]
    """Its own and those of the branch's tokens before it."""
    wanted: bool
    """Whether a draw may be made from what follows it."""


@dataclass(frozen=True, slots=True)
class Guess:
    """A token that may come next, and where its keys lie."""

    token: int
    column: int


@dataclass(eq=False, slots=True)
class Branch:
    """Continuations that have agreed so far."""

    members: list[int]
    tokens: list[int]
    columns: list[int]
    """Where the tokens' keys lie in the wish's row of `GrowingKeys`."""
    logits: list[torch.Tensor]
    """Of what may follow the tokens, then of what may follow each guess."""
    allowed: TokenTree | None
    """What may follow; None: anything."""
    read: int = 0
    """How many of the tokens the model has read."""
    guesses: list[Guess] = field(default_factory=list)
    """What follows in turn if they are right; read with the tokens."""

    @property
    def unread(self) -> int:
        return len(self.tokens) - self.read

    def rows(self) -> list[Row]:
        """What the next pass reads: the unread tokens and the guesses."""
        tokens = [*self.tokens, *(guess.token for guess in self.guesses)]
        columns = [*self.columns, *(guess.column for guess in self.guesses)]
        last = len(self.tokens) - 1
        return [
            Row(tokens[i], i, columns[: i + 1], i >= last) for i in range(self.read, len(tokens))
        ]


class Continuations:
    """The branches of one wish; `live` are those that wait for a pass."""

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
        self.live = [Branch(members, [], [], [logits], self.wish.choices)]
        self.draw()

    def guess(self, drafts: Drafts, most: Sequence[int]) -> None:
        """Guess what follows each live branch, at most so many tokens."""
        for branch, some in zip(self.live, most, strict=True):
            guessed = drafts.after(self.wish.path[0], branch.tokens, some)
            branch.guesses = [Guess(token, self._column()) for token in _allowed(branch, guessed)]

    def draw(self) -> None:
        """Draw from what was read, until every live continuation has a token to be read.

        Those that disagree part.
        """
        waiting, self.live = self.live, []
        while waiting:
            branch = self._hurried(waiting.pop())
            if self._complete(branch):
                self.done.update((member, branch.tokens) for member in branch.members)
            elif branch.unread:
                self.live.append(branch)
            else:
                waiting += self._parted(branch)

    def _parted(self, branch: Branch) -> list[Branch]:
        """The branches that the next draw makes of one, but for those that it ends."""
        found = []
        for token, members in self._by_token(branch).items():
            if token in self._stop:
                self.done.update((member, branch.tokens) for member in members)
            else:
                found.append(self._grown(replace(branch, members=members), token))
        return found

    def _hurried(self, branch: Branch) -> Branch:
        """The branch with all appended that has no alternative."""
        while branch.allowed is not None and branch.allowed.only is not None:
            branch = self._grown(branch, branch.allowed.only)
        return branch

    def _grown(self, branch: Branch, token: int) -> Branch:
        """The branch with one more token, which was read already where it was guessed."""
        allowed = branch.allowed and branch.allowed.children[token]
        tokens = [*branch.tokens, token]
        if not branch.unread and branch.guesses and branch.guesses[0].token == token:
            columns = [*branch.columns, branch.guesses[0].column]
            logits, guesses = branch.logits[1:], branch.guesses[1:]
            return Branch(
                branch.members, tokens, columns, logits, allowed, branch.read + 1, guesses
            )
        columns = [*branch.columns, self._column()]
        return Branch(branch.members, tokens, columns, [], allowed, branch.read)

    def _column(self) -> int:
        self._own += 1
        return self.prefix + self._own - 1

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
        logits = branch.logits[0]
        if branch.allowed is None:
            return torch.arange(len(logits)), logits
        ids = torch.tensor(branch.allowed.tokens(self._stop))
        return ids, logits[ids]


def _allowed(branch: Branch, tokens: Sequence[int]) -> list[int]:
    """The tokens up to the first that may not follow the branch."""
    node = branch.allowed
    if node is None:
        return list(tokens)
    found = []
    for token in tokens:
        if token not in node.children:
            break
        found.append(token)
        node = node.children[token]
    return found
