"""A model in vLLM, in a process of its own: requests of all episodes share its batches."""

from __future__ import annotations

import asyncio
import atexit
import itertools
import threading
from collections.abc import AsyncIterator, Coroutine, Sequence
from concurrent.futures import Future, wait
from functools import cache
from multiprocessing import active_children
from pathlib import Path
from typing import Any, TypeVar

import torch
from vllm import AsyncEngineArgs, AsyncLLMEngine, PoolingParams, SamplingParams
from vllm.config import PoolerConfig
from vllm.inputs import tokens_input
from vllm.platforms import current_platform
from vllm.v1.engine.exceptions import EngineDeadError

from rewards.backbone.arithmetic import number_type
from rewards.backbone.loading import load_config
from rewards.errors import RewardError
from rewards.vllm.guard import Guard
from rewards.vllm.resources import CPU_CACHE, MAX_TOKENS, POLICY_SHARE, REWARD_SHARE, Resources

Result = TypeVar("Result")

_CPU_CACHE_BYTES = 1 << 30
"""Unless `VLLM_CPU_KVCACHE_SPACE` says otherwise; vLLM would take a share of all memory."""
_CPU_BLOCK = 32
"""Tokens of a cached block: a conversation's unfinished last one is read anew by each request."""

_GRACE = 30.0
"""Seconds in which an engine's processes may end by themselves."""
_LOOK = 0.2
"""Seconds between two looks at which processes an engine that starts has begun."""


class EngineFailed(RewardError):
    """A vLLM engine did not start, or has died."""


class PromptTooLong(RewardError):
    """A conversation does not fit what the engine can hold."""


@cache
def policy_engine(folder: Path) -> Engine:
    """The engine that continues conversations by a causal language model, once per process."""
    resources = Resources.of(POLICY_SHARE)
    return Engine(_arguments(folder, resources, "generate", None), POLICY_SHARE)


@cache
def reward_engine(folder: Path) -> Engine:
    """The engine that reads the value of conversations by a model with a scalar head."""
    resources = Resources.of(REWARD_SHARE)
    raw = PoolerConfig(use_activation=False)  # a value is no logit: no sigmoid belongs on it
    return Engine(_arguments(folder, resources, "pooling", raw), REWARD_SHARE)


def _arguments(
    folder: Path, resources: Resources, runner: str, pooler: PoolerConfig | None
) -> AsyncEngineArgs:
    on_cpu = current_platform.is_cpu()
    return AsyncEngineArgs(
        model=str(folder),
        runner=runner,
        pooler_config=pooler,
        dtype=_dtype(folder, on_cpu),
        max_model_len=resources.max_tokens,
        gpu_memory_utilization=resources.share,
        kv_cache_memory_bytes=_CPU_CACHE_BYTES if on_cpu else None,
        block_size=_CPU_BLOCK if on_cpu else None,
        enforce_eager=on_cpu,  # compiling takes a minute, for models that take seconds
        enable_prefix_caching=True,
        disable_log_stats=True,
        trust_remote_code=False,
    )


def _dtype(folder: Path, on_cpu: bool) -> str:
    """The weights' own, as with `hf:PATH`; vLLM's "auto" would shorten float32 to bfloat16."""
    if on_cpu and number_type() is torch.float32:
        return "float32"
    own = load_config(folder).dtype
    return "float32" if own == torch.float32 else "auto"


class Engine:
    """vLLM's engine, with an event loop of its own that outlives those of its callers."""

    def __init__(self, arguments: AsyncEngineArgs, share: str) -> None:
        """`share` is the variable that mends a lack of memory, for messages."""
        self._numbers = itertools.count()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._serve, name="vllm", daemon=True)
        self._thread.start()
        self._guard = Guard()
        try:
            self._engine: Any = self._begun(arguments)
        except Exception as error:
            self._end()
            raise EngineFailed(
                f"vLLM could not load {arguments.model}: {error}; its own messages are above. "
                f"If memory is short, lower {share} or {MAX_TOKENS} on a GPU, {CPU_CACHE} on a CPU"
            ) from error
        self.max_tokens: int = self._engine.model_config.max_model_len
        atexit.register(self.close)

    async def continued(self, prompt: Sequence[int], parameters: SamplingParams) -> Any:
        """vLLM's `RequestOutput` for a prompt."""
        self._check(prompt)
        return await self._answer(self._engine.generate, prompt, parameters)

    async def pooled(self, prompt: Sequence[int]) -> Any:
        """vLLM's `PoolingRequestOutput` for a prompt, from which its raw value can be read."""
        self._check(prompt)
        parameters = PoolingParams(task="classify", use_activation=False)
        return await self._answer(self._engine.encode, prompt, parameters)

    def close(self) -> None:
        """End the engine's process."""
        atexit.unregister(self.close)
        engine, self._engine = self._engine, None  # or it would end once more, too late
        self._soon(_stopped(engine)).result()
        self._end()

    def _serve(self) -> None:
        """Run the loop until it is stopped, and end what vLLM has left running in it."""
        with asyncio.Runner(loop_factory=lambda: self._loop) as runner:
            runner.get_loop().run_forever()

    def _begun(self, arguments: AsyncEngineArgs) -> Any:
        """vLLM's engine once it has started; its processes are guarded from their beginning."""
        others = active_children()
        starting = self._soon(_started(arguments))
        while True:
            done = wait([starting], timeout=_LOOK).done
            own = [process.pid for process in active_children() if process not in others]
            self._guard.watch(pid for pid in own if pid is not None)
            if done:
                return starting.result()

    def _end(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._guard.close()

    def _check(self, prompt: Sequence[int]) -> None:
        if len(prompt) >= self.max_tokens:
            raise PromptTooLong(
                f"a conversation has {len(prompt)} tokens; the engine holds less than "
                f"{self.max_tokens}: the model's limit, {MAX_TOKENS}, or what its cache holds"
            )

    async def _answer(self, ask: Any, prompt: Sequence[int], parameters: Any) -> Any:
        answers = ask(tokens_input(list(prompt)), parameters, str(next(self._numbers)))
        try:
            return await asyncio.wrap_future(self._soon(_last(answers)))
        except EngineDeadError as error:
            raise EngineFailed(
                "the vLLM engine has died: its last messages say why; --resume goes on"
            ) from error

    def _soon(self, work: Coroutine[Any, Any, Result]) -> Future[Result]:
        return asyncio.run_coroutine_threadsafe(work, self._loop)


async def _started(arguments: AsyncEngineArgs) -> Any:
    return AsyncLLMEngine.from_engine_args(arguments)


async def _stopped(engine: Any) -> None:
    engine.shutdown(timeout=_GRACE)


async def _last(answers: AsyncIterator[Any]) -> Any:
    found = None
    async for answer in answers:
        found = answer
    return found
