"""Full fine-tuning: every weight is trained, and the checkpoint is a model of its own."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch

from rewards.backbone.adapters import merged, read_adapter

PAD_TOKEN = "<|pad|>"
"""Added where a tokenizer has no padding of its own."""


def begin_whole(model: Any, folder: Path) -> None:
    """Add a trained adapter's share to the model's own weights; a head is left out."""
    for name, weight in merged(model, read_adapter(folder)).items():
        model.get_submodule(name).weight.data.copy_(weight)


def part_pad_from_end(model: Any, tokenizer: Any) -> None:
    """Give the model a padding token that ends nothing.

    Where padding also ends turns, `AutoModelForSequenceClassification` takes the end of a turn
    for padding, and reads a value at the wrong token.
    """
    if tokenizer.pad_token_id in (None, tokenizer.eos_token_id):
        tokenizer.add_special_tokens({"pad_token": PAD_TOKEN})
    if len(tokenizer) > model.get_input_embeddings().num_embeddings:
        with torch.random.fork_rng(devices=[]):  # the new row is never read
            model.resize_token_embeddings(len(tokenizer), mean_resizing=False)
    model.config.pad_token_id = tokenizer.pad_token_id
