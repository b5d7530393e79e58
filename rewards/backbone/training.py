"""Fitting a model: the loop that behaviour cloning and reward-model training share.

It can be killed at any moment: every so many updates the weights, the optimiser and the place
in the data are written, and the same command goes on from there.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import math
import random
import shutil
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any, Generic, TypeVar

import torch
from tqdm import tqdm

from rewards.backbone.adapters import CONFIG_FILE
from rewards.backbone.arithmetic import training_device
from rewards.backbone.optimiser import MasterAdamW
from rewards.claim import claim
from rewards.errors import BadData, BadSetting

Row = TypeVar("Row")

CHECKPOINT_FILE = "checkpoint.pt"
LOSSES_FILE = "losses.jsonl"
FIT_FILE = "fit.json"
"""In place of losses, where a head was fitted in closed form."""
TRAINING_FILE = "training.json"
SAVING = "saving"
"""The folder, within the model's, that is there while the model is being saved."""
SAVED = (CONFIG_FILE, "model.safetensors", "model.safetensors.index.json")
"""One of these is there once a model was saved: an adapter, or a whole one in one file or more."""
LAYERS = r".*\.(q|k|v|o|gate|up|down)_proj"
"""The linear layers that get LoRA matrices: all of the decoder."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """How a model is fitted. The paper trains all weights of an 8B model with other rates."""

    rank: int = 16
    """Of the LoRA matrices, over every linear layer but the output embedding; 0: no matrices,
    all weights are trained."""
    learning_rate: float = 1e-3
    head_rate: float = 12.0
    """The scalar head's learning rate, in rates of the others divided by its width, as in muP
    (Yang et al., 2022): one step of Adam moves all its weights at once."""
    layers: int = 0
    """Train the last so many layers, over a start whose others stay; 0: all."""
    epochs: int = 1
    batch: int = 4
    """Rows behind one update."""
    warmup: float = 0.05
    """The share of the updates in which the rate rises; after it the rate falls as a cosine."""
    max_tokens: int = 2_048
    """Longer rows are cut."""
    seed: int = 0
    checkpoint_every: int = 25
    """Updates between two checkpoints."""

    def __post_init__(self) -> None:
        for name, least in _LEAST.items():
            number = getattr(self, name)
            if not least <= number < math.inf:
                flag = name.replace("_", "-")
                raise BadSetting(f"--{flag} must be finite and at least {least}, not {number}")
        if self.warmup > 1:
            raise BadSetting(f"--warmup is a share, at most 1, not {self.warmup}")


_LEAST = {
    "rank": 0,
    "learning_rate": 0,
    "head_rate": 0,
    "layers": 0,
    "epochs": 1,
    "batch": 1,
    "warmup": 0,
    "max_tokens": 1,
    "checkpoint_every": 1,
}


HELP = {
    "rank": "of the LoRA matrices; 0: train all weights, at rates such as the paper's 1e-5",
    "learning_rate": "at its peak",
    "head_rate": "the scalar head's learning rate, times the other's and by its width",
    "layers": "train the last N layers only, which is quicker: the rest is run once a row; 0: all",
    "epochs": "times that each row is read",
    "batch": "rows behind one update",
    "warmup": "share of the updates in which the rate rises",
    "max_tokens": "longer rows are cut",
    "seed": "of the initial weights and the order of rows",
    "checkpoint_every": "updates between checkpoints, from which a killed training goes on",
}


def add_flags(parser: argparse.ArgumentParser) -> None:
    """A flag for each field of the recipe."""
    defaults = Recipe()
    for name, meaning in HELP.items():
        default = getattr(defaults, name)
        flag = f"--{name.replace('_', '-')}"
        parser.add_argument(
            flag, type=type(default), default=default, help=f"{meaning} ({default})"
        )


def recipe_of(given: Mapping[str, Any]) -> Recipe:
    """The recipe that the flags ask for."""
    return Recipe(**{field.name: given[field.name] for field in fields(Recipe)})


def checked_base(base: Path | None) -> Path | None:
    """The folder that `--base` names, or None for the embedded base."""
    if base is None:
        return None
    if not (base / "config.json").is_file():
        raise BadSetting(f"--base needs the folder of a causal language model; {base} is none")
    return base.resolve()  # adapters name it, and are read from elsewhere


def over(base: Path | None) -> dict[str, str]:
    """The base as a training's input; the embedded one needs no mention."""
    return {} if base is None else {"base": str(base.resolve())}


