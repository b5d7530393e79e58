"""Linear layers of a model that is only read, with weights that can be changed for others.

Where oneDNN computes float32 on an x86 processor, a weight is laid out once as it reads it. Plain
products lay the whole weight out anew at each call, which is most of the time of a short batch;
and they take other kernels for few rows than for many, which round otherwise. With weights laid
out before, a row's result does not depend on how many there are (`benchmarks/products.py`).
"""

from __future__ import annotations

import platform
from typing import Any

import torch


class ServedLinear(torch.nn.Module):
    """In place of a `torch.nn.Linear`: the same function, of the weight `in_use`."""

    def __init__(self, linear: torch.nn.Linear, *, packing: bool) -> None:
        super().__init__()
        self.weight = linear.weight
        self.bias = linear.bias
        self.packing = packing
        self.in_use: torch.Tensor | None = None
        """As `laid_out` made it; the layer's own from its first use on."""

    def laid_out(self, weight: torch.Tensor) -> torch.Tensor:
        """A weight, (out, in), in the form that the layer computes with."""
        if not self.packing:
            return weight
        packed: torch.Tensor = torch.ops.mkldnn._reorder_linear_weight(weight)
        return packed

    def forward(self, rows: torch.Tensor) -> torch.Tensor:
        """(..., in) to (..., out)."""
        if self.in_use is None:
            self.in_use = self.laid_out(self.weight)
        if not self.packing:
            return torch.nn.functional.linear(rows, self.in_use, self.bias)
        found: torch.Tensor = torch.ops.mkldnn._linear_pointwise(
            rows, self.in_use, self.bias, "none", [], ""
        )
        return found


def serve(model: torch.nn.Module, *, packing: bool) -> None:
    """Change a model's linear layers for such ones."""
    for name, layer in list(model.named_modules()):
        if type(layer) is torch.nn.Linear:
            model.set_submodule(name, ServedLinear(layer, packing=packing))


def can_pack(dtype: torch.dtype) -> bool:
    """Whether weights of a type are laid out before: bfloat16 has not been measured."""
    on_x86 = platform.machine().lower() in ("x86_64", "amd64")
    has_onednn: bool = torch.backends.mkldnn.is_available()  # type: ignore[no-untyped-call]
    return on_x86 and dtype is torch.float32 and has_onednn


def is_packed(decoder: Any) -> bool:
    """Whether a decoder's linear layers are laid out before."""
    layers = [layer for layer in decoder.modules() if isinstance(layer, ServedLinear)]
    return bool(layers) and all(layer.packing for layer in layers)
