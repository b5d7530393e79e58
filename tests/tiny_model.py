"""A random causal language model of a few thousand weights, in Hugging Face's layout.

It knows nothing; what is tested with it is the arithmetic around a model.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

STOP = "<|im_end|>"
PAD = "<|endoftext|>"
CHATML = (
    "{% for message in messages %}"
    "{{ '<|im_start|>' + message['role'] + '\n' + message['content'] + '<|im_end|>' + '\n' }}"
    "{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"
)
CORPUS = [
    "Your task: Reach the goal at position 7, 4 in as few moves as possible.",
    "The goal is at position 7, 4. Your current position is at position 3, 6.",
    "There are walls above you, below you, to your right, to your left.",
    "Action: move up Action: move down Action: move left Action: move right Success",
    "<|im_start|>system user assistant",
]
ROOT = Path(__file__).parents[1]


def tiny_base(folder: Path, head_width: int = 8) -> Path:
    """The folder, with a Llama of width 32 and a ChatML tokenizer; the same each time."""
    torch = pytest.importorskip("torch")
    transformers = pytest.importorskip("transformers")
    tokenizer = tiny_tokenizer()
    torch.manual_seed(0)
    config = transformers.LlamaConfig(
        vocab_size=len(tokenizer),
        hidden_size=32,
        intermediate_size=48,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        head_dim=head_width,
        max_position_embeddings=4096,
        tie_word_embeddings=True,
        initializer_range=0.3,  # with the usual 0.02 no logit of a width of 32 could matter
        bos_token_id=None,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
    )
    transformers.LlamaForCausalLM(config).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


def random_adapter(base: Path, folder: Path) -> Path:
    """The folder, with a LoRA adapter over the base whose matrices are random in all layers."""
    torch = pytest.importorskip("torch")
    transformers = pytest.importorskip("transformers")
    from rewards.backbone.beginning import with_lora
    from rewards.backbone.training import Recipe

    model = transformers.AutoModelForCausalLM.from_pretrained(base)
    trained = with_lora(model, Recipe(rank=2), task_type="CAUSAL_LM")
    for i, parameter in enumerate(p for p in trained.parameters() if p.requires_grad):
        torch.nn.init.normal_(parameter, std=0.3, generator=torch.manual_seed(i))
    trained.save_pretrained(folder)
    return folder


def tiny_tokenizer():
    """Byte-level BPE with a few merges, and the control tokens of ChatML."""
    transformers = pytest.importorskip("transformers")
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=400,
        special_tokens=[PAD, "<|im_start|>", STOP],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(CORPUS, trainer)
    fast = transformers.PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, eos_token=STOP, pad_token=PAD
    )
    fast.chat_template = CHATML
    return fast


@contextmanager
def one_thread():
    """Torch on one thread, as in `killed_once_there`: float32 gradients depend on their number."""
    torch = pytest.importorskip("torch")
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def killed_once_there(module: str, arguments: Sequence[str], file: Path) -> None:
    """Run `python -m module` and kill it with SIGKILL as soon as the file is there."""
    env = {**os.environ, "OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-m", module, *arguments]
    process = subprocess.Popen(
        command, cwd=ROOT, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    )
    deadline = time.monotonic() + 120
    while not file.exists() and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.002)
    process.kill()
    _, errors = process.communicate()
    assert process.returncode == -signal.SIGKILL, errors.decode()[-2000:]
