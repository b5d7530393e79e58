"""`python -m harness.sft`: teach a policy by demonstrations of the experts.

Behaviour cloning (paper, section 3.1): cross-entropy on the tokens of the expert's actions
only. Demonstrations may be made with a share of random actions that the expert then has to
mend; those are read but not learned, so the policy sees states that an expert never visits.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jsonlines
from tqdm import tqdm

from agentrm_envs import Action, Step, Task, TextEnv, Trajectory, expert, make, names
from agentrm_envs.chat import Message, render
from agentrm_envs.commands import ended
from agentrm_envs.errors import EnvError, NoPlan
from agentrm_envs.prompt_tree import HELP as PROMPTS_HELP
from agentrm_envs.prompt_tree import PromptTree
from agentrm_envs.task_lists import chosen
from rewards.claim import claim
from rewards.config_file import ConfiguredParser
from rewards.errors import BadSetting, RewardError
from rewards.formats.conversation import read_conversations

DEMONSTRATIONS_FILE = "demonstrations.jsonl"


@dataclass(frozen=True, slots=True)
class Demonstration:
    """An expert's episode as a conversation, and which of its actions are to be learned."""

    task: Task
    messages: list[Message]
    learn: list[bool]
    """For each assistant message: False where the action was random, or where it is none."""
    score: float


def demonstrate(
    task: Task, *, noise: float, seed: int, prompts: PromptTree | None = None
) -> Demonstration:
    """The expert's episode on a task in which a share `noise` of the actions is random."""
    rng = random.Random(f"{seed} {task.env} {task.id}")
    plan = expert(task.env)
    steps: list[Step] = []
    learn: list[bool] = []
    with closing(make(task.env, split="train")) as env:
        observation, info = env.reset(options={"task": task.id})
        first, todo = observation, _plan(plan, env)
        while todo:
            wild = rng.random() < noise
            action = rng.choice(env.valid_actions() or todo[:1]) if wild else todo[0]
            observation, reward, terminated, truncated, info = env.step(action)
            steps.append(Step(Action(action), observation, reward, terminated, truncated))
            learn.append(not wild)
            if terminated or truncated:
                break
            todo = _plan(plan, env) if wild else todo[1:]
        trajectory = Trajectory(task, info["goal"], first, tuple(steps))
        messages = render(trajectory, prompts=prompts)[:-1]
        said = sum(message["role"] == "assistant" for message in messages)
        return Demonstration(task, messages, [False] * (said - len(learn)) + learn, info["score"])


def _plan(plan: Callable[[TextEnv], list[str]], env: TextEnv) -> list[str]:
    """What the expert would do; nothing where a random action has made the goal unreachable."""
    try:
        return plan(env)
    except NoPlan:
        return []


def write_demonstrations(
    chosen: Sequence[Task],
    path: Path,
    *,
    noise: float,
    seed: int,
    prompts: PromptTree | None = None,
) -> None:
    """One demonstration a line; a file of the same tasks and settings is kept as it is."""
    path.parent.mkdir(parents=True, exist_ok=True)
    settings = {"noise": noise, "seed": seed, "tasks": [[task.env, task.id] for task in chosen]}
    if prompts:
        prompts.check(chosen, ["instruction"])
        settings["prompts_sha256"] = prompts.checksum
    claim(path.with_suffix(".settings.json"), settings, "demonstrations")
    if path.exists():
        return
    fresh = path.with_suffix(".tmp")
    with jsonlines.open(fresh, "w") as lines:
        for task in tqdm(chosen, unit="demonstration"):
            shown = demonstrate(task, noise=noise, seed=seed, prompts=prompts)
            if not any(shown.learn):
                continue
            lines.write(
                {
                    "task": {"env": task.env, "id": task.id},
                    "messages": shown.messages,
                    "learn": shown.learn,
                    "score": shown.score,
                }
            )
    fresh.replace(path)


@dataclass(frozen=True, slots=True)
class Row:
    """A tokenised demonstration: the model predicts `ids` where `learned` says so."""

    ids: list[int]
    learned: list[bool]


def rows(path: Path, tokenizer: Any, max_tokens: int) -> Iterator[Row]:
    """The demonstrations of a file as token rows; the loss is on completions only."""
    from rewards.backbone.conversation import ConversationTokens

    conversation = ConversationTokens(tokenizer)
    for shown in read_conversations(path):
        messages: Any = shown.messages
        segments = conversation.read_path(messages)
        said = conversation.said(messages)
        learn = iter(shown.learn)
        ids: list[int] = []
        learned: list[bool] = []
        for message, segment, places in zip(messages, segments, said, strict=True):
            wanted = message["role"] == "assistant" and next(learn)
            ids += segment
            learned += [wanted and i in places for i in range(len(segment))]
        if any(learned[1:max_tokens]):  # else nothing of it is left to learn
            yield Row(ids[:max_tokens], learned[:max_tokens])


