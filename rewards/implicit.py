"""The implicit reward model: how much likelier than a reference a trained policy finds an action.

    r_t = beta * log(pi_theta(a_t | s_t) / pi_ref(a_t | s_t))

over the tokens of the action (paper, section 3.3; Yuan et al., 2024). Both policies are LoRA
adapters over one base in memory, or the reference is the base itself. Prefixes that were scored
before are not read again.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from agentrm_envs import Trajectory
from agentrm_envs.chat import EVERYTHING, Shown
from agentrm_envs.prompt_tree import PromptTree
from rewards.backbone.adapters import BASE, read_adapter
from rewards.backbone.engine import Engine
from rewards.backbone.language_model import LanguageModel, base_of, model_checksum
from rewards.backbone.likelihood import action_logprobs
from rewards.backbone.model_folder import model_folder
from rewards.backbone.reading import Reading
from rewards.errors import BadModel
from rewards.factories import ModelRequest
from rewards.metering import usage
from rewards.settings import read_settings
from rewards.trained_prompts import reads_with

ADAPTER = Path(__file__).parent / "implicit_adapter"
"""The embedded one: a LoRA adapter over the embedded base. Its reference is the embedded policy."""
SETTINGS_FILE = "implicit.json"
Score = Literal["sum", "last", "mean", "min"]
SCORES: Mapping[Score, Callable[[Sequence[float]], float]] = {
    "sum": math.fsum,
    "last": lambda rewards: rewards[-1],
    "mean": lambda rewards: math.fsum(rewards) / len(rewards),
    "min": min,
}
"""A trajectory's score of its actions' rewards."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What stands beside a checkpoint's adapter, in `implicit.json`."""

    beta: Annotated[float, Field(gt=0)]
    """The reward of an action that is e times as likely as under the reference."""
    reference: str | None
    """The reference's folder, as seen from the checkpoint's; None where it is the base."""
    score: Score = "sum"
    """Training fits the sum to the outcome; the paper does not say which it chooses by."""
    shown: Shown = EVERYTHING
    """What of a state it was trained to read."""
    prompts_sha256: str = ""
    """Of what it was told first, where that was another's prompts: `scored_checksum`."""


def load(request: ModelRequest) -> ImplicitReward:
    """`implicit`, the embedded one, or `implicit:PATH` with the folder of a checkpoint.

    `implicit:PATH?score=min` and `implicit:?score=min` score a trajectory otherwise.
    """
    path, _, score = request.argument.partition("?score=")
    folder = model_folder(path) if path else ADAPTER
    if folder is None:
        raise BadModel(
            "implicit:PATH needs the folder of a reward model, or a name that `hf download NAME` "
            f"put in the hub's cache; {path} is none. `python -m rewards train --kind implicit` "
            "makes one"
        )
    adapter = read_adapter(folder)
    settings = settings_of(folder)
    if score:
        settings = replace(settings, score=_score(score))
    model = base_of(adapter)
    model.add(adapter)
    reference, checksums = BASE, [model_checksum(folder)]
    if settings.reference is not None:
        other = read_adapter(folder / settings.reference)
        model.add(other)
        reference = other.name
        checksums.append(model_checksum(folder / settings.reference))
    return ImplicitReward(
        model,
        adapter.name,
        reference,
        settings,
        hashlib.sha256(" ".join(checksums).encode()).hexdigest(),
        reads_with(folder, settings.prompts_sha256, request.prompts),
    )


def _score(name: str) -> Score:
    for score in SCORES:
        if score == name:
            return score
    raise BadModel(f"a score is one of {', '.join(SCORES)}, not {name!r}")


def settings_of(folder: Path) -> Settings:
    """What a checkpoint's `implicit.json` says."""
    file = folder / SETTINGS_FILE
    if not file.is_file():
        raise BadModel(f"{folder} has no {SETTINGS_FILE}: it is not an implicit reward model")
    return read_settings(file, Settings)


class ImplicitReward:
    """Scores trajectories by the rewards of their actions; one without actions by 0."""

    def __init__(
        self,
        model: LanguageModel,
        adapter: str,
        reference: str,
        settings: Settings,
        checksum: str,
        prompts: PromptTree | None = None,
    ) -> None:
        self.checksum = checksum
        self._model = model
        self._adapter = adapter
        self._reference = reference
        self._settings = settings
        self._prompts = prompts

    async def score(self, trajectories: Sequence[Trajectory]) -> list[float]:
        """The scores, in order."""
        combine = SCORES[self._settings.score]
        steps = await self.step_rewards(trajectories)
        return [combine(rewards) if rewards else 0.0 for rewards in steps]

    async def step_rewards(self, trajectories: Sequence[Trajectory]) -> list[list[float]]:
        """For each trajectory the reward of each action; what both policies read is counted."""
        if not trajectories:
            return []
        reading = Reading.of(trajectories, self._settings.shown, self._prompts)
        own = await self._log_probs(self._adapter, reading)
        reference = await self._log_probs(self._reference, reading)
        usage().rm_calls += 1
        return [
            [self._settings.beta * (one - other) for one, other in zip(*pair, strict=True)]
            for pair in zip(own, reference, strict=True)
        ]

    async def _log_probs(self, adapter: str, reading: Reading) -> list[list[float]]:
        """Of each trajectory's actions, as one of the policies finds them."""
        model = self._model

        def work(engine: Engine) -> tuple[list[list[float]], int]:
            found, tokens = action_logprobs(engine, model.head, model.conversation, reading.calls)
            return [[each.log_prob for each in own] for own in reading.in_order(found)], sum(tokens)

        log_probs, tokens = await model.run(adapter, work)
        usage().rm_tokens += tokens
        return log_probs
