"""An explicit reward model (rewards/explicit.py) that vLLM computes: `--rm vllm:PATH`."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path

from agentrm_envs import Trajectory
from agentrm_envs.chat import render_scored
from rewards.backbone.conversation import ConversationTokens
from rewards.backbone.language_model import model_checksum
from rewards.backbone.loading import chat_tokenizer
from rewards.backbone.prefix_cache import Segment
from rewards.explicit import ADAPTER, Told, told
from rewards.factories import ModelRequest
from rewards.metering import usage
from rewards.vllm.checkpoint import folder_of, reward_model
from rewards.vllm.engine import Engine, reward_engine
from rewards.vllm.seen_prefixes import SeenPrefixes


def load(request: ModelRequest) -> VllmReward:
    """`vllm:PATH` with what `explicit:PATH` takes; `vllm` is the embedded reward model."""
    folder = folder_of(request) or ADAPTER
    return VllmReward.from_folder(folder, told(folder, request.prompts))


class VllmReward:
    """Scores trajectories by a value in about [0, 1], as `ExplicitReward` of the same folder."""

    def __init__(
        self,
        engine: Engine,
        conversation: ConversationTokens,
        checksum: str,
        told: Told,
    ) -> None:
        self.checksum = checksum
        self._engine = engine
        self._conversation = conversation
        self._told = told
        self._seen = SeenPrefixes()

    @classmethod
    def from_folder(cls, folder: Path, told: Told) -> VllmReward:
        """Of a whole reward model's folder, or of an adapter's with its head."""
        whole = reward_model(folder)
        conversation = ConversationTokens(chat_tokenizer(whole))
        return cls(reward_engine(whole), conversation, model_checksum(folder), told)

    async def score(self, trajectories: Sequence[Trajectory]) -> list[float]:
        """The values, in order; what is counted as read is only what was not read before."""
        if not trajectories:
            return []
        paths = [self._path(trajectory) for trajectory in trajectories]
        values = await asyncio.gather(*map(self._value, paths))
        counts = usage()
        counts.rm_calls += 1
        counts.rm_tokens += sum(map(self._seen.read, paths))
        return values

    def _path(self, trajectory: Trajectory) -> list[Segment]:
        told = self._told
        return self._conversation.read_path(render_scored(trajectory, told.shown, told.prompts))

    async def _value(self, path: Sequence[Segment]) -> float:
        answer = await self._engine.pooled([token for segment in path for token in segment])
        return float(answer.outputs.data)