def train(
    data: Path, out: Path, recipe: Any, *, base: Path | None = None, start: Path | None = None
) -> None:
    """Fit an adapter, or all weights, to the demonstrations of a file; resumes if killed.

    `start` is an adapter of the same base, to begin at.
    """
    import torch

    from rewards.backbone.arithmetic import training_device, training_type
    from rewards.backbone.attention import CAUSAL
    from rewards.backbone.base import embedded_base
    from rewards.backbone.beginning import begun_at, with_lora
    from rewards.backbone.loading import chat_tokenizer, load_causal
    from rewards.backbone.training import Fit, over, sha256_of
    from rewards.backbone.upper_layers import UpperLayers, freeze_below

    folder = base or embedded_base()
    tokenizer = chat_tokenizer(folder)
    model = load_causal(folder, dtype=training_type(), attn_implementation=CAUSAL)
    decoder = UpperLayers(model.get_decoder(), recipe.layers)
    head = model.get_output_embeddings()
    if recipe.rank:
        model = with_lora(model, recipe, task_type="CAUSAL_LM")
    inputs = {"stage": "sft", "demonstrations_sha256": sha256_of([data]), **over(base)}
    inputs |= begun_at(start, model, recipe, folder)
    freeze_below(model, recipe.layers)
    model.to(training_device())

    def loss(row: Row) -> tuple[torch.Tensor, int]:
        # Logits only where they are learned: the vocabulary is most of the arithmetic.
        places = [i for i in range(len(row.ids) - 1) if row.learned[i + 1]]
        logits = head(decoder(row.ids)[places]).float()
        targets = torch.tensor([row.ids[i + 1] for i in places])
        return torch.nn.functional.cross_entropy(logits, targets, reduction="sum"), len(places)

    Fit(model, list(rows(data, tokenizer, recipe.max_tokens)), loss, recipe, out, inputs).run()
    if not recipe.rank:
        tokenizer.save_pretrained(out)


def main(argv: Sequence[str] | None = None) -> int:
    """Make the demonstrations and train on them; 0 if it did, 2 if it could not begin."""
    words = list(sys.argv[1:] if argv is None else argv)
    again = "interrupted; the same command goes on from the last checkpoint"
    return ended(lambda: _command(words), (EnvError, RewardError), interrupted=again)


def _command(words: Sequence[str]) -> int:
    try:
        from rewards.backbone.training import add_flags
        from rewards.model_card import describe
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] in ("agentrm_envs", "harness", "rewards"):
            raise
        print(
            f"error: training needs {error.name}, which is not installed; "
            "run `pip install 'agentrm[train]'`",
            file=sys.stderr,
        )
        return 2
    form = argparse.RawDescriptionHelpFormatter
    parser = ConfiguredParser("python -m harness.sft", None, __doc__, formatter_class=form)
    parser.add_argument("--tasks", nargs="+", default=[], help="environments or tasks (all)")
    parser.add_argument(
        "--data",
        type=Path,
        metavar="FILE",
        help="learn these demonstrations, and make none: our own, TRL's messages, or the "
        "conversations of AgentGym or ETO; see `python -m rewards convert --help`",
    )
    parser.add_argument("--limit", type=int, default=100, help="tasks of each environment (100)")
    parser.add_argument("--noise", type=float, default=0.1, help="share of random actions (0.1)")
    parser.add_argument("--prompts", default="", metavar="DIR", help=PROMPTS_HELP)
    parser.add_argument(
        "--demonstrate-only", action="store_true", help="write the demonstrations and do not train"
    )
    parser.add_argument("--base", type=Path, help="a causal LM's folder (default: embedded)")
    parser.add_argument(
        "--start", type=Path, help="an adapter to begin at, to teach it more (default: none)"
    )
    parser.add_argument("--out", type=Path, required=True, help="where the adapter goes")
    add_flags(parser)
    given = parser.parse_args(words)
    demonstrations = _run(given)
    if not given.demonstrate_only:
        describe(given.out, ["harness.sft", *words])
    print(json.dumps({"policy": str(given.out), "demonstrations": demonstrations}))
    return 0


def _run(given: argparse.Namespace) -> int:
    """Train on what the flags name; the number of demonstrations."""
    from rewards.backbone.training import checked_base, recipe_of

    recipe = recipe_of(vars(given))
    checked_base(given.base)
    if not 0 <= given.noise <= 1:
        raise BadSetting(f"--noise is a share of the actions, in [0, 1], not {given.noise}")
    if given.limit < 0:
        raise BadSetting(f"--limit must be at least 0, which takes all, not {given.limit}")
    if given.data and (given.tasks or given.prompts):
        raise BadSetting(
            "--tasks and --prompts say what to demonstrate, --data has demonstrations: give one"
        )
    data = given.data or _demonstrated(given, recipe.seed)
    count = sum(1 for _ in read_conversations(data))
    if not given.demonstrate_only:
        train(data, given.out, recipe, base=given.base, start=given.start)
    return count


def _demonstrated(given: argparse.Namespace, seed: int) -> Path:
    """The file of demonstrations of the tasks that the flags name."""
    data: Path = given.out / DEMONSTRATIONS_FILE
    shown = chosen(given.tasks or names(), "train", limit=given.limit)
    prompts = PromptTree.read(given.prompts) if given.prompts else None
    write_demonstrations(shown, data, noise=given.noise, seed=seed, prompts=prompts)
    return data


if __name__ == "__main__":
    sys.exit(main())
