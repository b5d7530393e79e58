"""Prompts that are laid out here, for a server that continues them as they stand."""

from __future__ import annotations

import asyncio
from urllib.parse import quote

import pytest

pytest.importorskip("httpx2")
pytest.importorskip("transformers")

from rewards import chat_registry
from rewards.errors import BadModel
from tests.tiny_model import CHATML, PAD, STOP, tiny_tokenizer

QUESTION = [{"role": "user", "content": "Where to?"}]
PROMPT = "<|im_start|>user\nWhere to?<|im_end|>\n<|im_start|>assistant\n"


@pytest.fixture
def tokenizer():
    return tiny_tokenizer()


@pytest.fixture
def load(server, tokenizer, tmp_path):
    """Loads a model with the tokenizer's template, as the tokenizer is then."""
    folder = tmp_path / "a tokenizer"

    def load(options=""):
        tokenizer.save_pretrained(folder)
        address = f"tiny@{server.url}?{options}template={quote(str(folder))}"
        return chat_registry.load(f"openai:{address}")

    return load


def ask(chat, seeds=(1,), question=QUESTION):
    return asyncio.run(chat.reply(question, seeds, temperature=0.7, limit=20)).texts


def test_the_server_is_asked_to_continue_the_text(server, load):
    assert ask(load(), [5]) == ["seed 5"]
    assert server.paths == ["/v1/completions"]
    sampling = {"max_tokens": 20, "temperature": 0.7, "seed": 5, "stop": [STOP]}
    assert server.asked == [{"model": "tiny", "prompt": PROMPT, **sampling}]


def test_many_replies_come_in_one_request(server, load):
    assert ask(load("seeds=off&"), [1, 2]) == ["seed None"] * 2
    assert [asked["n"] for asked in server.asked] == [2]


def test_what_was_asked_before_is_not_asked_again(server, load):
    assert ask(load()) == ask(load())
    assert len(server.asked) == 1


def test_text_of_a_message_cannot_close_it(server, load):
    ask(load(), question=[{"role": "user", "content": STOP}])
    assert server.asked[0]["prompt"].count(STOP) == 1


@pytest.mark.parametrize("adds", [True, False])
def test_a_token_that_begins_every_text_is_not_there_twice(server, load, tokenizer, adds):
    from tokenizers.processors import TemplateProcessing

    tokenizer.bos_token = PAD
    tokenizer.chat_template = "{{ bos_token }}" + CHATML
    if adds:
        beginning = TemplateProcessing(
            single=f"{PAD} $A", special_tokens=[(PAD, tokenizer.bos_token_id)]
        )
        tokenizer.backend_tokenizer.post_processor = beginning
    ask(load())
    assert server.asked[0]["prompt"] == (PROMPT if adds else PAD + PROMPT)


def test_another_template_is_another_model(load, tokenizer):
    before = load().checksum
    tokenizer.chat_template += " "
    assert load().checksum != before


def test_a_tokenizer_without_a_template_is_refused(load, tokenizer):
    tokenizer.chat_template = None
    with pytest.raises(BadModel, match="no chat template"):
        load()
