"""The number type that language models compute in on this machine."""

from __future__ import annotations

import os
import platform
from functools import cache

import torch

from rewards.errors import BadSetting

VARIABLE = "AGENTRM_DTYPE"
"""The environment variable that names the type, for those who know better."""
TYPES = {"bfloat16": torch.bfloat16, "float32": torch.float32}


def number_type() -> torch.dtype:
    """bfloat16 where the processor multiplies it, else float32; `AGENTRM_DTYPE` overrules.

    A processor without such instructions multiplies bfloat16 six times as slowly as float32,
    one that has them twice as fast (`benchmarks/engine_choices.py`). Which type it is decides
    about the last bits of a result.
    """
    wanted = os.environ.get(VARIABLE, "")
    if not wanted:
        return torch.bfloat16 if multiplies_bfloat16() else torch.float32
    if wanted not in TYPES:
        raise BadSetting(f"{VARIABLE} must be one of {', '.join(TYPES)}, not {wanted!r}")
    return TYPES[wanted]


@cache
def multiplies_bfloat16() -> bool:
    """Whether this processor has instructions for products of bfloat16."""
    if platform.machine().lower() in ("x86_64", "amd64"):
        # oneDNN calls any AVX-512 fit for it, also where it has to be imitated.
        return torch.cpu._is_avx512_bf16_supported() or torch.cpu._is_amx_tile_supported()
    supported: bool = torch.ops.mkldnn._is_mkldnn_bf16_supported()
    return supported


def training_device() -> torch.device:
    """Where models are trained: a GPU that torch sees, else the processor."""
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


def training_type() -> torch.dtype:
    """bfloat16 on a GPU, else as everything on this machine."""
    return torch.bfloat16 if training_device().type == "cuda" else number_type()


def described() -> str:
    """What decides about the last bits of a result, for a run's manifest: `float32 AVX2`."""
    return f"{str(number_type()).removeprefix('torch.')} {torch.backends.cpu.get_cpu_capability()}"


def loading_type() -> torch.dtype | str:
    """What `from_pretrained` is to load a whole model as: its own type where it is quick here."""
    return "auto" if number_type() is torch.bfloat16 else torch.float32
