"""Beam search with vLLM in process, at the size of a real policy and reward model.

    python benchmarks/vllm_scale.py               # 8B shapes, on a GPU
    python benchmarks/vllm_scale.py --shape tiny  # anything that vLLM runs on

Not yet run to its end: no GPU was at hand, and vLLM 0.32's build for CPUs fails where the prompts
of seeded requests are read in parts ("CPU Generator does not use offset"), as with many at once.

Speed depends on a model's shape, not on what it says: both models have random weights, which are
made once and kept under `--models`. A policy of such weights ends no reply before its limit, so
every proposal has its full length. Beam search, 5 beams of 5 proposals, plays tasks of all nine
environments, as many at once as vLLM is to batch. Printed are tokens a second, read and written
(what the prefix cache holds is not counted), and the share of time in which no request was with a
model: what the harness and the environments add. Target of that share: below 5 %.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import chain, zip_longest
from pathlib import Path
from typing import Any

import torch
from transformers import (
    AutoModelForCausalLM,
    AutoModelForSequenceClassification,
    AutoTokenizer,
    LlamaConfig,
)

from agentrm_envs import Action, Task, TextEnv, Trajectory, make, registry, tasks
from harness.policy.registry import load as load_policy
from harness.runner import Player, run_in
from harness.search import BeamSearch
from rewards.backbone.base import embedded_base
from rewards.batching import BatchedReward
from rewards.registry import load as load_reward

SHAPES = {
    "8b": {
        "hidden_size": 4_096,
        "intermediate_size": 14_336,
        "num_hidden_layers": 32,
        "num_attention_heads": 32,
        "num_key_value_heads": 8,
        "max_position_embeddings": 16_384,
    },
    "tiny": {
        "hidden_size": 64,
        "intermediate_size": 128,
        "num_hidden_layers": 2,
        "num_attention_heads": 2,
        "num_key_value_heads": 1,
        "max_position_embeddings": 16_384,
    },
}
"""Llama 3.1's of 8 billion weights, and one that runs anywhere."""


@dataclass(slots=True)
class WithModels:
    """How long at least one request was with a model."""

    seconds: float = 0.0
    _waiting: int = 0
    _since: float = 0.0

    @contextmanager
    def request(self) -> Iterator[None]:
        """The time of one request."""
        if not self._waiting:
            self._since = time.perf_counter()
        self._waiting += 1
        try:
            yield
        finally:
            self._waiting -= 1
            if not self._waiting:
                self.seconds += time.perf_counter() - self._since


@dataclass(frozen=True, slots=True)
class TimedPolicy:
    """A policy whose requests are timed."""

    policy: Any
    clock: WithModels

    async def propose(
        self, trajectory: Trajectory, n: int, *, temperature: float | None = None
    ) -> list[Action]:
        with self.clock.request():
            found: list[Action] = await self.policy.propose(trajectory, n, temperature=temperature)
        return found


@dataclass(frozen=True, slots=True)
class TimedReward:
    """A reward model whose requests are timed."""

    reward: Any
    clock: WithModels

    async def score(self, trajectories: Sequence[Trajectory]) -> list[float]:
        with self.clock.request():
            found: list[float] = await self.reward.score(trajectories)
        return found


@dataclass(frozen=True, slots=True)
class CutPlayer(Player):
    """Plays episodes that end after some steps."""

    steps: int = field(default=10, kw_only=True)

    def _make(self, task: Task) -> TextEnv:
        return make(task.env, max_steps=self.steps)


def model_folders(shape: str, folder: Path) -> tuple[Path, Path]:
    """A policy's and a reward model's, with random weights of a shape."""
    tokenizer: Any = AutoTokenizer.from_pretrained(embedded_base())
    config = LlamaConfig(
        **SHAPES[shape],
        vocab_size=len(tokenizer),
        bos_token_id=tokenizer.bos_token_id,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=0,
        num_labels=1,
        dtype=torch.bfloat16,
    )
    kinds = {"policy": AutoModelForCausalLM, "reward": AutoModelForSequenceClassification}
    for name, kind in kinds.items():
        if not (folder / shape / name).exists():
            _write(kind, config, tokenizer, folder / shape / name)
    return folder / shape / "policy", folder / shape / "reward"


def _write(kind: Any, config: LlamaConfig, tokenizer: Any, folder: Path) -> None:
    """A model's folder, whole or not at all."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    fresh = Path(tempfile.mkdtemp(dir=folder.parent))
    try:
        with torch.random.fork_rng():
            torch.manual_seed(0)
            kind.from_config(config, dtype=torch.bfloat16).save_pretrained(fresh)
        tokenizer.save_pretrained(fresh)
        fresh.rename(folder)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


def some_tasks(count: int) -> list[Task]:
    """Test tasks in turn of all environments whose dependencies are installed."""
    names = registry.playable(lambda reason: print(reason, file=sys.stderr))
    in_turn = zip_longest(*(tasks(name) for name in names))
    return [task for task in chain.from_iterable(in_turn) if task][:count]


def measure(given: argparse.Namespace) -> dict[str, float]:
    """Play the tasks, after a few that warm the engines up."""
    policy_folder, reward_folder = model_folders(given.shape, given.models)
    clock = WithModels()
    policy = TimedPolicy(load_policy(f"vllm:{policy_folder}"), clock)
    reward = BatchedReward(TimedReward(load_reward(f"vllm:{reward_folder}"), clock))
    play = CutPlayer(policy, reward, BeamSearch(5, 5, 1.0), steps=given.steps)
    some = some_tasks(given.tasks)
    with tempfile.TemporaryDirectory() as folder:
        first = CutPlayer(policy, reward, BeamSearch(5, 5, 1.0), steps=1)
        run_in(Path(folder) / "first", some[-2:], first)
        clock.seconds = 0.0
        start = time.perf_counter()
        out = Path(folder) / "run"
        episodes = run_in(out, some, play, max_concurrent=given.at_once)
        seconds = time.perf_counter() - start
    failed = [episode.error for episode in episodes if episode.error is not None]
    assert not failed, failed[:3]
    policy_tokens = sum(episode.usage.policy_tokens for episode in episodes)
    reward_tokens = sum(episode.usage.rm_tokens for episode in episodes)
    return {
        "episodes": len(episodes),
        "env_steps": sum(episode.usage.env_steps for episode in episodes),
        "seconds": round(seconds, 1),
        "policy_tokens_s": round(policy_tokens / seconds),
        "reward_tokens_s": round(reward_tokens / seconds),
        "share_outside_models": round(1 - clock.seconds / seconds, 4),
    }


def main() -> None:
    form = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=form)
    parser.add_argument("--shape", choices=SHAPES, default="8b")
    parser.add_argument("--tasks", type=int, default=64, help="of all environments in turn")
    parser.add_argument("--at-once", type=int, default=64, help="episodes")
    parser.add_argument("--steps", type=int, default=10, help="of an episode at most")
    parser.add_argument("--models", type=Path, default=Path("runs/shapes"))
    print(json.dumps(measure(parser.parse_args())))


if __name__ == "__main__":
    main()
