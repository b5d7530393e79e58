"""The keys and values of every token read so far, kept as a tree of segments.

A sequence is a path of segments (messages, as a rule), and sequences that begin alike share
the nodes of their common beginning: a prefix is read once, whoever asks for it. When memory
is full, the least recently used leaves make room.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import torch

from rewards.backbone.memory import VARIABLE

Segment = tuple[int, ...]
"""The token ids of one piece of a sequence."""


class CacheFull(RuntimeError):
    """One call needs more tokens at once than the cache can hold."""


@dataclass(eq=False, slots=True)
class CachedSegment:
    """A node of the tree: a segment read after its parent's."""

    parent: CachedSegment | None
    segment: Segment
    slots: torch.Tensor
    """Where its keys and values lie: (tokens,), int64."""
    used: int
    """The call that used it last."""
    children: dict[Segment, CachedSegment] = field(default_factory=dict)
    hidden: torch.Tensor | None = None
    """The tokens' hidden states after the engine's last layer: (tokens, width)."""
    below: CachedSegment | None = None
    """The same segment in the engine below, where there is one, as it was read last."""
    log_prob: float | None = None
    """Of what is said in this segment, given all before it; None until it is asked for."""

    @property
    def last_hidden(self) -> torch.Tensor:
        """The last token's hidden state after the engine's last layer: (width,)."""
        assert self.hidden is not None
        return self.hidden[-1]

    @property
    def length(self) -> int:
        """Tokens from the beginning of the sequence to the end of this segment."""
        return sum(len(node.segment) for node in self.path())

    def path(self) -> list[CachedSegment]:
        node: CachedSegment | None = self
        path = []
        while node is not None:
            path.append(node)
            node = node.parent
        return path[::-1]

    def path_slots(self) -> torch.Tensor:
        return torch.cat([node.slots for node in self.path()])


class PrefixCache:
    """Room for the keys and values of `capacity` tokens in some layers, by the layers' numbers."""

    def __init__(
        self, *, layers: Sequence[int], heads: int, dim: int, dtype: torch.dtype, capacity: int
    ) -> None:
        shape = (capacity, heads, dim)
        # Memory is taken by the operating system only when a page is first written.
        self.keys = {layer: torch.empty(shape, dtype=dtype) for layer in layers}
        self.values = {layer: torch.empty(shape, dtype=dtype) for layer in layers}
        self.capacity = capacity
        self.dtype = dtype
        self._numbers = heads * dim
        self.root = CachedSegment(None, (), torch.empty(0, dtype=torch.int64), 0)
        self._fresh = 0
        self._freed: list[int] = []
        self._call = 0
        self._space: list[torch.Tensor] = []

    def workspaces(self, tokens: Sequence[int]) -> list[list[torch.Tensor]]:
        """For each number of tokens two flat tensors a layer with room for them.

        They lie in the same memory every time: fresh memory would cost more than what is done
        with it, as every page is a fault.
        """
        sizes = [some * self._numbers for some in tokens]
        if not self._space or len(self._space[0]) < sum(sizes):
            self._space.clear()
            count = 2 * len(self.keys)
            self._space = [torch.empty(sum(sizes), dtype=self.dtype) for _ in range(count)]
        parts = [torch.split(space[: sum(sizes)], sizes) for space in self._space]
        return [list(some) for some in zip(*parts, strict=True)]

    def begin_call(self) -> None:
        """Nodes that are touched from here on stay until the next call begins."""
        self._call += 1

    def find(self, path: Sequence[Segment]) -> tuple[CachedSegment, int]:
        """The deepest node along `path` that has been read, and how many segments lead there."""
        node, depth = self.root, 0
        for segment in path:
            child = node.children.get(segment)
            if child is None:
                break
            child.used = self._call
            node, depth = child, depth + 1
        return node, depth

    def add(self, parent: CachedSegment, segment: Segment) -> CachedSegment:
        """A node whose keys and values the next forward pass will write."""
        node = CachedSegment(parent, segment, self._take(len(segment)), self._call)
        parent.children[segment] = node
        return node

    def forget(self, node: CachedSegment) -> None:
        """Take out a node and all below it, as after a pass that failed half-way."""
        for each in [*reversed(list(self._nodes(node))), node]:  # those below first
            if each.parent is not None and each.parent.children.get(each.segment) is each:
                del each.parent.children[each.segment]
                self._freed.extend(each.slots.tolist())

    @property
    def _free(self) -> int:
        return self.capacity - self._fresh + len(self._freed)

    def _take(self, count: int) -> torch.Tensor:
        if count > self._free:
            self._evict(count)
        used = [self._freed.pop() for _ in range(min(count, len(self._freed)))]
        fresh = range(self._fresh, self._fresh + count - len(used))
        self._fresh = fresh.stop
        return torch.tensor([*used, *fresh], dtype=torch.int64)

    def _evict(self, count: int) -> None:
        # Whole batches at a time, so that a full cache does not search the tree at every call.
        wanted = max(count, self.capacity // 8)
        while self._free < wanted:
            leaves = [n for n in self._nodes(self.root) if not n.children and n.used < self._call]
            if not leaves:
                break
            leaves.sort(key=lambda node: node.used)
            for leaf in leaves:
                if self._free < wanted:
                    self.forget(leaf)
        if self._free < count:
            raise CacheFull(
                f"one call needs more than the {self.capacity} tokens that the prefix cache "
                "holds; run fewer episodes at once (--max-concurrent) or raise its capacity "
                f"({VARIABLE})"
            )

    def _nodes(self, node: CachedSegment) -> Iterator[CachedSegment]:
        """All below the node, each before those below it; conversations can be thousands deep."""
        left = list(node.children.values())
        while left:
            each = left.pop()
            yield each
            left.extend(each.children.values())
