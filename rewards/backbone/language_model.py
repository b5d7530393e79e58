"""A causal language model in memory once, with the LoRA adapters that share it.

Policy and reward model may be two adapters over one base: each has merged layers and a prefix
cache of its own, but for the lower layers in which they agree. One thread does all the
arithmetic, as PyTorch uses every core for one call.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

import torch

from rewards.backbone.adapters import (
    BASE,
    CONFIG_FILE,
    Adapter,
    is_adapter,
    layer_sums,
    merged,
    read_adapter,
)
from rewards.backbone.arithmetic import loading_type
from rewards.backbone.base import embedded_base, embedded_folder
from rewards.backbone.conversation import ConversationTokens, in_common
from rewards.backbone.engine import Engine, divisible
from rewards.backbone.loading import chat_tokenizer, load_causal
from rewards.backbone.memory import cache_bytes
from rewards.backbone.model_folder import model_folder
from rewards.backbone.served_linear import can_pack, serve
from rewards.errors import BadModel

Result = TypeVar("Result")
EMBEDDED_NAME = "HuggingFaceTB/SmolLM2-135M-Instruct"
"""What the adapters that come with the project say they were trained over."""
VOCABULARIES = {"tokenizer.model", "merges.txt", "vocab.txt"}
"""Files of tokenizers, besides those in JSON."""


class LanguageModel:
    """A decoder, its tokenizer and its adapters; call `run` to compute with one of them."""

    def __init__(self, model: Any, tokenizer: Any) -> None:
        self.model = model.eval().requires_grad_(False)
        decoder = self.model.get_decoder()
        serve(self.model, packing=divisible(decoder) and can_pack(self.model.dtype))
        self.tokenizer = tokenizer
        self.conversation = ConversationTokens(tokenizer)
        self._layers: dict[str, Any] = dict(self.model.named_modules())
        self._weights: dict[str, dict[str, torch.Tensor]] = {BASE: {}}
        self._sums = {BASE: [""] * self.model.config.num_hidden_layers}
        self._readers: set[str] = set()
        """The adapters that share the room for prefixes: the base only once it is asked for."""
        self._engines: dict[tuple[str, ...], Engine] = {}
        """By the sums of the layers that a token has passed at the engine's end."""
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="language-model")

    @property
    def head(self) -> torch.nn.Module:
        """From hidden states to logits over the vocabulary."""
        head: torch.nn.Module = self.model.get_output_embeddings()
        return head

    @property
    def stop(self) -> frozenset[int]:
        """The tokens that end a message."""
        return stop_tokens(self.tokenizer, self.model.generation_config, self.conversation)

    def add(self, adapter: Adapter) -> None:
        """Put an adapter's weights beside the others; the base itself needs none."""
        if adapter.name not in self._weights:
            self._weights[adapter.name] = {
                name: self._layers[name].laid_out(weight)
                for name, weight in merged(self.model, adapter).items()
            }
            self._sums[adapter.name] = layer_sums(adapter, len(self._sums[BASE]))
            self._expect(adapter.name)

    async def run(self, adapter: str, work: Callable[[Engine], Result]) -> Result:
        """`work(engine)` with the adapter on, in the model's thread."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._thread, self.compute, adapter, work)

    def compute(self, adapter: str, work: Callable[[Engine], Result]) -> Result:
        engine, own = self.engine(adapter), self._weights[adapter]
        base = {name: self._layers[name].in_use for name in own}
        try:
            for name, weight in own.items():
                self._layers[name].in_use = weight
            return work(engine)
        finally:
            for name, weight in base.items():
                self._layers[name].in_use = weight

    def engine(self, adapter: str) -> Engine:
        """The engine of an adapter, on that of the layers which it has in common with others."""
        self._expect(adapter)
        decoder, sums = self.model.get_decoder(), self._sums[adapter]
        others = [other for name, other in self._sums.items() if name != adapter]
        parts = {in_common(sums, other) for other in others} if divisible(decoder) else set()
        engine: Engine | None = None
        for end in sorted({*parts, len(sums)} - {0}):
            key = tuple(sums[:end])
            if key not in self._engines:
                begin = engine.layers.stop if engine else 0
                room = cache_bytes() * (end - begin) // self._distinct_layers()
                self._engines[key] = Engine(decoder, below=engine, end=end, cache_bytes=room)
            engine = self._engines[key]
        assert engine is not None
        return engine

    def _expect(self, adapter: str) -> None:
        """Begin the engines anew where one more adapter reads: all share layers and room."""
        if adapter not in self._readers:
            self._readers.add(adapter)
            self._engines.clear()

    def _distinct_layers(self) -> int:
        """The layers of all engines together: room for as many tokens in each is one size."""
        read = {tuple(self._sums[name]) for name in self._readers}
        if not divisible(self.model.get_decoder()):
            return sum(map(len, read))
        return len({sums[:end] for sums in read for end in range(1, len(sums) + 1)})


@cache
def shared(path: Path) -> LanguageModel:
    """The language model of a folder in Hugging Face's layout, loaded once in this process."""
    tokenizer = chat_tokenizer(path)
    return LanguageModel(load_causal(path, dtype=loading_type()), tokenizer)


def stop_tokens(
    tokenizer: Any, generation_config: Any, conversation: ConversationTokens
) -> frozenset[int]:
    """The tokens that end a message."""
    ids = {tokenizer.eos_token_id, tokenizer.pad_token_id, conversation.closing}
    configured = getattr(generation_config, "eos_token_id", None) or []
    ids.update([configured] if isinstance(configured, int) else configured)
    return frozenset(id for id in ids if id is not None)


def shared_base() -> LanguageModel:
    """The embedded base."""
    return shared(embedded_base())


def base_of(adapter: Adapter) -> LanguageModel:
    """The model that an adapter was trained over: the embedded base, or that of a local folder."""
    return shared(base_folder(adapter))


def base_folder(adapter: Adapter) -> Path:
    """Where that model is; raises BadModel where it is not on this machine."""
    named = adapter.config.base_model_name_or_path or ""
    # The embedded base is known by its folder's name, wherever the cache was in training.
    if named == EMBEDDED_NAME or Path(named).name == embedded_folder().name:
        return embedded_base()
    folder = model_folder(named) if named else None
    if folder is None:
        raise BadModel(
            f"{adapter.name} was trained over {named!r}, which is neither a folder here nor in "
            f"the hub's cache; put the model there, or its folder's name into {CONFIG_FILE}"
        )
    return folder


def model_checksum(folder: Path) -> str:
    """What names a model's weights: its folder's checksum and, of an adapter, its base's.

    The embedded base is pinned, so an adapter over it is named by its own folder alone.
    """
    own = folder_checksum(folder)
    base = base_folder(read_adapter(folder)) if is_adapter(folder) else None
    if base is None or base == embedded_folder():
        return own
    return hashlib.sha256(f"{own} {folder_checksum(base)}".encode()).hexdigest()


def folder_checksum(folder: Path) -> str:
    """sha256 over the names and contents of a folder's weights, configs and vocabularies."""
    digest = hashlib.sha256()
    for path in sorted(folder.glob("*")):
        if path.suffix in {".safetensors", ".json", ".jinja"} or path.name in VOCABULARIES:
            digest.update(path.name.encode() + b"\0")
            with path.open("rb") as file:
                while block := file.read(1 << 20):
                    digest.update(block)
    return digest.hexdigest()
