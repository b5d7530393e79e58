"""Whole models for vLLM to load: an adapter is added to its base once, in the cache folder.

It is added in this machine's number type, as `rewards.backbone.adapters` does in memory, so that
both engines compute with the same weights; on a GPU in bfloat16, as it was trained there. vLLM
could apply a policy's adapter itself, but no reward model's, and an engine of vLLM's shares its
base with no other: nothing would be gained.
"""

from __future__ import annotations

import hashlib
import shutil
import tempfile
from pathlib import Path
from typing import Any

import torch

from rewards.backbone.adapters import CONFIG_FILE, Adapter, is_adapter, read_adapter
from rewards.backbone.arithmetic import training_type
from rewards.backbone.base import cache_folder, publish
from rewards.backbone.language_model import base_folder, folder_checksum
from rewards.backbone.loading import load_causal, load_scorer, load_tokenizer
from rewards.backbone.model_folder import model_folder
from rewards.backbone.whole import begin_whole, part_pad_from_end
from rewards.errors import BadModel
from rewards.explicit import check_whole, without_head
from rewards.factories import ModelRequest


def folder_of(request: ModelRequest) -> Path | None:
    """The folder that `vllm:PATH` names; None where it names none."""
    if not request.argument:
        return None
    folder = model_folder(request.argument)
    if folder is None:
        raise BadModel(
            "vllm:PATH needs the folder of a model, or a name that `hf download NAME` put in the "
            f"hub's cache; {request.argument} is none"
        )
    return folder


def language_model(folder: Path) -> Path:
    """The folder of a whole causal language model: this one, or what its adapter makes."""
    if is_adapter(folder):
        return _with_base(folder, read_adapter(folder), "policy")
    if not (folder / "config.json").is_file():
        raise BadModel(
            f"{folder} is not a causal language model: it has neither config.json nor {CONFIG_FILE}"
        )
    return folder


def reward_model(folder: Path) -> Path:
    """The folder of a whole explicit reward model: this one, or what its adapter makes."""
    if not is_adapter(folder):
        check_whole(folder)
        return folder
    adapter = read_adapter(folder)
    if adapter.head is None:
        raise without_head(folder)
    return _with_base(folder, adapter, "reward")


def _with_base(folder: Path, adapter: Adapter, kind: str) -> Path:
    """The merged model's folder, named by its content: made on first use."""
    base = base_folder(adapter)
    content = f"{kind}\0{adapter.name}\0{folder_checksum(base)}\0{training_type()}"
    whole = cache_folder() / "merged" / hashlib.sha256(content.encode()).hexdigest()[:32]
    if whole.exists():
        return whole
    whole.parent.mkdir(parents=True, exist_ok=True)
    fresh = Path(tempfile.mkdtemp(dir=whole.parent))
    try:
        tokenizer = load_tokenizer(base)
        model = _model(base, adapter)
        begin_whole(model, folder)
        part_pad_from_end(model, tokenizer)
        model.save_pretrained(fresh)
        tokenizer.save_pretrained(fresh)
        publish(fresh, whole)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
    return whole


def _model(base: Path, adapter: Adapter) -> Any:
    """The base, with the adapter's own head where it has one."""
    if adapter.head is None:
        return load_causal(base, elsewhere=True, dtype=training_type())
    model = load_scorer(base, elsewhere=True, dtype=training_type())
    model.score.weight = torch.nn.Parameter(adapter.head)
    return model
