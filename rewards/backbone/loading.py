"""Loading what others have saved: as data only, and only what this engine computes rightly."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from safetensors import SafetensorError
from transformers import (
    AutoConfig,
    AutoModelForCausalLM,
    AutoModelForSequenceClassification,
    AutoTokenizer,
)

from rewards.errors import BadModel

ARCHITECTURES = frozenset({"llama", "mistral", "olmo2", "phi3", "qwen2", "qwen3", "smollm3"})
"""The model types whose numbers this engine was found to give as transformers does.

Others scale embeddings or logits outside the decoder's layers, or have attention of their own.
"""
_UNREADABLE = (OSError, ValueError, TypeError, KeyError, RuntimeError, SafetensorError)
"""What transformers raises for a file that is missing, cut off, or of another shape."""


def load_tokenizer(folder: Path) -> Any:
    """The tokenizer in a folder; raises BadModel."""
    try:
        return AutoTokenizer.from_pretrained(folder, trust_remote_code=False)
    except _UNREADABLE as error:
        raise BadModel(f"{folder} has no tokenizer that can be read: {error}") from error


def chat_tokenizer(folder: Path) -> Any:
    """The same, which has to have a chat template."""
    tokenizer = load_tokenizer(folder)
    if tokenizer.chat_template is None:
        raise BadModel(f"{folder}: its tokenizer has no chat template; save one with the model")
    return tokenizer


def load_config(folder: Path) -> Any:
    """The config in a model's folder; raises BadModel."""
    try:
        return AutoConfig.from_pretrained(folder, trust_remote_code=False)
    except _UNREADABLE as error:
        raise BadModel(f"{folder} holds no model config that can be read: {error}") from error


def load_causal(folder: Path, *, elsewhere: bool = False, **options: Any) -> Any:
    """A causal language model; raises BadModel where it is none.

    Also where it is none for this engine, unless another is to compute it `elsewhere`.
    """
    if not elsewhere:
        check_supported(folder)
    return _loaded(AutoModelForCausalLM, folder, options)


def load_scorer(folder: Path, *, elsewhere: bool = False, **options: Any) -> Any:
    """The same with a scalar head in place of the vocabulary's; a fresh one if it has none."""
    if not elsewhere:
        check_supported(folder)
    return _loaded(AutoModelForSequenceClassification, folder, {"num_labels": 1, **options})


def check_supported(folder: Path) -> None:
    """Raise BadModel for a model of which this engine would compute something else."""
    config = load_config(folder)
    if config.model_type not in ARCHITECTURES:
        raise BadModel(
            f"{folder} is a {config.model_type} model; the built-in engine computes "
            f"{', '.join(sorted(ARCHITECTURES))}. Let vLLM compute it (vllm:PATH), or a server "
            "(openai:MODEL@URL)"
        )
    kinds = set(getattr(config, "layer_types", None) or ["full_attention"])
    window = getattr(config, "sliding_window", None)
    if kinds != {"full_attention"} or (window and getattr(config, "use_sliding_window", True)):
        raise BadModel(
            f"{folder}: its attention has a sliding window, which the built-in engine has not; "
            "let vLLM compute it (vllm:PATH), or a server (openai:MODEL@URL)"
        )


def _loaded(kind: Any, folder: Path, options: dict[str, Any]) -> Any:
    try:
        # Never a pickle, which use_safetensors rules out, nor code from the folder.
        return kind.from_pretrained(
            folder, trust_remote_code=False, use_safetensors=True, **options
        )
    except _UNREADABLE as error:
        raise BadModel(f"{folder} holds no language model that can be loaded: {error}") from error
