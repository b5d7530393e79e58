"""LoRA adapters in PEFT's format, several of them over one model."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from peft import LoraConfig
from safetensors import SafetensorError
from safetensors.torch import load_file

from rewards.errors import BadModel

BASE = "base"
"""The name that stands for the model without any adapter."""
CONFIG_FILE = "adapter_config.json"
WEIGHTS_FILE = "adapter_model.safetensors"
PREFIX = "base_model.model."
"""What PEFT puts before the names of a model's own modules."""
_HEAD = "score.weight"
_DOWN = ".lora_A.weight"
_UP = ".lora_B.weight"
_LAYER = re.compile(r"\.layers\.(\d+)\.")


@dataclass(frozen=True, slots=True)
class Adapter:
    """A trained adapter as read from its folder."""

    name: str
    config: LoraConfig
    tensors: dict[str, torch.Tensor]
    """By the names of the model's modules, without PEFT's own prefix."""
    head: torch.Tensor | None
    """The weight of a scalar head, (1, width), where the adapter is a reward model's."""


def is_adapter(folder: Path) -> bool:
    """Whether a folder holds an adapter rather than a whole model."""
    return (folder / CONFIG_FILE).is_file()


def read_adapter(folder: Path) -> Adapter:
    """The adapter in a folder that PEFT or our training commands wrote."""
    if not (folder / CONFIG_FILE).is_file() or not (folder / WEIGHTS_FILE).is_file():
        raise BadModel(f"{folder} holds no adapter: it needs {CONFIG_FILE} and {WEIGHTS_FILE}")
    try:
        kind = json.loads((folder / CONFIG_FILE).read_text(encoding="utf-8"))["peft_type"]
        if kind != "LORA":
            raise BadModel(f"{folder}: its adapter is no LoRA but {kind}")
        config = LoraConfig.from_pretrained(str(folder))
        loaded = load_file(folder / WEIGHTS_FILE)
    except (OSError, ValueError, TypeError, KeyError, SafetensorError) as error:
        raise BadModel(f"{folder} holds an adapter that cannot be read: {error}") from error
    if config.r < 1:
        raise BadModel(f"{folder}: its adapter has the rank {config.r}")
    tensors = {name.removeprefix(PREFIX): tensor for name, tensor in loaded.items()}
    head = tensors.pop(_HEAD, None)
    config.modules_to_save = None
    config.task_type = None
    return Adapter(adapter_name(folder), config, tensors, head)


def adapter_name(folder: Path) -> str:
    """One name for each content: copies of an adapter share their layers and what was read."""
    content = (folder / CONFIG_FILE).read_bytes() + (folder / WEIGHTS_FILE).read_bytes()
    return f"adapter-{hashlib.sha256(content).hexdigest()[:16]}"


def merged(model: Any, adapter: Adapter) -> dict[str, torch.Tensor]:
    """The weights of the model's layers with the adapter's share added, by the layers' names.

    Merged layers cost what the base's own cost; kept apart, the adapter's small products would
    double the time of a short batch on a CPU. All else stays the base's: embeddings and norms.
    """
    if adapter.config.use_dora or adapter.config.rank_pattern or adapter.config.alpha_pattern:
        raise BadModel(f"{adapter.name}: only plain LoRA with one rank is supported")
    layers = dict(model.named_modules())
    unused = dict(adapter.tensors)
    weights = {}
    for key in sorted(key for key in adapter.tensors if key.endswith(_DOWN)):
        name = key.removesuffix(_DOWN)
        if name not in layers:
            raise BadModel(f"{adapter.name}: the model has no layer {name}")
        down, up = unused.pop(key), unused.pop(name + _UP, None)
        weight = layers[name].weight
        if up is None or (up.shape[0], *down.shape[1:]) != tuple(weight.shape):
            raise BadModel(
                f"{adapter.name}: its matrices for {name} do not fit the model's weight of the "
                f"shape {tuple(weight.shape)}: it was trained over another base"
            )
        down, up = down.float(), up.float()
        weights[name] = (weight.float() + scale(adapter.config) * (up @ down)).to(weight.dtype)
    if unused:
        raise BadModel(f"{adapter.name}: no use for {sorted(unused)[0]}")
    return weights


def layer_sums(adapter: Adapter, count: int) -> list[str]:
    """For each of a decoder's layers what names the adapter's share in it; empty: it has none.

    Adapters with the same sums up to a layer make the same of a token up to there.
    """
    digests: dict[int, Any] = {}
    for name in sorted(adapter.tensors):
        found = _LAYER.search(name)
        # What lies in no layer changes what all layers are given.
        layer = int(found[1]) if found else 0
        digest = digests.setdefault(layer, hashlib.sha256(str(scale(adapter.config)).encode()))
        digest.update(name.encode() + adapter.tensors[name].float().numpy().tobytes())
    return [digests[layer].hexdigest() if layer in digests else "" for layer in range(count)]


def scale(config: LoraConfig) -> float:
    """What the product of an adapter's matrices is multiplied by."""
    return float(config.lora_alpha) / (config.r**0.5 if config.use_rslora else config.r)
