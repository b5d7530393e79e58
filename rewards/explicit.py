"""The explicit reward model: a language model with a scalar head that regresses values.

The value of a state is read at the last token of the conversation that ends with the last
action (paper, section 3.2). A checkpoint is in the ecosystem's layout: a folder that
`AutoModelForSequenceClassification` loads with one label, or a LoRA adapter with its head
over the embedded base. `explicit.json` says what of a state it reads; without that file it
reads everything. Prefixes that were scored before are not read again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open

from agentrm_envs import Trajectory
from agentrm_envs.chat import EVERYTHING, Shown
from agentrm_envs.prompt_tree import PromptTree
from rewards.backbone.adapters import BASE, CONFIG_FILE, is_adapter, read_adapter
from rewards.backbone.arithmetic import loading_type
from rewards.backbone.engine import Engine
from rewards.backbone.language_model import (
    LanguageModel,
    base_of,
    model_checksum,
)
from rewards.backbone.loading import chat_tokenizer, load_config, load_scorer
from rewards.backbone.model_folder import model_folder
from rewards.backbone.reading import Reading
from rewards.errors import BadModel
from rewards.factories import ModelRequest
from rewards.metering import usage
from rewards.settings import read_settings
from rewards.trained_prompts import reads_with

ADAPTER = Path(__file__).parent / "explicit_adapter"
"""The embedded reward model: a LoRA adapter and head over the embedded base."""
SETTINGS_FILE = "explicit.json"


@dataclass(frozen=True, slots=True)
class Settings:
    """What stands beside a checkpoint's weights, in `explicit.json`."""

    shown: Shown = EVERYTHING
    """What of a state it was trained to read."""
    prompts_sha256: str = ""
    """Of what it was told first, where that was another's prompts: `scored_checksum`."""


def load(request: ModelRequest) -> ExplicitReward:
    """`explicit`, the embedded one, or `explicit:PATH` with the folder of a checkpoint."""
    folder = model_folder(request.argument) if request.argument else ADAPTER
    if folder is None:
        raise BadModel(
            "explicit:PATH needs the folder of a reward model, or a name that `hf download NAME` "
            f"put in the hub's cache; {request.argument} is none"
        )
    if is_adapter(folder):
        return _adapted(folder, request.prompts)
    return _whole(folder, request.prompts)


def _adapted(folder: Path, prompts: PromptTree | None) -> ExplicitReward:
    adapter = read_adapter(folder)
    if adapter.head is None:
        raise without_head(folder)
    model = base_of(adapter)
    model.add(adapter)
    read, checksum = told(folder, prompts), model_checksum(folder)
    return ExplicitReward(model, adapter.name, adapter.head, checksum, read.shown, read.prompts)


def _whole(folder: Path, prompts: PromptTree | None) -> ExplicitReward:
    check_whole(folder)
    tokenizer = chat_tokenizer(folder)
    model = load_scorer(folder, dtype=loading_type())
    head = model.score.weight.detach()
    read, checksum = told(folder, prompts), model_checksum(folder)
    loaded = LanguageModel(model, tokenizer)
    return ExplicitReward(loaded, BASE, head, checksum, read.shown, read.prompts)


def check_whole(folder: Path) -> None:
    """Raise `BadModel` unless a folder holds a whole reward model in the layout above."""
    config = folder / "config.json"
    if not config.is_file():
        raise BadModel(f"{folder} holds no model: it has neither config.json nor {CONFIG_FILE}")
    if not (folder / "tokenizer_config.json").is_file():
        raise BadModel(f"{folder} has no tokenizer; save it with the reward model")
    names = {name for file in sorted(folder.glob("*.safetensors")) for name in _tensor_names(file)}
    if "score.weight" not in names:
        raise without_head(folder)
    described = load_config(folder)
    ends = described.eos_token_id
    pad = described.pad_token_id
    if pad is None or pad in (ends if isinstance(ends, list) else [ends]):
        raise BadModel(
            f"{config}: pad_token_id must be set and differ from eos_token_id, or other loaders "
            "read the value at the wrong token"
        )
    if (labels := described.num_labels) != 1:
        raise BadModel(f"{folder}: a reward model has one label, not {labels}")


def without_head(folder: Path) -> BadModel:
    """The error for a model that is no reward model."""
    return BadModel(f"{folder} has no scalar head (score.weight): it is not a reward model")


@dataclass(frozen=True, slots=True)
class Told:
    """What a checkpoint reads of a trajectory, and in whose words."""

    shown: Shown
    prompts: PromptTree | None


def told(folder: Path, prompts: PromptTree | None) -> Told:
    """As its `explicit.json` says; `prompts` are the run's.

    A whole model from elsewhere has no such file: it reads everything, in the words of the run.
    """
    file = folder / SETTINGS_FILE
    if not file.is_file():
        return Told(EVERYTHING, None if is_adapter(folder) else prompts)
    settings = read_settings(file, Settings)
    return Told(settings.shown, reads_with(folder, settings.prompts_sha256, prompts))


def _tensor_names(file: Path) -> list[str]:
    try:
        with safe_open(file, "pt") as tensors:
            return list(tensors.keys())
    except (OSError, SafetensorError) as error:
        raise BadModel(f"{file} cannot be read: {error}") from error


class ExplicitReward:
    """Scores trajectories by a value in about [0, 1]: the expected final score."""

    def __init__(
        self,
        model: LanguageModel,
        adapter: str,
        head: torch.Tensor,
        checksum: str,
        shown: Shown = EVERYTHING,
        prompts: PromptTree | None = None,
    ) -> None:
        self.checksum = checksum
        self._model = model
        self._adapter = adapter
        self._head = head.float()
        self._shown = shown
        self._prompts = prompts

    async def score(self, trajectories: Sequence[Trajectory]) -> list[float]:
        """The values, in order; what is counted as read is only what was not read before."""
        if not trajectories:
            return []
        values, tokens = await self._model.run(
            self._adapter, lambda engine: self._score(engine, trajectories)
        )
        counts = usage()
        counts.rm_calls += 1
        counts.rm_tokens += tokens
        return values

    def _score(self, engine: Engine, trajectories: Sequence[Trajectory]) -> tuple[list[float], int]:
        reading = Reading.of(trajectories, self._shown, self._prompts)
        read_path = self._model.conversation.read_path
        found, tokens = engine.read([[read_path(m) for m in call] for call in reading.calls])
        ends = [end.last_hidden.float() for end in reading.in_order(found)]
        return [float((end @ self._head[0]).item()) for end in ends], sum(tokens)
