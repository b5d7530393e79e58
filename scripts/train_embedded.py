"""Make the embedded policy and reward model from scratch: `python scripts/train_embedded.py`.

Every stage is one of the project's own commands and goes on where it was killed; so does this
script. It takes about an hour and a half on two cores, and ends with two LoRA adapters with
their model cards in the package folders. The numbers of the last run stand in the cards.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save_file

from harness.policy.language_model import ADAPTER as POLICY_ADAPTER
from rewards.backbone.adapters import CONFIG_FILE, WEIGHTS_FILE
from rewards.backbone.training import LOSSES_FILE, TRAINING_FILE
from rewards.explicit import ADAPTER as REWARD_ADAPTER

SFT = ["harness.sft", "--limit", "80", "--batch", "1", "--max-tokens", "1536"]
EXPLORE = [
    *("harness.explore", "--limit", "50", "--iterations", "5", "--branch", "3"),
    *("--temperature", "1.0", "--seed", "1"),
]
EXTRACT = ["rewards", "extract"]
TRAIN = ["rewards", "train", "--learning-rate", "5e-4", "--max-tokens", "1536"]
EVALUATE = ["rewards", "evaluate"]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--work", type=Path, default=Path("runs/embedded"))
    work: Path = parser.parse_args().work
    sft, trees, values, reward = (work / n for n in ("sft", "explore", "values", "explicit"))
    run(*SFT, "--out", sft)
    place = ("--resume", trees) if (trees / "run.json").exists() else ("--out", trees)
    run(*EXPLORE, "--policy", f"hf:{sft}", *place)
    run(*EXTRACT, trees, "--out", values)
    run(*TRAIN, "--data", values / "values.jsonl", "--out", reward)
    heldout = ("--only", values / "values.heldout.jsonl")
    run(*EVALUATE, trees, *heldout, "--rm", f"explicit:{reward}", "random", "oracle")
    publish(sft, POLICY_ADAPTER)
    publish(reward, REWARD_ADAPTER)


def run(module: str, *arguments: str | Path) -> None:
    command = [sys.executable, "-m", module, *map(str, arguments)]
    print("$", " ".join(["python", *command[1:]]), flush=True)
    subprocess.run(command, check=True)


def publish(trained: Path, folder: Path) -> None:
    """Copy an adapter into the package in bfloat16: half the size, and what it runs in."""
    folder.mkdir(exist_ok=True)
    tensors = load_file(trained / WEIGHTS_FILE)
    small = {name: _stored(name, tensor) for name, tensor in sorted(tensors.items())}
    save_file(small, folder / WEIGHTS_FILE, metadata={"format": "pt"})
    config: dict[str, Any] = json.loads((trained / CONFIG_FILE).read_text(encoding="utf-8"))
    config["base_model_name_or_path"] = "HuggingFaceTB/SmolLM2-135M-Instruct"
    text = json.dumps(config, indent=2, sort_keys=True) + "\n"
    (folder / CONFIG_FILE).write_text(text, encoding="utf-8")
    for name in (TRAINING_FILE, LOSSES_FILE):
        (folder / name).write_bytes((trained / name).read_bytes())


def _stored(name: str, tensor: torch.Tensor) -> torch.Tensor:
    # The scalar head stays in float32: it is 576 numbers, and values are read from it.
    return tensor if name.endswith("score.weight") else tensor.to(torch.bfloat16)


if __name__ == "__main__":
    main()
