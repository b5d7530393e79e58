"""The explicit reward model: a language model with a scalar head that regresses values.

The value of a state is read at the last token of the conversation that ends with the last
action (paper, section 3.2). A checkpoint is in the ecosystem's layout: a folder that
`AutoModelForSequenceClassification` loads with one label, or a LoRA adapter with its head
over the embedded base. `explicit.json` says what of a state it reads; without that file it
reads everything. Prefixes that were scored before are not read again.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import safe_open

from agentrm_envs import Trajectory
from agentrm_envs.chat import EVERYTHING, Shown
from rewards.backbone.adapters import BASE, CONFIG_FILE, is_adapter, read_adapter
from rewards.backbone.engine import Engine
from rewards.backbone.language_model import LanguageModel, base_of, folder_checksum
from rewards.backbone.reading import Reading
from rewards.errors import BadModel
from rewards.factories import ModelRequest
from rewards.metering import usage
from rewards.settings import read_settings

ADAPTER = Path(__file__).parent / "explicit_adapter"
"""The embedded reward model: a LoRA adapter and head over the embedded base."""
SETTINGS_FILE = "explicit.json"


@dataclass(frozen=True, slots=True)
class Settings:
    """What stands beside a checkpoint's weights, in `explicit.json`."""

    shown: Shown = EVERYTHING
    """What of a state it was trained to read."""


def load(request: ModelRequest) -> ExplicitReward:
    """`explicit`, the embedded one, or `explicit:PATH` with the folder of a checkpoint."""
    folder = Path(request.argument).expanduser() if request.argument else ADAPTER
    if not folder.is_dir():
        raise BadModel(f"explicit:PATH needs the folder of a reward model; {folder} is none")
    if is_adapter(folder):
        return _adapted(folder)
    return _whole(folder)


def _adapted(folder: Path) -> ExplicitReward:
    adapter = read_adapter(folder)
    if adapter.head is None:
        raise without_head(folder)
    model = base_of(adapter)
    model.add(adapter)
    return ExplicitReward(
        model, adapter.name, adapter.head, folder_checksum(folder), shown_to(folder)
    )


def _whole(folder: Path) -> ExplicitReward:
    from transformers import AutoModelForSequenceClassification, AutoTokenizer

    check_whole(folder)
    tokenizer = AutoTokenizer.from_pretrained(folder)
    model: Any = AutoModelForSequenceClassification.from_pretrained(folder, dtype="auto")
    head = model.score.weight.detach()
    return ExplicitReward(
        LanguageModel(model, tokenizer), BASE, head, folder_checksum(folder), shown_to(folder)
    )


def check_whole(folder: Path) -> None:
    """Raise `BadModel` unless a folder holds a whole reward model in the layout above."""
    from transformers import AutoConfig

    config = folder / "config.json"
    if not config.is_file():
        raise BadModel(f"{folder} holds no model: it has neither config.json nor {CONFIG_FILE}")
    if not (folder / "tokenizer_config.json").is_file():
        raise BadModel(f"{folder} has no tokenizer; save it with the reward model")
    names = {name for file in sorted(folder.glob("*.safetensors")) for name in _tensor_names(file)}
    if "score.weight" not in names:
        raise without_head(folder)
    described = json.loads(config.read_text(encoding="utf-8"))
    if described.get("pad_token_id") is None or described["pad_token_id"] == described.get(
        "eos_token_id"
    ):
        raise BadModel(
            f"{config}: pad_token_id must be set and differ from eos_token_id, or other loaders "
            "read the value at the wrong token"
        )
    if (labels := AutoConfig.from_pretrained(folder).num_labels) != 1:
        raise BadModel(f"{folder}: a reward model has one label, not {labels}")


def without_head(folder: Path) -> BadModel:
    """The error for a model that is no reward model."""
    return BadModel(f"{folder} has no scalar head (score.weight): it is not a reward model")


def shown_to(folder: Path) -> Shown:
    """What a checkpoint reads; one from elsewhere has no file of ours, and reads everything."""
    file = folder / SETTINGS_FILE
    return read_settings(file, Settings).shown if file.is_file() else EVERYTHING


def _tensor_names(file: Path) -> list[str]:
    with safe_open(file, "pt") as tensors:
        return list(tensors.keys())


class ExplicitReward:
    """Scores trajectories by a value in about [0, 1]: the expected final score."""

    def __init__(
        self,
        model: LanguageModel,
        adapter: str,
        head: torch.Tensor,
        checksum: str,
        shown: Shown = EVERYTHING,
    ) -> None:
        self.checksum = checksum
        self._model = model
        self._adapter = adapter
        self._head = head.float()
        self._shown = shown

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
        reading = Reading.of(trajectories, self._shown)
        read_path = self._model.conversation.read_path
        found, tokens = engine.read([[read_path(m) for m in call] for call in reading.calls])
        ends = [end.last_hidden.float() for end in reading.in_order(found)]
        return [float((end @ self._head[0]).item()) for end in ends], sum(tokens)
