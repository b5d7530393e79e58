"""LoRA adapters in PEFT's format, several of them over one model."""

from __future__ import annotations

import hashlib
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from peft import LoraConfig, inject_adapter_in_model
from peft.tuners.lora import LoraLayer
from safetensors.torch import load_file

from rewards.errors import BadModel

BASE = "base"
"""The name that stands for the model without any adapter."""
CONFIG_FILE = "adapter_config.json"
WEIGHTS_FILE = "adapter_model.safetensors"
_PREFIX = "base_model.model."
_HEAD = "score.weight"


@dataclass(frozen=True, slots=True)
class Adapter:
    """A trained adapter as read from its folder."""

    name: str
    config: LoraConfig
    tensors: dict[str, torch.Tensor]
    """By the names of the model's modules, without PEFT's own prefix."""
    head: torch.Tensor | None
    """The weight of a scalar head, (1, width), where the adapter is a reward model's."""


def read_adapter(folder: Path) -> Adapter:
    """The adapter in a folder that PEFT or our training commands wrote."""
    if not (folder / CONFIG_FILE).is_file() or not (folder / WEIGHTS_FILE).is_file():
        raise BadModel(f"{folder} holds no adapter: it needs {CONFIG_FILE} and {WEIGHTS_FILE}")
    config = LoraConfig.from_pretrained(str(folder))
    tensors = {
        name.removeprefix(_PREFIX): tensor
        for name, tensor in load_file(folder / WEIGHTS_FILE).items()
    }
    head = tensors.pop(_HEAD, None)
    config.modules_to_save = None
    config.task_type = None
    return Adapter(adapter_name(folder), config, tensors, head)


def adapter_name(folder: Path) -> str:
    """A name for PEFT, which keeps adapters in modules: no dots, and one for each folder."""
    return f"adapter-{hashlib.sha256(str(folder.resolve()).encode()).hexdigest()[:16]}"


def attach(model: Any, adapter: Adapter) -> None:
    """Add the adapter's matrices to the model, beside those of other adapters."""
    name = adapter.name
    with warnings.catch_warnings():
        # That several adapters share one model is what this is for.
        warnings.filterwarnings("ignore", "Already found a `peft_config`", UserWarning)
        inject_adapter_in_model(adapter.config, model, adapter_name=name)
    dtype = next(model.parameters()).dtype
    unused = dict(adapter.tensors)
    for module_name, module in model.named_modules():
        if isinstance(module, LoraLayer) and name in module.lora_A:
            for part, layers in (("lora_A", module.lora_A), ("lora_B", module.lora_B)):
                key = f"{module_name}.{part}.weight"
                if key not in unused:
                    raise BadModel(f"{name}: the adapter lacks {key}")
                layers[name].weight.data = unused.pop(key).to(dtype)
    if unused:
        raise BadModel(f"{name}: the model has no place for {sorted(unused)[0]}")
    model.requires_grad_(False)
