"""Language models as policies: the embedded one, and any causal LM from a local folder."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from agentrm_envs import Action, Trajectory
from agentrm_envs.chat import parse_action, render
from harness.batching import Batcher
from rewards.backbone.adapters import BASE, CONFIG_FILE, read_adapter
from rewards.backbone.engine import Engine
from rewards.backbone.language_model import LanguageModel, base_of, folder_checksum, shared
from rewards.backbone.proposals import Wish, continue_all
from rewards.errors import BadModel
from rewards.factories import ModelRequest
from rewards.metering import usage

ADAPTER = Path(__file__).parent / "embedded_adapter"
"""The embedded policy: a LoRA adapter over the embedded base (see its model card)."""
_BATCH = 24
"""Requests that are answered together at most: each has a copy of its prefix meanwhile."""


@dataclass(frozen=True, slots=True)
class Style:
    """How a policy is asked."""

    examples: int
    """Worked examples in the prompt, for models that were not trained on the environments."""
    limit: int
    """Tokens of a completion at most."""


TRAINED = Style(examples=0, limit=40)
UNTRAINED = Style(examples=1, limit=256)


def embedded(request: ModelRequest) -> LanguageModelPolicy:
    """The embedded policy, which needs no path: base and adapter come with the project."""
    if request.argument:
        raise BadModel(f"embedded takes no argument, not {request.argument!r}; use hf:PATH")
    return _adapted(ADAPTER, request.seed)


def local(request: ModelRequest) -> LanguageModelPolicy:
    """`hf:PATH`: a causal LM's folder, or the folder of an adapter that we trained."""
    folder = Path(request.argument).expanduser()
    if not request.argument or not folder.is_dir():
        raise BadModel(f"hf:PATH needs the folder of a causal language model, not {folder}")
    if (folder / CONFIG_FILE).is_file():
        return _adapted(folder, request.seed)
    checksum = folder_checksum(folder)
    return LanguageModelPolicy(shared(folder), BASE, UNTRAINED, request.seed, checksum)


def _adapted(folder: Path, seed: int) -> LanguageModelPolicy:
    adapter = read_adapter(folder)
    model = base_of(adapter)
    model.add(adapter)
    return LanguageModelPolicy(model, adapter.name, TRAINED, seed, folder_checksum(folder))


class LanguageModelPolicy:
    """Proposes what a language model says next; concurrent callers share its batches."""

    def __init__(
        self, model: LanguageModel, adapter: str, style: Style, seed: int, checksum: str
    ) -> None:
        self.checksum = checksum
        self._model = model
        self._adapter = adapter
        self._style = style
        self._seed = seed
        self._answer = Batcher[Wish, tuple[list[list[int]], int]](self._answer_all, _BATCH)

    async def propose(
        self, trajectory: Trajectory, n: int, *, temperature: float | None = None
    ) -> list[Action]:
        messages = render(trajectory, examples=self._style.examples)
        path = self._model.conversation.reply_path(messages)
        heat = 0.7 if temperature is None else temperature
        wish = Wish(path, [draw_seed(self._seed, trajectory, i) for i in range(n)], heat)
        replies, read = await self._answer(wish)
        counts = usage()
        counts.policy_calls += 1
        counts.policy_tokens += read + sum(len(tokens) for tokens in replies)
        return [self._action(tokens) for tokens in replies]

    def _action(self, tokens: Sequence[int]) -> Action:
        completion = self._model.tokenizer.decode(tokens, skip_special_tokens=True).strip()
        return Action(parse_action(completion), completion)

    async def _answer_all(self, wishes: Sequence[Wish]) -> list[tuple[list[list[int]], int]]:
        def work(engine: Engine) -> list[tuple[list[list[int]], int]]:
            model = self._model
            replies, read = continue_all(
                engine, model.head, wishes, stop=model.stop, limit=self._style.limit
            )
            return list(zip(replies, read, strict=True))

        return await self._model.run(self._adapter, work)


def draw_seed(seed: int, trajectory: Trajectory, index: int) -> int:
    """The seed of one proposal: of the run's seed, the task, the actions so far and its index."""
    digest = hashlib.sha256(
        f"{seed}\0{trajectory.task.env}\0{trajectory.task.id}\0{index}".encode()
    )
    for step in trajectory.steps:
        digest.update(b"\0" + step.action.text.encode())
    return int.from_bytes(digest.digest()[:8], "big")
