"""The token sequences that a continuation may be, as a tree of their common beginnings."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from rewards.backbone.prefix_cache import Segment


@dataclass(eq=False, slots=True)
class TokenTree:
    """What may follow the tokens that lead to this node."""

    children: dict[int, TokenTree] = field(default_factory=dict)
    whole: bool = False
    """Whether a sequence ends here."""

    @classmethod
    def of(cls, sequences: Iterable[Segment]) -> TokenTree:
        """The tree of at least one sequence of at least one token."""
        root = cls()
        for sequence in sequences:
            node = root
            for token in sequence:
                node = node.children.setdefault(token, cls())
            node.whole = True
        return root

    @property
    def only(self) -> int | None:
        """The one token that may follow; None where there is a choice, as also to end here."""
        if self.whole or len(self.children) != 1:
            return None
        return next(iter(self.children))

    @property
    def ended(self) -> bool:
        """Whether nothing may follow."""
        return not self.children

    def tokens(self, stop: Iterable[int]) -> list[int]:
        """What may follow, in rising order; the stop tokens where a sequence may end."""
        return sorted({*self.children, *(stop if self.whole else ())})
