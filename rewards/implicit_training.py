"""Training an implicit reward model (paper, section 3.3; Yuan et al., 2024).

    L = 1/N sum_tau (sum_t r_t - R(tau))^2,   r_t = beta * log(pi_theta(a_t|s_t) / pi_ref(a_t|s_t))

over finished trajectories tau with the outcome R(tau). The reference is the policy that theta
begins at, and stays as it is.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from rewards.backbone.adapters import CONFIG_FILE, WEIGHTS_FILE
from rewards.backbone.arithmetic import training_device, training_type
from rewards.backbone.attention import CAUSAL
from rewards.backbone.base import embedded_base
from rewards.backbone.beginning import begun_at, with_lora
from rewards.backbone.conversation import ConversationTokens
from rewards.backbone.likelihood import token_logprobs
from rewards.backbone.loading import chat_tokenizer, load_causal
from rewards.backbone.training import Fit, Recipe, over, sha256_of
from rewards.backbone.upper_layers import UpperLayers, freeze_below
from rewards.errors import BadSetting
from rewards.implicit import SETTINGS_FILE, Settings
from rewards.settings import write_settings
from rewards.values import read_values, reading_in

BETA = 0.1
"""The default of ImplicitPRM's own training; the paper does not give its value."""
REFERENCE = "reference"
"""The folder in a checkpoint's with the reference, so that the checkpoint is whole."""


@dataclass(slots=True)
class Row:
    """A tokenised finished trajectory: the policy said the tokens at `places`."""

    ids: list[int]
    places: list[int]
    outcome: float
    """The episode's final score, in [0, 1]."""
    reference: float | None = None
    """The reference's log-probability of what was said, in nats, once it was asked for."""


def rows(path: Path, tokenizer: Any, max_tokens: int) -> Iterator[Row]:
    """The finished trajectories of a `values.jsonl`.

    Of one longer than `max_tokens` the actions that fit are kept: their sum is then what the
    outcome was to be expected to be.
    """
    conversation = ConversationTokens(tokenizer)
    for row in read_values(path):
        outcome = row.values[-1] if row.finished else None
        if outcome is None:
            continue
        ids: list[int] = []
        places: list[int] = []
        messages: Any = row.messages
        segments = conversation.read_path(messages)
        for segment, said in zip(segments, conversation.said(messages), strict=True):
            if len(ids) + len(segment) > max_tokens:
                break
            places += [len(ids) + i for i in said]
            ids += segment
        if places:
            yield Row(ids[: places[-1] + 1], places, outcome)


def train(
    data: Sequence[Path],
    out: Path,
    recipe: Recipe,
    *,
    beta: float = BETA,
    base: Path | None = None,
    start: Path | None = None,
) -> None:
    """Fit a LoRA adapter; resumes where it was killed.

    `start` is the reference's adapter, as a rule the policy's that explored; else the reference
    is the base.
    """
    if not beta > 0:
        raise BadSetting(f"beta must be positive, not {beta}")
    if not recipe.rank:
        raise BadSetting("the reference is the same base without the adapter: --rank 0 has none")
    shown, prompts_sha256 = reading_in(data)
    folder = base or embedded_base()
    tokenizer = chat_tokenizer(folder)
    model = load_causal(folder, dtype=training_type(), attn_implementation=CAUSAL)
    data_rows = [row for path in data for row in rows(path, tokenizer, recipe.max_tokens)]
    model = with_lora(model, recipe, task_type="CAUSAL_LM")
    inputs = {"stage": "implicit", "beta": beta, "values_sha256": sha256_of(data), **over(base)}
    inputs |= begun_at(start, model, recipe, folder)
    freeze_below(model, recipe.layers)
    model.to(training_device())
    decoder = UpperLayers(model.get_base_model().get_decoder(), recipe.layers)
    reference = Matrices(model)

    def log_prob(row: Row) -> torch.Tensor:
        before = decoder(row.ids)[[place - 1 for place in row.places]]
        said = torch.tensor([row.ids[place] for place in row.places])
        head = model.get_base_model().get_output_embeddings()
        return token_logprobs(head, before, said).sum()

    def loss(row: Row) -> tuple[torch.Tensor, int]:
        if row.reference is None:
            with reference.in_place(), torch.no_grad():
                row.reference = log_prob(row).item()
        return (beta * (log_prob(row) - row.reference) - row.outcome) ** 2, 1

    Fit(model, data_rows, loss, recipe, out, inputs).run()
    if start is not None:
        (out / REFERENCE).mkdir(exist_ok=True)
        for name in (CONFIG_FILE, WEIGHTS_FILE):
            shutil.copyfile(start / name, out / REFERENCE / name)
    reference_folder = None if start is None else REFERENCE
    settings = Settings(beta, reference_folder, shown=shown, prompts_sha256=prompts_sha256)
    write_settings(out / SETTINGS_FILE, settings)


class Matrices:
    """A model's trained weights as they are when this is made."""

    def __init__(self, model: torch.nn.Module) -> None:
        self._weights = [p for p in model.parameters() if p.requires_grad]
        self._kept = [p.detach().clone() for p in self._weights]

    @contextmanager
    def in_place(self) -> Iterator[None]:
        """The model as it was, within a `with` block."""
        self._swap()
        try:
            yield
        finally:
            self._swap()

    def _swap(self) -> None:
        for i, weight in enumerate(self._weights):
            self._kept[i], weight.data = weight.data, self._kept[i]
