"""Guesses at what comes next: they save passes and change no reply."""

from __future__ import annotations

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("transformers")

from hypothesis import given, settings  # noqa: E402
from hypothesis import strategies as st  # noqa: E402

from rewards.backbone import drafts  # noqa: E402
from rewards.backbone.continuations import Wish  # noqa: E402
from rewards.backbone.drafts import Drafts  # noqa: E402
from rewards.backbone.growing_keys import GrowingKeys  # noqa: E402
from rewards.backbone.prefix_cache import PrefixCache  # noqa: E402
from rewards.backbone.proposals import continue_all  # noqa: E402
from rewards.backbone.token_tree import TokenTree  # noqa: E402
from tests.rewards.small_llama import STOP, VOCABULARY, segments, small  # noqa: E402

KIND = (1, 2, 3)


def passes(engine):
    """The sizes of the passes that the engine makes from now on."""
    made = []
    forward = engine.forward
    engine.forward = lambda ids, *rest: made.append(len(ids)) or forward(ids, *rest)
    return made


def ask(engine, model, *wishes):
    return continue_all(engine, model.lm_head, wishes, stop=STOP)[0]


def test_the_latest_reply_with_the_same_beginning_is_guessed():
    said = Drafts()
    said.learn(KIND, [4, 5, 6, 7])
    said.learn(KIND, [4, 5, 8])
    said.learn((9,), [4, 9])
    assert said.after(KIND, [], 9) == [4, 5, 8]
    assert said.after(KIND, [4, 5, 6], 9) == [7]
    assert said.after(KIND, [4], 1) == [5]
    assert said.after(KIND, [5], 9) == said.after((0,), [], 9) == []


def test_the_memory_is_bounded(monkeypatch):
    monkeypatch.setattr(drafts, "_REMEMBERED", 10)
    said = Drafts()
    for i in range(100):
        said.learn((i,), [i, i + 1, i + 2])
    assert said._tokens <= 13
    assert said.after((99,), [], 9) == [99, 100, 101]
    assert said.after((0,), [], 9) == []


def test_what_was_said_before_is_said_again_in_two_passes(model):
    engine, path = small(model), segments(31, 9, 6)
    wish = Wish(path, [1], 0.0, limit=12)
    [[first]] = ask(engine, model, wish)
    made = passes(engine)
    assert ask(engine, model, wish) == [[first]]
    assert len(first) >= 8
    assert len(made) <= 2, "a draw from the prompt, then all guesses in one pass"


@settings(max_examples=12, deadline=None)
@given(
    st.lists(st.lists(st.integers(1, VOCABULARY - 1), max_size=8), max_size=12),
    st.integers(0, 5),
    st.sampled_from([0.0, 0.7, 1.5]),
)
def test_no_guess_changes_a_reply(model, guesses, seed, temperature):
    path, other = segments(32, 9, 6), segments(33, 9, 8, 2)
    tree = TokenTree.of([(5, 6, 7), (5, 6, 8, 9), (5, 10), (11,)])
    wishes = [
        Wish(path, range(seed, seed + 3), temperature, limit=7),
        Wish(other, [seed], temperature, limit=7),
        Wish(other, [seed, seed + 1], temperature, limit=7, choices=tree),
    ]
    expected = ask(small(model), model, *wishes)
    engine = small(model)
    for guess in guesses:
        engine.drafts.learn(path[0], guess)
        engine.drafts.learn(other[0], guess[::-1])
    assert ask(engine, model, *wishes) == expected
    assert ask(engine, model, *wishes) == expected, "with right guesses, too"


def test_a_reply_s_numbers_are_the_same_alone_and_beside_many():
    """With the embedded model's shapes: small float32 products use other kernels."""
    heads, shared, dim = 3, 3, 64
    cache = PrefixCache(layers=range(1), heads=heads, dim=dim, dtype=torch.float32, capacity=2_000)
    made = torch.Generator().manual_seed(0)
    cache.keys[0].copy_(torch.randn(cache.keys[0].shape, generator=made))
    cache.values[0].copy_(torch.randn(cache.values[0].shape, generator=made))
    slots = torch.arange(1_000)
    q, k, v = (torch.randn(9, n, dim, generator=made) for n in (heads * shared, heads, heads))

    def attended(branches):
        """The first branch's result, beside others of the same wish and of another."""
        [space] = cache.workspaces([2 * 1_100])
        keys = GrowingKeys(cache, [slots[:900], slots], space, shared=shared)
        rows = [_Grown([1_000 + i]) for i in range(branches)]
        keys.make_room([[], rows], 0)
        return keys.attend(0, q[:branches], k[:branches], v[:branches], dim**-0.5)[0]

    assert torch.equal(attended(1), attended(2))
    assert torch.equal(attended(1), attended(9))


class _Grown:
    def __init__(self, columns):
        self.columns = columns
