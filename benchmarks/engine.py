"""Playing with language models: the local engine, the naive loop, and vLLM where it is installed.

    python benchmarks/engine.py                      # naive and ours
    python benchmarks/engine.py --backends ours vllm # in an environment that has vLLM

The same searches on the same tasks, cut after a few steps, with the embedded policy and reward
model. The naive loop is what one writes first: `generate` for each call with the whole prompt,
`num_return_sequences` for several proposals, and a pass over the whole conversation for each
score. Each cell runs in a process of its own, after a warm-up; its seconds are of the run alone.

`--decoding` measures proposals alone, as specs of servers do: new tokens a second after a prompt
of 1,024 tokens that has been read, for 1, 5 and 25 proposals that part at once.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from agentrm_envs import Action, Task, TextEnv, Trajectory, make, tasks
from agentrm_envs.chat import parse_action, render, render_scored
from harness.runner import Player, run_in
from harness.search import BeamSearch, BestOfN, Greedy, Search
from rewards.batching import BatchedReward

METHODS: dict[str, Search] = {
    "greedy": Greedy(),
    "best-of-5": BestOfN(5, 0.7),
    "beam 5x5": BeamSearch(5, 5, 0.7),
}
BACKENDS = ("naive", "ours", "vllm")
ENVS = ("alfworld", "babyai", "pddl")
NEW_TOKENS = 16
PROMPT = 1_024


@dataclass(frozen=True, slots=True)
class CutPlayer(Player):
    """Plays episodes that end after a few steps."""

    steps: int = 4

    def _make(self, task: Task) -> TextEnv:
        return make(task.env, max_steps=self.steps)


class NaivePolicy:
    """Asks for the whole conversation anew at each call."""

    def __init__(self) -> None:
        import torch
        from transformers import AutoModelForCausalLM, AutoTokenizer

        from harness.policy.local import ADAPTER
        from rewards.backbone.base import embedded_base

        self.tokenizer = AutoTokenizer.from_pretrained(embedded_base())
        model = AutoModelForCausalLM.from_pretrained(embedded_base(), dtype=number_type())
        self.model = with_adapter(model, ADAPTER)
        torch.manual_seed(0)

    async def propose(
        self, trajectory: Trajectory, n: int, *, temperature: float | None = None
    ) -> list[Action]:
        prompt: Any = render(trajectory)
        asked = self.tokenizer.apply_chat_template(
            prompt, add_generation_prompt=True, return_tensors="pt", return_dict=True
        )
        drawn = {"do_sample": True, "temperature": temperature, "top_k": 50} if temperature else {}
        found = self.model.generate(
            **asked, max_new_tokens=40, num_return_sequences=n, **(drawn or {"do_sample": False})
        )
        said = found[:, asked["input_ids"].shape[1] :]
        texts = self.tokenizer.batch_decode(said, skip_special_tokens=True)
        return [Action(parse_action(text), text.strip()) for text in texts]


class NaiveReward:
    """Reads every trajectory from its beginning."""

    def __init__(self) -> None:
        from transformers import AutoModelForSequenceClassification, AutoTokenizer

        from rewards.backbone.base import embedded_base
        from rewards.explicit import ADAPTER

        self.tokenizer = AutoTokenizer.from_pretrained(embedded_base())
        model = AutoModelForSequenceClassification.from_pretrained(
            embedded_base(), num_labels=1, dtype=number_type()
        )
        self.model = with_adapter(model, ADAPTER)

    async def score(self, trajectories: Sequence[Trajectory]) -> list[float]:
        import torch

        values = []
        for trajectory in trajectories:
            asked: Any = render_scored(trajectory)
            read = self.tokenizer.apply_chat_template(asked, return_tensors="pt", return_dict=True)
            with torch.inference_mode():
                values.append(float(self.model(**read).logits[0, 0]))
        return values


def number_type() -> Any:
    from rewards.backbone.arithmetic import number_type as chosen

    return chosen()


def with_adapter(model: Any, folder: Path) -> Any:
    from peft import PeftModel

    return PeftModel.from_pretrained(model, folder).merge_and_unload().eval()


def models(backend: str, whole: Path) -> tuple[Any, Any]:
    """The policy and the reward model of a back-end; vLLM has them from `whole`."""
    from harness.policy.registry import load as load_policy
    from rewards.registry import load as load_reward

    if backend == "naive":
        return NaivePolicy(), NaiveReward()
    if backend == "ours":
        return load_policy("embedded"), BatchedReward(load_reward("explicit"))
    policy, reward = whole_models(whole)
    return load_policy(f"vllm:{policy}"), BatchedReward(load_reward(f"vllm:{reward}"))


def whole_models(folder: Path) -> tuple[Path, Path]:
    """The embedded models with their adapters merged, as other programs read them."""
    policy, reward = folder / "policy", folder / "reward"
    for path, naive in ((policy, NaivePolicy), (reward, NaiveReward)):
        if not path.exists():
            made = naive()
            made.model.save_pretrained(path)
            made.tokenizer.save_pretrained(path)
    return policy, reward


def played(backend: str, method: str, given: argparse.Namespace) -> dict[str, float]:
    """Seconds and steps of some episodes, after one step of another to warm up."""
    policy, reward = models(backend, given.whole)
    some = [task for name in given.envs for task in tasks(name)[: given.episodes]]
    others = [tasks(name)[-1] for name in given.envs[:1]]
    search = METHODS[method]
    with tempfile.TemporaryDirectory() as folder:
        warm_up = CutPlayer(policy, reward, search, steps=1)
        run_in(Path(folder) / "first", others, warm_up)
        play = CutPlayer(policy, reward, search, steps=given.steps)
        start = time.perf_counter()
        episodes = run_in(Path(folder) / "run", some, play)
        seconds = time.perf_counter() - start
    failed = [episode.error for episode in episodes if episode.error is not None]
    assert not failed, failed[0]
    return {
        "episodes": len(episodes),
        "env_steps": sum(episode.usage.env_steps for episode in episodes),
        "seconds": round(seconds, 2),
        "episodes_per_minute": round(60 * len(episodes) / seconds, 2),
    }


def decoded(backend: str, n: int, given: argparse.Namespace) -> dict[str, float]:
    """New tokens a second of `n` proposals after a prompt that was read before."""
    prompt = [(i * 7_919) % 40_000 + 1_000 for i in range(PROMPT)]
    ask = {"naive": naive_decoder, "ours": our_decoder, "vllm": vllm_decoder}[backend](
        prompt, n, given
    )
    ask()
    start = time.perf_counter()
    tokens = ask()
    seconds = time.perf_counter() - start
    return {"tokens": tokens, "seconds": round(seconds, 2), "tokens_s": round(tokens / seconds, 1)}


def naive_decoder(prompt: list[int], n: int, given: argparse.Namespace) -> Any:
    import torch

    policy = NaivePolicy()

    def ask() -> int:
        found = policy.model.generate(
            torch.tensor([prompt]),
            attention_mask=torch.ones(1, len(prompt), dtype=torch.long),
            num_return_sequences=n,
            do_sample=True,
            temperature=2.0,
            min_new_tokens=NEW_TOKENS,
            max_new_tokens=NEW_TOKENS,
        )
        return int(found[:, len(prompt) :].numel())

    return ask


def our_decoder(prompt: list[int], n: int, given: argparse.Namespace) -> Any:
    from rewards.backbone.continuations import Wish
    from rewards.backbone.drafts import Drafts
    from rewards.backbone.engine import Engine
    from rewards.backbone.language_model import shared_base
    from rewards.backbone.proposals import continue_all

    model = shared_base()
    engine = Engine(model.model.get_decoder())
    wish = Wish([tuple(prompt)], range(n), 2.0, NEW_TOKENS)

    def ask() -> int:
        engine.drafts = Drafts()  # or all would be guessed the second time
        [said], _ = continue_all(engine, model.head, [wish], stop=frozenset())
        return sum(map(len, said))

    return ask


def vllm_decoder(prompt: list[int], n: int, given: argparse.Namespace) -> Any:
    from vllm import LLM, SamplingParams

    policy, _ = whole_models(given.whole)
    dtype = str(number_type()).removeprefix("torch.")
    model = LLM(
        str(policy),
        dtype=dtype,
        max_model_len=2_048,
        enable_prefix_caching=True,
        gpu_memory_utilization=0.4,  # of this machine's memory, where it has no GPU
    )
    wanted = SamplingParams(
        n=n, temperature=2.0, seed=0, min_tokens=NEW_TOKENS, max_tokens=NEW_TOKENS
    )

    def ask() -> int:
        [found] = model.generate([{"prompt_token_ids": prompt}], wanted, use_tqdm=False)
        return sum(len(output.token_ids) for output in found.outputs)

    return ask


def in_a_process(backend: str, cell: str, given: argparse.Namespace) -> dict[str, Any]:
    command = [sys.executable, __file__, "--one", backend, cell, "--whole", str(given.whole)]
    command += ["--episodes", str(given.episodes), "--steps", str(given.steps)]
    command += ["--envs", *given.envs]
    done = subprocess.run(command, capture_output=True, text=True, env=os.environ)
    if done.returncode:
        return {"failed": done.stderr.strip().splitlines()[-1:]}
    printed = [line for line in done.stdout.splitlines() if line.startswith("{")]
    figures: dict[str, Any] = json.loads(printed[-1])  # vLLM says more when it ends
    return figures


def main() -> None:
    form = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=form)
    parser.add_argument("--backends", nargs="+", choices=BACKENDS, default=["naive", "ours"])
    parser.add_argument("--methods", nargs="+", choices=METHODS, default=list(METHODS))
    parser.add_argument("--envs", nargs="+", default=list(ENVS), help="whose tasks are played")
    parser.add_argument("--episodes", type=int, default=2, help="of each environment")
    parser.add_argument("--steps", type=int, default=4, help="of an episode")
    parser.add_argument("--decoding", action="store_true", help="proposals alone")
    parser.add_argument(
        "--whole", type=Path, default=Path("runs/whole-models"), help="where merged models are kept"
    )
    parser.add_argument("--one", nargs=2, metavar=("BACKEND", "CELL"), help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.one:
        backend, cell = given.one
        measure = decoded if cell.isdigit() else played
        print(json.dumps(measure(backend, int(cell) if cell.isdigit() else cell, given)))
        return
    for cell in ("1", "5", "25") if given.decoding else given.methods:
        for backend in given.backends:
            print(cell, backend, json.dumps(in_a_process(backend, cell, given)), flush=True)


if __name__ == "__main__":
    main()
