"""What the two choices of training on a CPU are worth: tokens a second of forward and backward.

    python benchmarks/training.py

plain   LoRA matrices in float32 over a bfloat16 base, torch's own attention (PEFT's defaults)
ours    matrices in bfloat16 (their copies in float32 are the optimiser's), attention by blocks
"""

from __future__ import annotations

import time
from typing import Any

import torch
from peft import LoraConfig, get_peft_model
from transformers import AutoModelForCausalLM

from rewards.backbone.attention import CAUSAL
from rewards.backbone.base import embedded_base
from rewards.backbone.beginning import with_lora
from rewards.backbone.training import LAYERS, Recipe

TOKENS = 1_000
TIMES = 5


def main() -> None:
    plain = get_peft_model(
        base("sdpa"), LoraConfig(r=16, lora_alpha=32, target_modules=LAYERS, task_type="CAUSAL_LM")
    )
    speeds = {
        "plain": tokens_a_second(plain),
        "ours": tokens_a_second(with_lora(base(CAUSAL), Recipe(), task_type="CAUSAL_LM")),
    }
    for name, speed in speeds.items():
        print(f"{name:6} {speed:6.0f} tokens/s  {speed / speeds['plain']:.2f}x")


def base(attention: str) -> Any:
    return AutoModelForCausalLM.from_pretrained(
        embedded_base(), dtype=torch.bfloat16, attn_implementation=attention
    )


def tokens_a_second(model: Any) -> float:
    """The best of some passes over one row, after one that is not counted."""
    ids = torch.randint(0, 40_000, (1, TOKENS), generator=torch.Generator().manual_seed(0))
    decoder = model.get_base_model().get_decoder()
    seconds = []
    for _ in range(TIMES + 1):
        start = time.perf_counter()
        hidden = decoder(input_ids=ids, use_cache=False).last_hidden_state
        hidden.float().pow(2).sum().backward()
        seconds.append(time.perf_counter() - start)
    return TOKENS / min(seconds[1:])


if __name__ == "__main__":
    main()