@dataclass(slots=True)
class Fit(Generic[Row]):
    """One training: a model, rows, and a loss of one row as (sum, count)."""

    model: Any
    rows: Sequence[Row]
    loss: Callable[[Row], tuple[torch.Tensor, int]]
    recipe: Recipe
    out: Path
    inputs: dict[str, Any]
    """What decides the result beside the recipe, for the check when a training is resumed."""
    begin: Callable[[], None] = lambda: None
    """Called before the first update of a training that is not resumed."""

    def run(self) -> None:
        """Train to the end, from the last checkpoint where there is one; once is enough."""
        if not self.rows:
            raise BadData("there is nothing to learn from: no row is left of the data")
        self.out.mkdir(parents=True, exist_ok=True)
        described = {"recipe": asdict(self.recipe), **self.inputs}
        if self._is_saved() and not (self.out / TRAINING_FILE).exists():
            raise BadSetting(f"{self.out} holds a model of another origin: choose another --out")
        claim(self.out / TRAINING_FILE, described, "a training")
        if self.finished():
            return
        shutil.rmtree(self.out / SAVING, ignore_errors=True)
        optimiser = MasterAdamW(self.model, self.recipe.head_rate)
        done = self._resume(optimiser)
        with _tensors_made_on(training_device()):
            self._train(optimiser, done)
        self._save()
        (self.out / CHECKPOINT_FILE).unlink(missing_ok=True)

    def _train(self, optimiser: MasterAdamW, done: int) -> None:
        if not done:
            self.begin()
            optimiser.adopt()
        batches = self._batches()
        losses = (self.out / LOSSES_FILE).open("a", encoding="utf-8")
        with losses, tqdm(total=len(batches), initial=done, unit="update") as bar:
            for i in range(done, len(batches)):
                rate = self._rate(i, len(batches))
                loss = self._update(batches[i], optimiser, rate)
                losses.write(json.dumps({"update": i, "loss": round(loss, 6), "rate": rate}) + "\n")
                losses.flush()
                bar.set_postfix(loss=f"{loss:.4f}", refresh=False)
                bar.update()
                if (i + 1) % self.recipe.checkpoint_every == 0 and i + 1 < len(batches):
                    self._checkpoint(optimiser, i + 1)

    def finished(self) -> bool:
        under_way = (self.out / CHECKPOINT_FILE, self.out / SAVING)
        return self._is_saved() and not any(path.exists() for path in under_way)

    def _is_saved(self) -> bool:
        return any((self.out / name).is_file() for name in SAVED)

    def _save(self) -> None:
        """Put the model into the folder; half of one is never taken for it, as SAVING tells."""
        fresh = self.out / SAVING
        self.model.save_pretrained(fresh)
        for path in sorted(fresh.iterdir()):
            path.replace(self.out / path.name)
        fresh.rmdir()

    def _update(self, rows: Sequence[Row], optimiser: MasterAdamW, rate: float) -> float:
        self.model.train()
        total, count = 0.0, 0
        for row in rows:
            loss, terms = self.loss(row)
            if not torch.isfinite(loss):
                raise BadData(f"the loss of a row is {loss.item()}: lower --learning-rate")
            loss.backward()  # type: ignore[no-untyped-call]
            total, count = total + loss.item(), count + terms
        optimiser.step(rate, max(count, 1))
        return total / max(count, 1)

    def _batches(self) -> list[list[Row]]:
        rng = random.Random(self.recipe.seed)
        order: list[Row] = []
        for _ in range(self.recipe.epochs):
            epoch = list(self.rows)
            rng.shuffle(epoch)
            order.extend(epoch)
        return [order[i : i + self.recipe.batch] for i in range(0, len(order), self.recipe.batch)]

    def _rate(self, update: int, updates: int) -> float:
        rising = max(1, round(self.recipe.warmup * updates))
        if update < rising:
            return self.recipe.learning_rate * (update + 1) / rising
        share = (update - rising) / max(1, updates - rising)
        return self.recipe.learning_rate * 0.5 * (1 + math.cos(math.pi * share))

    def _checkpoint(self, optimiser: MasterAdamW, done: int) -> None:
        state = {"done": done, **optimiser.state()}
        fresh = self.out / f"{CHECKPOINT_FILE}.tmp"
        torch.save(state, fresh)
        fresh.replace(self.out / CHECKPOINT_FILE)

    def _resume(self, optimiser: MasterAdamW) -> int:
        path = self.out / CHECKPOINT_FILE
        done = 0
        if path.exists():
            state = torch.load(path, map_location="cpu", weights_only=True)
            optimiser.load(state)
            done = int(state["done"])
        self._cut_losses(done)
        return done

    def _cut_losses(self, done: int) -> None:
        """Forget the losses of updates after the checkpoint: they will be made again."""
        path = self.out / LOSSES_FILE
        lines = path.read_text(encoding="utf-8").splitlines(True)[:done] if path.exists() else []
        path.write_text("".join(lines), encoding="utf-8")


def _tensors_made_on(device: torch.device) -> AbstractContextManager[Any]:
    """Within it new tensors lie on the device; the processor needs no such thing."""
    return nullcontext() if device.type == "cpu" else device


def sha256_of(files: Sequence[Path]) -> str:
    """Names the contents of files, for a training's inputs."""
    digest = hashlib.sha256()
    for path in files:
        digest.update(path.read_bytes())
    return digest.hexdigest()
