"""A causal language model in vLLM as a chat model."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from transformers import GenerationConfig
from vllm import SamplingParams
from vllm.sampling_params import RequestOutputKind

from agentrm_envs.chat import Message
from rewards.backbone.base import embedded_base
from rewards.backbone.continuations import TOP_K
from rewards.backbone.conversation import ConversationTokens
from rewards.backbone.language_model import model_checksum, stop_tokens
from rewards.backbone.loading import chat_tokenizer, load_config
from rewards.chat_model import Replies
from rewards.factories import ModelRequest
from rewards.vllm.checkpoint import folder_of, language_model
from rewards.vllm.engine import Engine, policy_engine
from rewards.vllm.seen_prefixes import SeenPrefixes

_SEEDS = 2**63
"""vLLM hands seeds to generators that take as many."""


def load(request: ModelRequest) -> VllmChat:
    """`vllm:PATH`, a causal LM's folder or that of an adapter; `vllm` is the embedded base."""
    return VllmChat.from_folder(folder_of(request) or embedded_base())


class VllmChat:
    """Says what a language model says next: of the same weights, as `hf:PATH` would.

    Each reply is a request with its own seed, and draws from as many tokens as `hf:PATH` does.
    The draws themselves are vLLM's, so the same seed gives another reply than there; only the
    likeliest replies agree.
    """

    def __init__(self, engine: Engine, tokenizer: Any, stop: frozenset[int], checksum: str) -> None:
        self.checksum = checksum
        self._engine = engine
        self._tokenizer = tokenizer
        self._conversation = ConversationTokens(tokenizer)
        self._stop = stop
        self._seen = SeenPrefixes()

    @classmethod
    def from_folder(cls, folder: Path) -> VllmChat:
        """Of a whole model's folder, or of an adapter's, which finds the model below it."""
        whole = language_model(folder)
        tokenizer = chat_tokenizer(whole)
        conversation = ConversationTokens(tokenizer)
        stop = stop_tokens(tokenizer, _generation_config(whole), conversation)
        return cls(policy_engine(whole), tokenizer, stop, model_checksum(folder))

    async def reply(
        self,
        messages: Sequence[Message],
        seeds: Sequence[int],
        *,
        temperature: float,
        limit: int,
    ) -> Replies:
        path = self._conversation.reply_path(messages)
        prompt = [token for segment in path for token in segment]
        drawn = seeds if temperature else seeds[:1]  # the likeliest is the same for all
        found = await asyncio.gather(
            *[self._continued(prompt, seed, temperature, limit) for seed in drawn]
        )
        replies = found if temperature else found * len(seeds)
        texts = [self._tokenizer.decode(tokens, skip_special_tokens=True) for tokens in replies]
        return Replies(texts, self._seen.read(path), sum(map(len, replies)))

    async def _continued(
        self, prompt: Sequence[int], seed: int, temperature: float, limit: int
    ) -> list[int]:
        """The tokens of one reply, without the one that stopped it."""
        parameters = SamplingParams(
            temperature=temperature,
            top_k=TOP_K if temperature else 0,
            seed=seed % _SEEDS if temperature else None,
            max_tokens=limit,
            stop_token_ids=sorted(self._stop),
            detokenize=False,
            output_kind=RequestOutputKind.FINAL_ONLY,
        )
        answer = await self._engine.continued(prompt, parameters)
        tokens = list(answer.outputs[0].token_ids)
        return tokens[:-1] if tokens and tokens[-1] in self._stop else tokens


def _generation_config(folder: Path) -> GenerationConfig:
    """What ends a reply, as transformers finds it out when it loads the model itself."""
    try:
        return GenerationConfig.from_pretrained(folder)
    except OSError:
        return GenerationConfig.from_model_config(load_config(folder))
