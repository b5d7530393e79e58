"""What the engine's four choices for a CPU are worth, each against the plain way.

    python benchmarks/engine_choices.py

types    a pass over 512 tokens in the number type that is chosen here, and in the other
merged   a pass over 32 tokens with the policy's adapter merged into the layers, and kept apart
columns  the attention product over all columns of a bfloat16 tensor, and over a slice of them
waiting  a pass over 32 tokens beside another busy process, threads that wait asleep or spinning
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

import torch

import rewards.backbone  # sets the threads' way of waiting
from harness.policy.local import ADAPTER
from rewards.backbone.adapters import merged, read_adapter
from rewards.backbone.arithmetic import number_type
from rewards.backbone.base import embedded_base

assert rewards.backbone


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--json", action="store_true", help="print the figures as JSON")
    parser.add_argument("--one-pass", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.one_pass:
        print(milliseconds(a_pass(base())))
        return
    figures = {"merged": merging(), "columns": columns(), "waiting": waiting()}
    figures = {"types": types(), **figures}
    print(json.dumps(figures, indent=2) if given.json else table(figures))


def types() -> dict[str, float]:
    chosen = number_type()
    other = torch.float32 if chosen is torch.bfloat16 else torch.bfloat16
    times = (milliseconds(a_pass(base(dtype), 512), 5) for dtype in (chosen, other))
    return ratio(*times)


def merging() -> dict[str, float]:
    from peft import PeftModel
    from transformers import AutoModelForCausalLM

    model = base()
    apart = PeftModel.from_pretrained(
        AutoModelForCausalLM.from_pretrained(embedded_base(), dtype=number_type()), ADAPTER
    )
    layers = dict(model.named_modules())
    for name, weight in merged(model, read_adapter(ADAPTER)).items():
        layers[name].weight.data = weight
    return compared(a_pass(model), a_pass(apart.get_base_model()))


def columns() -> dict[str, float]:
    """16 prefixes of 1,536 tokens, three key heads of 64 numbers, six queries of each."""
    wide = torch.randn(16, 3, 1_600, 64).bfloat16()
    whole = wide[:, :, :1_536].contiguous()
    queries = torch.randn(16, 3, 6, 64).bfloat16()
    return compared(
        lambda: queries @ whole.transpose(2, 3),
        lambda: queries @ wide[:, :, :1_536].transpose(2, 3),
    )


def waiting() -> dict[str, float]:
    busy = multiprocessing.get_context("spawn").Process(target=spin, daemon=True)
    busy.start()
    try:
        asleep, spinning = (one_pass(policy) for policy in ("PASSIVE", "ACTIVE"))
    finally:
        busy.kill()
    return ratio(asleep, spinning)


def spin() -> None:
    while True:
        pass


def one_pass(waiting: str) -> float:
    settings = {**os.environ, "OMP_WAIT_POLICY": waiting}
    settings["GOMP_SPINCOUNT"] = "0" if waiting == "PASSIVE" else "infinite"
    command = [sys.executable, __file__, "--one-pass"]
    done = subprocess.run(command, env=settings, capture_output=True, text=True, check=True)
    return float(done.stdout)


def base(dtype: torch.dtype | None = None) -> Any:
    from transformers import AutoModelForCausalLM

    return AutoModelForCausalLM.from_pretrained(embedded_base(), dtype=dtype or number_type())


def a_pass(model: Any, tokens: int = 32) -> Callable[[], Any]:
    ids = torch.arange(100, 100 + tokens)[None]

    def run() -> Any:
        with torch.inference_mode():
            return model.get_decoder()(input_ids=ids, use_cache=False)

    return run


def compared(ours: Callable[[], Any], plain: Callable[[], Any]) -> dict[str, float]:
    return ratio(milliseconds(ours), milliseconds(plain))


def ratio(ours: float, plain: float) -> dict[str, float]:
    return {
        "ours_ms": round(ours, 2),
        "plain_ms": round(plain, 2),
        "ratio": round(plain / ours, 1),
    }


def milliseconds(work: Callable[[], Any], times: int = 20) -> float:
    """The median of some runs, after two that compile kernels."""
    taken = []
    for _ in range(times + 2):
        start = time.perf_counter()
        work()
        taken.append(time.perf_counter() - start)
    return sorted(taken[2:])[times // 2] * 1e3


def table(figures: dict[str, dict[str, float]]) -> str:
    return "\n".join(
        f"{name:<8}  {each['ours_ms']:>8} ms  plain {each['plain_ms']:>8} ms  {each['ratio']}x"
        for name, each in figures.items()
    )


if __name__ == "__main__":
    main()
