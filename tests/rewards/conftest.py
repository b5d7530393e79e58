"""Fixtures that tests of the engine share."""

from __future__ import annotations

import pytest


@pytest.fixture(scope="module")
def model():
    from tests.rewards.small_llama import small_llama

    return small_llama()


@pytest.fixture
def plain(model):
    """From token ids to the hidden states that plain transformers finds."""
    import torch

    from tests.rewards.small_llama import read_plainly

    with torch.inference_mode():
        yield lambda ids: read_plainly(model, ids)
