"""Training the last layers of a decoder only: what lies below them is worked out once a row."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import torch

from rewards.errors import BadSetting

_LAYER = re.compile(r"\.layers\.(\d+)\.")


def freeze_below(model: torch.nn.Module, layers: int) -> None:
    """Leave all below the last `layers` layers as it is; 0: train all."""
    if not layers:
        return
    count = 1 + max(number for name, _ in model.named_parameters() if (number := _layer(name)) >= 0)
    if layers > count:
        raise BadSetting(f"the model has {count} layers: --layers {layers} is too many")
    for name, parameter in model.named_parameters():
        if 0 <= _layer(name) < count - layers or "embed_tokens" in name:
            parameter.requires_grad_(False)


def _layer(name: str) -> int:
    found = _LAYER.search(name)
    return int(found[1]) if found else -1


class UpperLayers:
    """A decoder that remembers what its frozen lower layers made of each row.

    Their part of a pass is most of it, and does not change from one epoch to the next: after
    the first, a row costs the upper layers alone. Kept are `width` numbers a token, 1.2 kB in
    bfloat16 for a width of 576.
    """

    def __init__(self, decoder: Any, layers: int) -> None:
        """`decoder` has the parts of Llama's: embed_tokens, rotary_emb, layers and norm."""
        self._decoder = decoder
        self._lower = len(decoder.layers) - layers if layers else 0
        self._known: dict[tuple[int, ...], torch.Tensor] = {}

    def __call__(self, ids: Sequence[int]) -> torch.Tensor:
        """The last hidden states of a row: (tokens, width)."""
        decoder, layers = self._decoder, self._decoder.layers
        hidden = self._run(layers[self._lower :], self._below(tuple(ids)))
        last: torch.Tensor = decoder.norm(hidden)[0]
        return last

    def _below(self, ids: tuple[int, ...]) -> torch.Tensor:
        if ids not in self._known:
            embedded: torch.Tensor = self._decoder.embed_tokens(torch.tensor([ids]))
            if not self._lower:
                return embedded
            with torch.no_grad():
                self._known[ids] = self._run(self._decoder.layers[: self._lower], embedded)
        return self._known[ids]

    def _run(self, layers: Any, hidden: torch.Tensor) -> torch.Tensor:
        positions = torch.arange(hidden.shape[1])[None]
        turns = self._decoder.rotary_emb(hidden, positions)
        for layer in layers:
            hidden = layer(hidden, attention_mask=None, position_embeddings=turns)
        return hidden
