"""What a training begins with: fresh LoRA matrices, or those that another training has left."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import torch
from peft import LoraConfig, get_peft_model

from rewards.backbone.adapters import PREFIX, WEIGHTS_FILE, read_adapter, scale
from rewards.backbone.language_model import base_folder
from rewards.backbone.training import LAYERS, Recipe, sha256_of
from rewards.backbone.whole import begin_whole
from rewards.errors import BadSetting


def begun_at(start: Path | None, model: Any, recipe: Recipe, base: Path) -> dict[str, str]:
    """Give the model what a trained adapter has learned; what that adds to a training's inputs.

    Raises BadSetting where the adapter was trained over another model than that of `base`.
    """
    if start is None:
        return {}
    if (theirs := base_folder(read_adapter(start))).resolve() != base.resolve():
        raise BadSetting(f"{start} was trained over {theirs}, not over {base}: give that --base")
    (begin_at if recipe.rank else begin_whole)(model, start)
    return {"start_sha256": sha256_of([start / WEIGHTS_FILE])}


def begin_at(model: Any, folder: Path) -> None:
    """Give the model's LoRA matrices the values of a trained adapter's; a head is left out."""
    parameters = dict(model.named_parameters())
    adapter = read_adapter(folder)
    theirs, ours = scale(adapter.config), scale(model.peft_config["default"])
    if theirs != ours:
        raise BadSetting(
            f"{folder} does not fit: its matrices count {theirs:g} times, here {ours:g} times"
        )
    for name, tensor in adapter.tensors.items():
        own = parameters.get(PREFIX + name.replace(".weight", ".default.weight"))
        if own is None or own.shape != tensor.shape:
            raise BadSetting(
                f"{folder} does not fit: its {name} has the shape {tuple(tensor.shape)}, "
                f"here {'there is none' if own is None else f'it is {tuple(own.shape)}'}; "
                "its base and --rank must be the same"
            )
        own.data.copy_(tensor)


def with_lora(model: Any, recipe: Recipe, *, task_type: str, keep: list[str] | None = None) -> Any:
    """The model with fresh LoRA matrices in every linear layer of its decoder."""
    config = LoraConfig(
        r=recipe.rank,
        lora_alpha=2 * recipe.rank,
        target_modules=LAYERS,
        task_type=task_type,
        modules_to_save=keep,
    )
    with torch.random.fork_rng(devices=[]), warnings.catch_warnings():
        torch.manual_seed(recipe.seed)
        # peft asks for an attribute that transformers has begun to rename.
        warnings.filterwarnings("ignore", message=".*is_gradient_checkpointing.*")
        # In the model's own type: float32 matrices would have each activation cast and back.
        return get_peft_model(model, config, autocast_adapter_dtype=False)
