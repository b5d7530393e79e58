"""Which root-to-leaf paths to train on, so that every state is read once or hardly more often.

A language model with a value at each action's end learns all the states of a path in one
pass; the states of a tree are thus covered by few paths, and each state counts in one only.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from rewards.states import ROOT, StateTree


@dataclass(frozen=True, slots=True)
class CoveredPath:
    """A path of states, and which of them no earlier path covers."""

    places: tuple[int, ...]
    """From the state after the first action to the path's end."""
    fresh: frozenset[int]
    """The admitted states that this path is the first to cover; the end is one of them."""


def cover(tree: StateTree, admitted: Collection[int], most: int | None = None) -> list[CoveredPath]:
    """At most `most` paths, each time the one that adds the most uncovered admitted states.

    In a tree that greedy choice is its decomposition into longest chains: from each state
    the child with the most to gain goes on with the chain, each other child begins one.
    """
    chains = _chains(tree, frozenset(admitted))
    ends = sorted(chains, key=lambda end: (-len(chains[end]), tree.actions(end)))
    return [CoveredPath(tuple(tree.path(end)), chains[end]) for end in ends[:most]]


def _chains(tree: StateTree, admitted: frozenset[int]) -> dict[int, frozenset[int]]:
    """For each chain's last admitted state the admitted states that the chain holds."""
    children = tree.children()
    gain = [int(place in admitted) for place in range(len(tree.states))]
    heavy: list[int | None] = [None] * len(gain)
    for place in reversed(range(len(gain))):
        if children[place]:
            # max keeps the first of equals, and children come sorted by action.
            heavy[place] = max(children[place], key=lambda child: gain[child])
            gain[place] += max(gain[child] for child in children[place])
    chains: dict[int, frozenset[int]] = {}
    heads = [ROOT]
    while heads:
        chain = _follow(heads.pop(), heavy)
        heads += [child for place in chain for child in children[place] if child != heavy[place]]
        if fresh := admitted.intersection(chain):
            chains[max(fresh)] = fresh
    return chains


def _follow(head: int, heavy: list[int | None]) -> list[int]:
    chain = [head]
    while (following := heavy[chain[-1]]) is not None:
        chain.append(following)
    return chain
