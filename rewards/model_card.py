"""What a training leaves beside the model for people: a plot of its losses and a model card."""

from __future__ import annotations

import json
import math
import shlex
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rewards.backbone.training import FIT_FILE, LOSSES_FILE, TRAINING_FILE
from rewards.errors import MissingDependency
from rewards.figure import panels
from rewards.whole_file import write

CARD_FILE = "README.md"
PLOT_FILE = "losses.svg"
EMBEDDED = "HuggingFaceTB/SmolLM2-135M-Instruct"


@dataclass(frozen=True, slots=True)
class Stage:
    """What a stage of the recipe makes."""

    title: str
    task: str
    """Of the ecosystem's, by which models are found."""
    about: str
    use: str
    """The flag that plays or judges with it."""


STAGES: Mapping[str, Stage] = {
    "sft": Stage(
        "A policy that was shown demonstrations",
        "text-generation",
        "Behaviour cloning (AgentRM, section 3.1): cross-entropy on the replies to be learned.",
        "--policy hf:PATH",
    ),
    "explicit": Stage(
        "An explicit reward model",
        "text-classification",
        "It reads a conversation up to and including the last action, and its number at the last "
        "token is the expected final score (AgentRM, section 3.2): mean squared error.",
        "--rm explicit:PATH",
    ),
    "head": Stage(
        "An explicit reward model over a policy",
        "text-classification",
        "It reads a conversation up to and including the last action, and its number at the last "
        "token is the expected final score (AgentRM, section 3.2). Its layers are a policy's as "
        "they were, only the scalar head was fitted, by ridge regression.",
        "--rm explicit:PATH",
    ),
    "implicit": Stage(
        "An implicit reward model",
        "text-generation",
        "An action is worth beta times the log of how much likelier it is than under the "
        "reference (AgentRM, section 3.3): the sum's squared error to the final score.",
        "--rm implicit:PATH",
    ),
}


def describe(folder: Path, command: Sequence[str]) -> None:
    """Write `README.md`, and where there are losses their plot, to a finished training's folder.

    `command` made it. Without matplotlib there is no plot, which is said: the model is whole.
    """
    training = json.loads((folder / TRAINING_FILE).read_text(encoding="utf-8"))
    learned = _fit(folder) if training["stage"] == "head" else _losses(folder, training["stage"])
    write(folder / CARD_FILE, model_card(training, learned, command).encode())


def _fit(folder: Path) -> str:
    """What the card says of a fit in closed form."""
    fit = json.loads((folder / FIT_FILE).read_text(encoding="utf-8"))
    return (
        f"**Fit.** {fit['states']} states of {fit['tasks']} tasks. On tasks that were left out "
        f"its mean squared error is {fit['error']:.4f}, where all values have the variance "
        f"{fit['variance']:.4f}; that chose the strength {fit['doubt']:.2g} (`{FIT_FILE}`)."
    )


def _losses(folder: Path, stage: str) -> str:
    """Plot the losses; what the card says of them."""
    lines = (folder / LOSSES_FILE).read_text(encoding="utf-8").splitlines()
    losses = [json.loads(line)["loss"] for line in lines]
    try:
        write(folder / PLOT_FILE, losses_svg(losses, STAGES[stage].title))
    except MissingDependency as error:
        print(f"note: no {PLOT_FILE} was drawn: {error}", file=sys.stderr)
    tenth = max(1, len(losses) // 10)
    return (
        f"**Losses.** {len(losses)} updates; the mean loss of the first {tenth} is "
        f"{_mean(losses[:tenth]):.4f}, of the last {tenth} {_mean(losses[-tenth:]):.4f} "
        f"(`{LOSSES_FILE}`, `{PLOT_FILE}`)."
    )


def losses_svg(losses: Sequence[float], title: str) -> bytes:
    """The loss of each update, and its mean over the twentieth of all updates before it."""
    window = max(1, len(losses) // 20)

    def draw(axes: Any, _: str) -> None:
        means = [_mean(losses[max(0, i + 1 - window) : i + 1]) for i in range(len(losses))]
        axes.plot(losses, color="0.8", label="each update")
        axes.plot(means, color="C0", label=f"mean of {window}")
        axes.set(xlabel="update", ylabel="loss", ylim=(0, None))
        axes.legend(loc="upper right", fontsize="x-small")

    return panels([""], draw, title, (5.4, 3.2))


def model_card(training: Mapping[str, Any], learned: str, command: Sequence[str]) -> str:
    """A training's settings and data, and what it `learned`, as a page to read."""
    stage = STAGES[training["stage"]]
    recipe = training["recipe"]
    inputs = {k: v for k, v in training.items() if k not in ("recipe", "stage")}
    adapter = f"A LoRA adapter of rank {recipe['rank']}" if recipe["rank"] else "All weights"
    lines = [
        "---",
        f"base_model: {json.dumps(inputs.get('base', EMBEDDED))}",
        f"library_name: {'peft' if recipe['rank'] else 'transformers'}",
        f"pipeline_tag: {stage.task}",
        f"tags: [agentrm, {training['stage']}]",
        "---",
        "",
        f"# {stage.title}",
        "",
        f"{stage.about} {adapter}, fitted over the base model above.",
        "",
        "```bash",
        f"python -m harness {stage.use}    # use it: PATH is this folder",
        shlex.join(["python", "-m", *command]) + "    # made it",
        "```",
        "",
        "| setting or input | |",
        "| --- | --- |",
        *(f"| {name} | {value} |" for name, value in [*recipe.items(), *inputs.items()]),
        "",
        learned,
        "",
        "**Limits.** That says little of what it is worth where it is used, on tasks that it has "
        "never seen. `python -m rewards evaluate` measures that for reward models, "
        "`python -m harness` for policies.",
    ]
    return "\n".join(lines) + "\n"


def _mean(numbers: Sequence[float]) -> float:
    return math.fsum(numbers) / len(numbers)
