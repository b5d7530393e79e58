"""Continuations of which only some are allowed, against plain forward passes of transformers."""

from __future__ import annotations

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("transformers")

from rewards.backbone.continuations import Wish  # noqa: E402
from rewards.backbone.proposals import continue_all  # noqa: E402
from rewards.backbone.token_tree import TokenTree  # noqa: E402
from tests.rewards.small_llama import STOP, segments, small  # noqa: E402

CHOICES = [(7, 7, 20, 5), (7, 7, 20, 6, 30), (7, 7, 20, 6), (7, 7, 41, 8, 9, 10), (7, 7, 20, 6, 31)]
LIMIT = 1
"""Shorter than any choice: a limit is for free continuations."""


def ask(engine, model, *wishes):
    return continue_all(engine, model.lm_head, wishes, stop=STOP)[0]


def wish(path, seeds, temperature=1.0, choices=CHOICES):
    return Wish(path, seeds, temperature, LIMIT, TokenTree.of(choices))


def chance(plain, model, path, choice):
    """The chance of a choice where at each token the other choices' tokens alone compete."""
    ids, product = list(sum(path, ())), 1.0
    for i in range(len(choice) + 1):
        rivals = [other for other in CHOICES if other[:i] == choice[:i]]
        tokens = sorted({other[i] if len(other) > i else 0 for other in rivals})
        wanted = choice[i] if len(choice) > i else 0
        shares = torch.softmax(model.lm_head(plain(ids)[-1]).float()[tokens], 0)
        product *= float(shares[tokens.index(wanted)])
        ids.append(wanted)
    return product


def test_choices_come_with_the_chances_of_their_tokens_among_rivals(model, plain):
    path = segments(21, 9, 5)
    [drawn] = ask(small(model, 2_000), model, wish(path, range(4_000)))
    assert {tuple(tokens) for tokens in drawn} <= set(CHOICES)
    for choice in CHOICES:
        share = sum(tuple(tokens) == choice for tokens in drawn) / 4_000
        assert share == pytest.approx(chance(plain, model, path, choice), abs=0.03)


def test_the_likeliest_choice_is_found_token_by_token(model, plain):
    path = segments(22, 9, 5)
    ids, left = list(sum(path, ())), list(CHOICES)
    for i in range(max(map(len, CHOICES))):
        logits = model.lm_head(plain(ids)[-1])
        token = max(sorted({c[i] if len(c) > i else 0 for c in left}), key=lambda t: logits[t])
        left = [c for c in left if (c[i] if len(c) > i else 0) == token]
        ids.append(token)
        if token == 0 or len(left) == 1:
            break
    assert ask(small(model), model, wish(path, [1], 0.0)) == [[list(left[0])]]


def test_a_token_without_alternative_costs_no_pass(model):
    engine, path = small(model), segments(23, 9, 5)
    passes = []
    forward = engine.forward
    engine.forward = lambda ids, *rest: passes.append(len(ids)) or forward(ids, *rest)
    ask(engine, model, wish(path, [1, 2], choices=[(7, 7, 20, 5, 6), (7, 7, 20, 9)]))
    assert passes == [14, 3], "the path; what all begin with; the rest follows from one draw"


def test_a_single_choice_is_not_asked_about(model):
    engine, path = small(model), segments(24, 9, 5)
    engine.read([[path]])
    engine.forward = lambda *_: 1 / 0
    assert ask(engine, model, wish(path, [1, 2], choices=[(7, 8)])) == [[[7, 8], [7, 8]]]


def test_choices_do_not_depend_on_what_is_asked_beside_them(model):
    path, other = segments(25, 9, 6), segments(26, 9, 8, 3)
    seeds = [11, 12, 13, 14, 15]
    [together] = ask(small(model), model, wish(path, seeds))
    free = Wish(other, [1, 2], 1.0, limit=6)
    for beside in (free, wish(other, [1, 2, 3])):
        assert ask(small(model), model, beside, wish(path, seeds))[1] == together
    alone = [ask(small(model), model, wish(path, [seed]))[0][0] for seed in seeds]
    assert alone == together


def test_free_continuations_do_not_depend_on_choices_beside_them(model):
    path, other = segments(27, 9, 6), segments(28, 9, 8)
    free = Wish(path, [1, 2, 3], 1.0, limit=6)
    [alone] = ask(small(model), model, free)
    assert ask(small(model), model, wish(other, [4, 5]), free)[1] == alone
