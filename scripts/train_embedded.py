"""Make the embedded policy and reward models from scratch: `python scripts/train_embedded.py`.

Every stage is one of the project's own commands and goes on where it was killed; so does this
script. It takes about four hours on two cores, and ends with three LoRA adapters in the package
folders. What it made last, and how well that does, stands in their model cards.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save_file

from harness.policy.local import ADAPTER as POLICY_ADAPTER
from harness.sft import DEMONSTRATIONS_FILE, rows
from rewards.backbone.adapters import CONFIG_FILE, WEIGHTS_FILE
from rewards.backbone.language_model import shared_base
from rewards.backbone.training import LOSSES_FILE, TRAINING_FILE
from rewards.dataset import HELDOUT, VALUES
from rewards.explicit import ADAPTER as EXPLICIT_ADAPTER
from rewards.implicit import ADAPTER as IMPLICIT_ADAPTER
from rewards.implicit import SETTINGS_FILE, settings_of
from rewards.settings import write_settings

SFT = ["harness.sft", "--limit", "80", "--batch", "1", "--max-tokens", "2048"]
"""Demonstrations with one action in ten at random, so that the policy can recover."""
AGAIN = [
    *("harness.sft", "--layers", "10", "--learning-rate", "5e-4", "--batch", "1"),
    *("--epochs", "2", "--max-tokens", "2048"),
]
"""Some of them twice more, by the upper layers only: what one epoch has not taught yet."""
PICKED = {
    "pddl": (80, 2048),
    "webshop": (26, 2048),
    "jericho": (18, 1600),
    "tool_query": (20, 2048),
    "sciworld": (30, 1100),
    "alfworld": (20, 900),
    "babyai": (30, 900),
    "tool_operation": (10, 1400),
    "maze": (6, 900),
}
"""How many demonstrations of an environment are read again at most, and how long in tokens they
may be: more where the policy failed most."""
EXPLORE = [
    *("harness", "--policy", "embedded", "--rm", "none", "--method", "best-of-n"),
    *("--temperature", "0.7", "--split", "train", "--tasks", "maze", "babyai", "pddl"),
]
"""Whole trajectories of the policy: their states are what the reward model will be asked about."""
EXPLORERS = {
    "few-tasks": ["--seed", "11", "--limit", "10", "--n", "3"],
    "more-tasks": ["--seed", "12", "--limit", "25", "--n", "2"],
}
ESTIMATE = ["--policy", "expert:0.5", "--rollouts", "4"]
"""Who completes an episode from a state, so that it has a value: one whose returns vary, and who
asks no model."""
EXTRACT = ["rewards", "extract", "--paths", "5"]
TRAIN = [
    *("rewards", "train", "--layers", "10", "--learning-rate", "3e-4", "--batch", "2"),
    *("--epochs", "3", "--max-tokens", "2048"),
]
"""The lower layers stay the policy's: what it has read there, the reward model need not."""
TRAIN_IMPLICIT = [
    *("rewards", "train", "--kind", "implicit", "--layers", "6", "--learning-rate", "1e-4"),
    *("--batch", "2", "--epochs", "3", "--max-tokens", "2048"),
]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--work", type=Path, default=Path("runs/embedded"), help="where it works")
    work: Path = parser.parse_args().work
    policy = work / "policy"
    teach(work, policy)
    explicit(work, policy)
    implicit(work)


def teach(work: Path, policy: Path) -> None:
    """The policy: demonstrations of all nine environments, then some of them again."""
    sft = work / "sft"
    run(*SFT, "--out", sft)
    picked = pick(sft / DEMONSTRATIONS_FILE, work / "picked.jsonl")
    run(*AGAIN, "--data", picked, "--start", sft, "--out", policy)
    publish(policy, POLICY_ADAPTER)


def explicit(work: Path, policy: Path) -> None:
    """The explicit reward model: values of the states that the policy comes to."""
    reward, values = work / "explicit", work / "values"
    valued = [valued_trajectories(work, name) for name in EXPLORERS]
    run(*EXTRACT, *valued, "--out", values)
    run(*TRAIN, "--start", policy, "--data", values / VALUES, "--out", reward)
    models = ("--rm", f"explicit:{reward}", "shortest")
    run("rewards", "evaluate", *valued, "--only", values / HELDOUT, *models)
    publish(reward, EXPLICIT_ADAPTER)


def implicit(work: Path) -> None:
    """The implicit reward model: the outcomes of the policy's trajectories, and nobody else's."""
    reward, outcomes = work / "implicit", work / "outcomes"
    run("rewards", "extract", work / "few-tasks", "--out", outcomes)
    # The published policy is the reference that the package has: bfloat16, as it plays.
    start = ("--start", POLICY_ADAPTER)
    run(*TRAIN_IMPLICIT, *start, "--data", outcomes / VALUES, "--out", reward)
    publish(reward, IMPLICIT_ADAPTER)
    reference = os.path.relpath(POLICY_ADAPTER, IMPLICIT_ADAPTER)
    settings = replace(settings_of(reward), reference=reference)
    write_settings(IMPLICIT_ADAPTER / SETTINGS_FILE, settings)


def pick(demonstrations: Path, out: Path) -> Path:
    """Write some demonstrations of each environment to a file of their own, by lot."""
    lines = demonstrations.read_text(encoding="utf-8").splitlines()
    tokenizer = shared_base().tokenizer
    by_env: dict[str, list[tuple[int, int]]] = {env: [] for env in PICKED}
    for number, row in enumerate(rows(demonstrations, tokenizer, max_tokens=1_000_000)):
        by_env[json.loads(lines[number])["task"]["env"]].append((number, len(row.ids)))
    lot, kept = random.Random(1), []
    for env, (count, longest) in PICKED.items():
        fitting = [number for number, tokens in by_env[env] if tokens <= longest]
        lot.shuffle(fitting)
        kept += fitting[:count]
    out.write_text("".join(lines[number] + "\n" for number in sorted(kept)), encoding="utf-8")
    return out


def valued_trajectories(work: Path, name: str) -> Path:
    """Let the policy play, and estimate what each state that it came to is worth."""
    values = work / f"values-{name}"
    play(work / name, *EXPLORE, *EXPLORERS[name])
    run("harness.estimate", work / name, *ESTIMATE, "--out", values)
    return values


def play(out: Path, *words: str) -> None:
    """A run of the harness, from where it was killed."""
    if (out / "run.json").exists():
        run("harness", "--resume", out)
    else:
        run(*words, "--out", out)


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
