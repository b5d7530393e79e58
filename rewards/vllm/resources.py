"""What an engine may take of the machine: from the environment, as it decides no result."""

from __future__ import annotations

import os
from dataclasses import dataclass

from rewards.errors import BadSetting

POLICY_SHARE = "AGENTRM_VLLM_POLICY_SHARE"
REWARD_SHARE = "AGENTRM_VLLM_REWARD_SHARE"
MAX_TOKENS = "AGENTRM_VLLM_MAX_TOKENS"
CPU_CACHE = "VLLM_CPU_KVCACHE_SPACE"
"""vLLM's own: the GiB of an engine's cache on a CPU."""
_SHARE = 0.45
"""A policy and a reward model fit one GPU side by side; vLLM's own default is for one engine."""
_AS_FITS = -1
"""vLLM then takes the model's own limit, or less where the cache is too small for that."""


@dataclass(frozen=True, slots=True)
class Resources:
    """The limits of one engine."""

    share: float
    """Of the GPU's memory, weights and cache together."""
    max_tokens: int
    """Of one conversation with its reply, at most."""

    @classmethod
    def of(cls, variable: str) -> Resources:
        """As `variable`, the share, and `AGENTRM_VLLM_MAX_TOKENS` say."""
        return cls(_share(variable), _max_tokens())


def _share(variable: str) -> float:
    text = os.environ.get(variable, "") or str(_SHARE)
    try:
        share = float(text)
    except ValueError:
        share = 0.0
    if not 0 < share <= 1:
        raise BadSetting(f"{variable} is a share of the GPU's memory in (0, 1], not {text!r}")
    return share


def _max_tokens() -> int:
    text = os.environ.get(MAX_TOKENS, "")
    if not text:
        return _AS_FITS
    if not text.isdecimal() or not int(text):
        raise BadSetting(f"{MAX_TOKENS} is a number of tokens, not {text!r}")
    return int(text)
