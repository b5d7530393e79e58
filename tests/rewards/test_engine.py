"""The packed, cached reading of sequences against a plain forward pass of transformers."""

from __future__ import annotations

import pytest

torch = pytest.importorskip("torch")
transformers = pytest.importorskip("transformers")

from hypothesis import given, settings  # noqa: E402
from hypothesis import strategies as st  # noqa: E402

from rewards.backbone.continuations import Wish  # noqa: E402
from rewards.backbone.engine import padded_rows  # noqa: E402
from rewards.backbone.prefix_cache import CacheFull  # noqa: E402
from rewards.backbone.proposals import continue_all  # noqa: E402
from tests.rewards.small_llama import STOP, VOCABULARY, segments, small  # noqa: E402


def last(engine, *paths):
    return [node.last_hidden for node in engine.read([list(paths)])[0][0]]


def close(one, other):
    return torch.allclose(one, other, atol=1e-4, rtol=0)


def test_a_packed_tree_of_sequences_reads_like_each_alone(model, plain):
    head, a, b, c = segments(1, 9, 4, 7, 1)
    paths = [[head, a], [head, b], [head, a, c], [head, b, c, a]]
    for got, path in zip(last(small(model), *paths), paths, strict=True):
        assert close(got, plain(sum(path, ()))[-1])


def test_what_was_read_is_not_read_again(model, plain):
    engine = small(model)
    head, a, b, c = segments(2, 9, 4, 7, 3)
    assert engine.read([[[head, a]]])[1] == [4], "the first segment is not counted"
    rows = []
    forward = engine.forward
    engine.forward = lambda ids, *rest: rows.append(len(ids)) or forward(ids, *rest)
    [[node]], [tokens] = engine.read([[[head, a, b, c]]])
    assert (rows, tokens) == ([10], 10)
    assert close(node.last_hidden, plain(head + a + b + c)[-1])
    assert engine.read([[[head, a, b, c]]])[1] == [0]
    assert rows == [10], "a sequence that was read in whole needs no pass"


@settings(max_examples=8, deadline=None)
@given(st.lists(st.lists(st.integers(0, 3), min_size=1, max_size=4), min_size=1, max_size=8))
def test_any_order_of_reading_gives_the_same_numbers(model, choices):
    pieces = segments(3, 5, 2, 6, 1)
    paths = [[pieces[0], *(pieces[i] for i in chosen)] for chosen in choices]
    together = last(small(model, 2_000), *paths)
    engine = small(model, 2_000)
    for path, expected in reversed(list(zip(paths, together, strict=True))):
        assert close(last(engine, path)[0], expected)


def test_a_call_gives_the_same_bits_whatever_runs_beside_it(model):
    head, a, b, c = segments(4, 9, 4, 7, 3)
    alone = last(small(model), [head, a], [head, a, c])
    beside = small(model).read([[[head, b], [head, b, c]], [[head, a], [head, a, c]]])[0][1]
    assert all(torch.equal(x, y.last_hidden) for x, y in zip(alone, beside, strict=True))


def test_a_full_cache_forgets_the_least_recent_and_stays_exact(model, plain):
    engine = small(model, 60)
    head, *others = segments(5, 9, *[12] * 12)
    for piece in others:
        assert close(last(engine, [head, piece])[0], plain(head + piece)[-1])
    assert close(last(engine, [head, others[0]])[0], plain(head + others[0])[-1])


def test_a_call_that_cannot_fit_says_so_and_loses_nothing(model, plain):
    engine = small(model, 40)
    head, big, little = segments(6, 9, 50, 4)
    with pytest.raises(CacheFull, match="more than the 40 tokens"):
        engine.read([[[head, big]]])
    assert close(last(engine, [head, little])[0], plain(head + little)[-1])


def test_a_failed_pass_leaves_no_unread_segment_behind(model, plain):
    engine = small(model)
    head, a = segments(7, 9, 4)
    forward = engine.forward
    engine.forward = lambda *_: 1 / 0
    with pytest.raises(ZeroDivisionError):
        engine.read([[[head, a]]])
    engine.forward = forward
    assert close(last(engine, [head, a])[0], plain(head + a)[-1])


def test_greedy_continuation_is_that_of_plain_decoding(model, plain):
    path = segments(8, 9, 6)
    [[tokens, same]], _ = continue_all(
        small(model), model.lm_head, [Wish(path, [1, 2], 0.0, limit=8)], stop=STOP
    )
    ids = list(sum(path, ()))
    expected = []
    for _ in range(8):
        token = int(model.lm_head(plain(ids)[-1]).argmax())
        if token in STOP:
            break
        expected.append(token)
        ids.append(token)
    assert tokens == same == expected


def test_proposals_depend_on_their_seed_alone(model):
    path, other = segments(9, 9, 6), segments(10, 9, 8)
    seeds = [11, 12, 13, 14, 15]

    def ask(*wishes):
        return continue_all(small(model), model.lm_head, wishes, stop=STOP)[0]

    [together] = ask(Wish(path, seeds, 1.0, limit=6))
    beside = ask(Wish(other, [1, 2], 1.0, limit=6), Wish(path, seeds, 1.0, limit=6))[1]
    alone = [ask(Wish(path, [seed], 1.0, limit=6))[0][0] for seed in seeds]
    assert together == beside == alone
    assert len({tuple(tokens) for tokens in together}) > 1


def test_proposals_follow_the_model_s_probabilities(model, plain):
    path = segments(11, 9)
    [first], _ = continue_all(
        small(model, 2_000), model.lm_head, [Wish(path, range(4_000), 1.0, limit=1)], stop=STOP
    )
    counts = torch.zeros(VOCABULARY)
    for tokens in first:
        counts[tokens[0] if tokens else 0] += 1
    expected = torch.softmax(model.lm_head(plain(path[0])[-1]).float(), 0)
    top = torch.topk(expected, 50)
    kept = torch.zeros(VOCABULARY).scatter(0, top.indices, top.values / top.values.sum())
    assert (counts / 4_000 - kept).abs().max() < 0.02


@given(st.integers(1, 5_000))
def test_padding_is_small_and_gives_few_shapes(rows):
    padded = padded_rows(rows)
    assert 0 <= padded - rows < max(16, rows / 8 + 1)


def test_there_are_few_padded_shapes():
    assert len({padded_rows(rows) for rows in range(1, 4_097)}) < 80
