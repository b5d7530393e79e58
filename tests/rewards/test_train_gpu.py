"""Training on a GPU: near what the processor makes of the same data."""

from __future__ import annotations

import json

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("peft")

from rewards.backbone import arithmetic  # noqa: E402
from rewards.backbone.training import LOSSES_FILE, Recipe  # noqa: E402
from rewards.explicit_training import train  # noqa: E402
from tests.rewards.test_train import base, data  # noqa: E402, F401

pytestmark = [
    pytest.mark.gpu,
    pytest.mark.skipif(not torch.cuda.is_available(), reason="torch sees no GPU"),
    pytest.mark.filterwarnings("ignore:.*is_gradient_checkpointing"),
]


def losses(out):
    return [json.loads(line)["loss"] for line in (out / LOSSES_FILE).read_text().splitlines()]


def test_a_gpu_learns_what_the_processor_does(data, base, tmp_path, monkeypatch):  # noqa: F811
    recipe = Recipe(epochs=20, batch=2)
    train([data], tmp_path / "gpu", recipe, base=base)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setenv(arithmetic.VARIABLE, "bfloat16")
    train([data], tmp_path / "processor", recipe, base=base)
    one, other = losses(tmp_path / "gpu"), losses(tmp_path / "processor")
    assert one[0] == pytest.approx(other[0], rel=0.05)
    assert one[-1] < 0.5 * one[0]
