"""Training an explicit reward model: regress the values of explored states (paper, section 3.2).

    L = 1/N sum_t (V_hat(s_t) - V(s_t))^2

over the states of exploration trees. One pass over a path gives the values of all its states,
each read at the last token of its action's message.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from tqdm import tqdm

from agentrm_envs import Task
from agentrm_envs.task_lists import spread
from rewards.backbone.arithmetic import training_device, training_type
from rewards.backbone.attention import CAUSAL
from rewards.backbone.base import embedded_base
from rewards.backbone.beginning import begun_at, with_lora
from rewards.backbone.conversation import ConversationTokens
from rewards.backbone.loading import chat_tokenizer, load_scorer
from rewards.backbone.ridge import ridge
from rewards.backbone.training import Fit, Recipe, over, sha256_of
from rewards.backbone.upper_layers import UpperLayers, freeze_below
from rewards.backbone.whole import part_pad_from_end
from rewards.explicit import SETTINGS_FILE, Settings
from rewards.settings import write_settings
from rewards.values import read_values, reading_in

HEAD_ROWS = 64
"""Rows that the head is fitted to in closed form before the training begins."""
DOUBT = 10.0
"""Of that fit: a head that lives on small differences makes every later change of the layers a
large one."""


@dataclass(frozen=True, slots=True)
class Row:
    """A tokenised path: at each of `places` the model is to say the value beside it."""

    task: Task
    ids: list[int]
    places: list[int]
    values: list[float]


def rows(path: Path, tokenizer: Any, max_tokens: int) -> Iterator[Row]:
    """The rows of a `values.jsonl`; states beyond `max_tokens` are left out."""
    conversation = ConversationTokens(tokenizer)
    for row in read_values(path):
        targets = iter(row.values)
        ids: list[int] = []
        places: list[int] = []
        values: list[float] = []
        messages: Any = row.messages
        for message, segment in zip(messages, conversation.read_path(messages), strict=True):
            ids.extend(segment)
            target = next(targets) if message["role"] == "assistant" else None
            if target is not None and len(ids) <= max_tokens:
                places.append(len(ids) - 1)
                values.append(target)
        if places:
            yield Row(row.task, ids[: places[-1] + 1], places, values)


@dataclass(frozen=True, slots=True)
class Regressor:
    """A model with a scalar head, as it stands before a training."""

    model: Any
    decoder: Any
    """The layers below the head."""
    head: torch.nn.Linear
    """In float32: bfloat16 cannot hold small updates."""
    tokenizer: Any

    @classmethod
    def over(cls, base: Path | None, recipe: Recipe) -> Regressor:
        """A base with a fresh head, and fresh LoRA matrices unless all weights are trained."""
        folder = base or embedded_base()
        tokenizer = chat_tokenizer(folder)
        model = load_scorer(
            folder,
            dtype=training_type(),
            problem_type="regression",
            attn_implementation=CAUSAL,
        )
        decoder = model.model
        if recipe.rank:
            model = with_lora(model, recipe, task_type="SEQ_CLS", keep=["score"])
            head = model.base_model.model.score.modules_to_save["default"]
        else:
            part_pad_from_end(model, tokenizer)
            head = model.score
        return cls(model, decoder, head.float(), tokenizer)

    def rows(self, data: Sequence[Path], max_tokens: int) -> list[Row]:
        """The rows of some files of values."""
        return [row for path in data for row in rows(path, self.tokenizer, max_tokens)]


def train(
    data: Sequence[Path],
    out: Path,
    recipe: Recipe,
    *,
    base: Path | None = None,
    start: Path | None = None,
) -> None:
    """Fit a scalar head and an adapter, or all weights; resumes where it was killed.

    `start` is an adapter to begin at, as a rule the policy's that explored. A whole model is
    saved with its tokenizer; an adapter names its base, which has it.
    """
    shown, prompts_sha256 = reading_in(data)
    regressor = Regressor.over(base, recipe)
    model, head = regressor.model, regressor.head
    data_rows = regressor.rows(data, recipe.max_tokens)
    inputs = {"stage": "explicit", "values_sha256": sha256_of(data), **over(base)}
    inputs |= begun_at(start, model, recipe, base or embedded_base())
    freeze_below(model, recipe.layers)
    model.to(training_device())
    decoder = UpperLayers(regressor.decoder, recipe.layers)

    def hidden(row: Row) -> torch.Tensor:
        return decoder(row.ids)[row.places].float()

    def loss(row: Row) -> tuple[torch.Tensor, int]:
        values = torch.nn.functional.linear(hidden(row), head.weight)[:, 0]
        errors = values - torch.tensor(row.values)
        return (errors**2).sum(), len(row.places)

    def begin() -> None:
        with torch.no_grad():
            head.weight.copy_(least_squares(hidden, spread(data_rows, HEAD_ROWS)))

    Fit(model, data_rows, loss, recipe, out, inputs, begin).run()
    if not recipe.rank:
        regressor.tokenizer.save_pretrained(out)
    write_settings(out / SETTINGS_FILE, Settings(shown, prompts_sha256))


def least_squares(hidden: Callable[[Row], torch.Tensor], some: Sequence[Row]) -> torch.Tensor:
    """The head that fits the rows best as the model stands, by ridge regression: (1, width).

    Gradient descent would spend hundreds of updates on it: hidden states share a large constant
    part, and what tells them apart is small beside it.
    """
    states = torch.cat([hidden(row) for row in tqdm(some, desc="head", unit="row", leave=False)])
    return ridge(states, torch.tensor([value for row in some for value in row.values]), DOUBT)
