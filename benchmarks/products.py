"""The products of a pass, with weights as they are and laid out before (`served_linear`).

    python benchmarks/products.py [--type bfloat16]

All linear layers of the embedded base, head included, for different numbers of rows.
Beside the times it prints whether a row's numbers are the same to the bit as those that it has in
the largest batch: where they are not, a reply would depend on what is asked beside it.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Sequence

import torch

from rewards.backbone.arithmetic import TYPES
from rewards.backbone.language_model import shared_base
from rewards.backbone.served_linear import ServedLinear, can_pack

ROWS = (1, 4, 8, 16, 32, 64, 256)
TIMES = 3


def main() -> None:
    form = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=form)
    parser.add_argument("--type", choices=TYPES, default="float32")
    dtype = TYPES[parser.parse_args().type]
    model = shared_base().model
    served = [layer for layer in model.modules() if isinstance(layer, ServedLinear)]
    weights = [layer.weight.detach().to(dtype) for layer in served]
    kinds = {"as they are": [served(weight, packing=False) for weight in weights]}
    if can_pack(torch.float32):
        kinds["laid out"] = [served(weight, packing=True) for weight in weights]
    some = {
        width: torch.randn(max(ROWS), width, generator=torch.Generator().manual_seed(0)).to(dtype)
        for width in {weight.shape[1] for weight in weights}
    }
    for kind, products in kinds.items():
        most = [product(some[product.width]) for product in products]
        for rows in ROWS:
            few = {width: each[:rows] for width, each in some.items()}
            same = all(
                torch.equal(product(few[product.width]), all_rows[:rows])
                for product, all_rows in zip(products, most, strict=True)
            )
            seconds = min(timed(products, few) for _ in range(TIMES))
            print(f"{kind:12} {rows:4} rows {seconds * 1e3:8.1f} ms  same bits: {same}")


class Product:
    """One layer's function of rows."""

    def __init__(self, width: int, of: Callable[[torch.Tensor], torch.Tensor]) -> None:
        self.width = width
        self._of = of

    def __call__(self, rows: torch.Tensor) -> torch.Tensor:
        with torch.inference_mode():
            return self._of(rows)


def served(weight: torch.Tensor, *, packing: bool) -> Product:
    layer = torch.nn.Linear(*weight.T.shape, bias=False)
    layer.weight = torch.nn.Parameter(weight, requires_grad=False)
    return Product(weight.shape[1], ServedLinear(layer, packing=packing))


def timed(products: Sequence[Product], rows: dict[int, torch.Tensor]) -> float:
    start = time.perf_counter()
    for product in products:
        product(rows[product.width])
    return time.perf_counter() - start


if __name__ == "__main__":
    main()
