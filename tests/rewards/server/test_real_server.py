"""Against somebody else's server: `transformers serve`, with a tiny model, on loopback.

It needs fastapi, uvicorn and openai beside `agentrm[hf,server]`; then
`pytest -m soak tests/rewards/server` runs it.
"""

from __future__ import annotations

import asyncio
import json
import os
import socket
import subprocess
import sys
import time

import pytest

pytest.importorskip("httpx2")
pytest.importorskip("transformers")
pytest.importorskip("fastapi", reason="`transformers serve` needs fastapi")
pytest.importorskip("uvicorn", reason="`transformers serve` needs uvicorn")
pytest.importorskip("openai", reason="`transformers serve` needs openai's types")

from rewards import chat_registry
from tests.tiny_model import tiny_base

pytestmark = pytest.mark.soak

CONVERSATION = [
    {"role": "system", "content": "You walk through a maze."},
    {"role": "user", "content": "The goal is at position 7, 4."},
    {"role": "assistant", "content": "Action: move up"},
    {"role": "user", "content": "There are walls above you."},
]
START_SECONDS = 240


class Serving:
    """The server's process, which can be killed and started again at the same address."""

    def __init__(self, folder):
        self.folder = folder
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.start()

    def start(self):
        program = "from transformers.cli.transformers import main; main()"
        flags = ["--host", "127.0.0.1", "--port", str(self.port), "--device", "cpu"]
        self.process = subprocess.Popen(
            [sys.executable, "-c", program, "serve", str(self.folder), *flags],
            env={**os.environ, "HF_HUB_OFFLINE": "1"},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def wait(self):
        for _ in range(START_SECONDS * 5):
            with socket.socket() as client:
                if client.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            assert self.process.poll() is None, "the server ended by itself"
            time.sleep(0.2)
        raise TimeoutError(f"no server after {START_SECONDS} s")

    def kill(self):
        self.process.kill()
        self.process.wait()

    def reference(self):
        return f"openai:{self.folder}@http://127.0.0.1:{self.port}/v1"


@pytest.fixture(autouse=True)
def environment(monkeypatch):
    monkeypatch.setenv("AGENTRM_REPLY_CACHE", "off")
    monkeypatch.delenv("AGENTRM_API_KEY", raising=False)


@pytest.fixture(scope="module")
def serving(tmp_path_factory):
    folder = tiny_base(tmp_path_factory.mktemp("served"))
    config = folder / "generation_config.json"  # without do_sample this server never draws
    config.write_text(json.dumps({**json.loads(config.read_text()), "do_sample": True}))
    serving = Serving(folder)
    try:
        serving.wait()
        yield serving
    finally:
        serving.kill()


def ask(chat, seeds, temperature=0.0, limit=12):
    return asyncio.run(chat.reply(CONVERSATION, seeds, temperature=temperature, limit=limit))


def test_the_likeliest_reply_is_that_of_the_same_model_in_this_process(serving):
    there = ask(chat_registry.load(serving.reference()), [1])
    here = ask(chat_registry.load(f"hf:{serving.folder}"), [1])
    assert there.texts == here.texts
    assert there.texts[0]
    assert there.written == here.written
    assert there.read > 0


def test_a_seed_draws_the_same_reply_again(serving):
    chat = chat_registry.load(serving.reference())
    first, second, again = (ask(chat, [seed], temperature=1.0).texts for seed in (1, 2, 1))
    assert first == again != second


def test_without_seeds_each_reply_is_asked_for_where_the_server_gives_one(serving):
    chat = chat_registry.load(serving.reference() + "?seeds=off")
    assert len(set(ask(chat, [1, 2, 3], temperature=1.0).texts)) > 1


def test_a_killed_server_is_waited_for(serving):
    chat = chat_registry.load(serving.reference())
    before = ask(chat, [1])
    serving.kill()
    serving.start()
    assert ask(chat, [1]) == before
