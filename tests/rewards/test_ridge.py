"""Fitting a head to hidden states: how strongly, tasks that were left out decide."""

import pytest

torch = pytest.importorskip("torch")

from rewards.backbone.ridge import (  # noqa: E402
    DOUBTS,
    FOLDS,
    cross_validated,
    fold_of_each,
    ridge,
)

WIDTH, TASKS, EACH = 12, 30, 8
NAMES = [f"task {i:02}" for i in range(TASKS) for _ in range(EACH)]


def states(noise, *, seed=0):
    """States with a large part in common, and values that a few of their numbers tell."""
    draw = torch.Generator().manual_seed(seed)
    found = 7 + torch.randn(len(NAMES), WIDTH, generator=draw)
    truth = torch.zeros(WIDTH)
    truth[:3] = torch.tensor([1.0, -1.0, 0.5])
    return found, found @ truth + noise * torch.randn(len(NAMES), generator=draw)


def test_values_that_the_states_tell_are_found_with_hardly_any_doubt():
    seen, values = states(0.0)
    fit = cross_validated(seen, values, NAMES)
    assert fit.doubt == min(DOUBTS)
    assert fit.errors[fit.doubt] < 1e-3 * float(values.var())
    assert torch.allclose(seen @ fit.weight[0], values, atol=0.01)


def test_noise_asks_for_more_doubt_and_is_not_learned():
    calm, wild = (cross_validated(*states(noise), NAMES).doubt for noise in (0.1, 20.0))
    assert wild > calm
    seen, values = states(1.0)
    shuffled = values[torch.randperm(len(values), generator=torch.Generator().manual_seed(1))]
    fit = cross_validated(seen, shuffled, NAMES)
    assert fit.errors[fit.doubt] > 0.9 * float(values.var()), "there is nothing to be learned"


def test_the_error_is_of_tasks_that_were_left_out():
    """Values that belong to a task and to nothing in its states cannot be foretold of another."""
    seen, _ = states(0.0)
    own = torch.randn(TASKS, WIDTH, generator=torch.Generator().manual_seed(2))
    marked = torch.cat([seen, 3 * own.repeat_interleave(EACH, 0)], dim=1)
    values = torch.randn(TASKS, generator=torch.Generator().manual_seed(3))
    values = values.repeat_interleave(EACH)
    fit = cross_validated(marked, values, NAMES)
    least = ridge(marked, values, min(DOUBTS))
    learned = ((marked @ least[0] - values) ** 2).mean()
    assert float(learned) < 0.8 * fit.errors[fit.doubt]


def test_the_states_of_a_task_are_in_one_fold_and_the_folds_are_alike():
    folds = fold_of_each(NAMES).tolist()
    assert len({(name, fold) for name, fold in zip(NAMES, folds, strict=True)}) == TASKS
    assert sorted({folds.count(fold) for fold in range(FOLDS)}) == [TASKS // FOLDS * EACH]


def test_the_order_of_the_states_does_not_matter_much():
    seen, values = states(0.5)
    turned = cross_validated(seen.flip(0), values.flip(0), NAMES[::-1])
    straight = cross_validated(seen, values, NAMES)
    assert turned.doubt == straight.doubt
    assert torch.allclose(turned.weight, straight.weight, atol=1e-6)
