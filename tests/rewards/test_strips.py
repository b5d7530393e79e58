"""How attention is divided: every token sees its own path and nothing else, however it is cut."""

from __future__ import annotations

from itertools import count

import pytest

torch = pytest.importorskip("torch")

from hypothesis import given, settings  # noqa: E402
from hypothesis import strategies as st  # noqa: E402

from rewards.backbone import strips as divided  # noqa: E402
from rewards.backbone.prefix_cache import PrefixCache  # noqa: E402
from rewards.backbone.strips import strips  # noqa: E402

BRANCHES = st.lists(
    st.tuples(st.integers(0, 9), st.lists(st.integers(1, 7), min_size=1, max_size=4)),
    min_size=1,
    max_size=5,
)
"""For each the node that it leaves, by its number, and its segments' lengths."""


def tree(before, branches):
    """What has been read, and new nodes below it."""
    cache = PrefixCache(layers=[0], heads=1, dim=1, dtype=torch.float32, capacity=20_000)
    names = count()
    attachment = cache.add(cache.root, tuple(next(names) for _ in range(before)))
    nodes = []
    for place, lengths in branches:
        node = ([attachment, *nodes])[place % (len(nodes) + 1)]
        for length in lengths:
            node = cache.add(node, tuple(next(names) for _ in range(length)))
            nodes.append(node)
    return attachment, nodes


def seen(found):
    """The slots that each row sees, in the order of the rows."""
    rows = {}
    for strip in found:
        for block in strip.blocks:
            places = range(block.rows.start, block.rows.stop)
            for row, mask in zip(places, block.mask, strict=True):
                assert row not in rows, "a row is attended to once"
                rows[row] = set(strip.slots[: len(mask)][mask == 0].tolist())
    return [rows[row] for row in range(len(rows))]


def expected(nodes):
    found = []
    for node in nodes:
        before = node.parent.path_slots().tolist()
        own = node.slots.tolist()
        found += [{*before, *own[: i + 1]} for i in range(len(own))]
    return found


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 9), BRANCHES, st.integers(1, 5), st.sampled_from([0, 10_000]))
def test_a_token_sees_its_path_however_attention_is_divided(before, branches, block, gathered):
    attachment, nodes = tree(before, branches)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(divided, "BLOCK", block)
        patch.setattr(divided, "GATHERED", gathered)  # all at once, or branch by branch
        assert seen(strips(attachment, nodes, torch.float32)) == expected(nodes)


def products(found):
    return sum(block.mask.numel() for strip in found for block in strip.blocks)


def test_whole_trajectories_are_taken_apart():
    attachment, nodes = tree(100, [(0, [50] * 40)] * 5)
    found = strips(attachment, nodes, torch.float32)
    assert len(found) == 5
    assert products(found) < 5 * 2_000 * 2_100 * 0.6
    assert max(block.mask.numel() for strip in found for block in strip.blocks) <= 128 * 2_100


def test_the_proposals_of_a_beam_stay_together():
    attachment, nodes = tree(1_500, [(0, [12])] * 25)
    assert len(strips(attachment, nodes, torch.float32)) == 1
