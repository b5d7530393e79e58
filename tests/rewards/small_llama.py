"""A Llama of a few thousand random weights without a tokenizer, and what it reads."""

from __future__ import annotations

import copy

import pytest

torch = pytest.importorskip("torch")
transformers = pytest.importorskip("transformers")

from rewards.backbone.engine import Engine  # noqa: E402
from rewards.backbone.prefix_cache import PrefixCache  # noqa: E402

VOCABULARY = 61
STOP = frozenset({0})


def small_llama():
    """The model; the same each time."""
    torch.manual_seed(0)
    config = transformers.LlamaConfig(
        vocab_size=VOCABULARY,
        hidden_size=48,
        intermediate_size=64,
        num_hidden_layers=3,
        num_attention_heads=6,
        num_key_value_heads=2,
        max_position_embeddings=512,
        pad_token_id=0,
        bos_token_id=1,
        eos_token_id=0,
    )
    return transformers.LlamaForCausalLM(config).eval()


def read_plainly(model, ids):
    """The hidden states of a sequence by transformers' own attention."""
    other = copy.copy(model.config)
    other._attn_implementation = "eager"
    twin = transformers.LlamaForCausalLM(other).eval()
    twin.load_state_dict(model.state_dict())
    return twin.get_decoder()(input_ids=torch.tensor([ids]), use_cache=False).last_hidden_state[0]


def small(model, capacity=400):
    """An engine whose cache holds `capacity` tokens."""
    engine = Engine(model.get_decoder())
    engine.cache = PrefixCache(
        layers=range(3), heads=2, dim=8, dtype=torch.float32, capacity=capacity
    )
    return engine


def segments(seed, *lengths):
    """Random segments of these lengths, without the stop token."""
    generator = torch.Generator().manual_seed(seed)
    return [
        tuple(torch.randint(1, VOCABULARY, (n,), generator=generator).tolist()) for n in lengths
    ]
