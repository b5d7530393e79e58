"""How far the local engine is from what the machine could do: `python benchmarks/floor.py`.

The machine's speed is measured first: products of the decoder's own shape with many rows, and
reading memory. Then the operations and bytes of each kind of pass are counted from the model's
shape, and the longer of the two times is its floor; what the engine takes stands beside it.

read     1,024 new tokens of one conversation
score    25 candidate actions of 14 tokens after 1,024 tokens that were read before
step N   one pass of N continuations of one conversation of 1,024 tokens
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import partial
from typing import Any

import torch

from rewards.backbone.continuations import Wish
from rewards.backbone.drafts import Drafts
from rewards.backbone.engine import Engine
from rewards.backbone.language_model import LanguageModel, shared_base
from rewards.backbone.proposals import continue_all

HISTORY = 1_024
CANDIDATES, CANDIDATE = 25, 14
STEPS = (1, 5, 25)
NEW = 8


@dataclass(frozen=True, slots=True)
class Cost:
    """What a pass has to do at least."""

    operations: float
    bytes: float


@dataclass(frozen=True, slots=True)
class Machine:
    """What this machine does at best, on the threads that torch has."""

    operations_s: float
    bytes_s: float

    def floor(self, cost: Cost) -> float:
        """Seconds."""
        return max(cost.operations / self.operations_s, cost.bytes / self.bytes_s)


def best(work: Callable[[], Any], times: int = 7) -> float:
    """The shortest of some runs, in seconds, after one that compiles kernels."""
    work()
    taken = []
    for _ in range(times):
        start = time.perf_counter()
        work()
        taken.append(time.perf_counter() - start)
    return min(taken)


def machine(config: Any, dtype: torch.dtype) -> Machine:
    rows, width, inner = 2_048, config.hidden_size, config.intermediate_size
    x, w = torch.randn(rows, width).to(dtype), torch.randn(inner, width).to(dtype)
    product = best(lambda: torch.nn.functional.linear(x, w))
    large = torch.ones(64 << 20)
    reading = best(large.sum)
    return Machine(2 * rows * width * inner / product, large.numel() * 4 / reading)


def cost(config: Any, itemsize: int, *, rows: int, keys: int, logits: int) -> Cost:
    """Of `rows` tokens that see `keys` keys each, with `logits` rows for the vocabulary."""
    head = getattr(config, "head_dim", None) or config.hidden_size // config.num_attention_heads
    queries, kept = config.num_attention_heads * head, config.num_key_value_heads * head
    layer = config.hidden_size * (2 * queries + 2 * kept + 3 * config.intermediate_size)
    layers = config.num_hidden_layers
    vocabulary = config.vocab_size * config.hidden_size
    operations = 2.0 * (rows * layers * (layer + 2 * keys * queries) + logits * vocabulary)
    read = layers * (layer + 2 * keys * kept) + (vocabulary if logits else 0)
    return Cost(operations, float(read * itemsize))


class Passes:
    """Each kind of pass by the engine."""

    def __init__(self, model: LanguageModel) -> None:
        self.model = model
        self.prompt = tuple((i * 7_919) % 40_000 + 1_000 for i in range(HISTORY))
        self.engine = Engine(model.model.get_decoder())
        self.engine.read([[[self.prompt]]])
        self.calls = 0

    def read(self) -> None:
        Engine(self.model.model.get_decoder()).read([[[self.prompt]]])

    def score(self) -> None:
        self.calls += 1  # so that no candidate was read before
        candidates = [
            tuple((i * 104_729 + self.calls * 31 + j) % 40_000 for j in range(CANDIDATE))
            for i in range(CANDIDATES)
        ]
        self.engine.read([[[self.prompt, candidate] for candidate in candidates]])

    def write(self, n: int, tokens: int) -> None:
        self.engine.drafts = Drafts()  # nothing to guess from
        wish = Wish([self.prompt], range(n), 9.0, tokens)
        continue_all(self.engine, self.model.head, [wish], stop=frozenset())

    def step(self, n: int) -> float:
        """Seconds of a pass: what twice as many take longer."""
        longer, shorter = (best(partial(self.write, n, m * NEW), 3) for m in (2, 1))
        return (longer - shorter) / NEW


def main() -> None:
    form = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=form)
    parser.add_argument("--json", action="store_true", help="print the figures as JSON")
    given = parser.parse_args()
    model = shared_base()
    config, dtype = model.model.config, next(model.model.parameters()).dtype
    able, passes = machine(config, dtype), Passes(model)
    size = dtype.itemsize
    rows = CANDIDATES * CANDIDATE
    kinds = {
        "read": (cost(config, size, rows=HISTORY, keys=HISTORY // 2, logits=0), passes.read),
        "score": (cost(config, size, rows=rows, keys=HISTORY, logits=0), passes.score),
    }
    seconds = {name: best(work, 3) for name, (_, work) in kinds.items()}
    costs = {name: needed for name, (needed, _) in kinds.items()}
    for n in STEPS:
        costs[f"step {n}"] = cost(config, size, rows=n, keys=HISTORY, logits=n)
        seconds[f"step {n}"] = passes.step(n)
    figures = {name: row(able, costs[name], seconds[name]) for name in costs}
    if given.json:
        print(json.dumps({"dtype": str(dtype), **asdict(able), "passes": figures}, indent=2))
        return
    print(f"{dtype}, {able.operations_s / 1e9:.0f} GF/s, {able.bytes_s / 1e9:.1f} GB/s")
    for name, figure in figures.items():
        print(f"{name:8}", "  ".join(f"{key} {value:g}" for key, value in figure.items()))


def row(able: Machine, needed: Cost, seconds: float) -> dict[str, float]:
    floor = able.floor(needed)
    return {
        "GF": round(needed.operations / 1e9, 2),
        "MB": round(needed.bytes / 1e6, 1),
        "floor_ms": round(1e3 * floor, 1),
        "ours_ms": round(1e3 * seconds, 1),
        "times_the_floor": round(seconds / floor, 2),
    }


if __name__ == "__main__":
    main()
