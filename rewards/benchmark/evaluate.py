"""How good a reward model is on states and trajectories that it was not trained on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from agentrm_envs.prompt_tree import PromptTree
from rewards import registry
from rewards.benchmark.journal import Journaled
from rewards.benchmark.limits import Evaluation, chosen
from rewards.benchmark.perturbations import PERTURBATIONS
from rewards.benchmark.predictions import TaskPredictions, predict
from rewards.benchmark.quality import Quality, qualities
from rewards.benchmark.robustness import Changes, robustness
from rewards.core import RewardModel
from rewards.states import StateTree


@dataclass(frozen=True, slots=True)
class Evaluated:
    """What was found out about one reward model."""

    qualities: dict[str, Quality]
    """By environment, sorted, and last the mean of the environments."""
    predictions: list[TaskPredictions]
    """What it was measured on."""
    notes: dict[str, float]
    """What it tells of its own working, as a judge does of its abstentions."""
    changes: dict[str, Changes] = field(default_factory=dict)
    """By perturbation."""
    checksum: str = ""
    """Of the reward model, where it has one."""


async def evaluate_all(
    trees: Sequence[StateTree],
    names: Sequence[str],
    settings: Evaluation,
    prompts: PromptTree | None = None,
    journal: Path | None = None,
) -> dict[str, Evaluated]:
    """The reward models of these names, each loaded from the registry, on the same states.

    What they answered is kept in the file `journal`, and not asked again.
    """
    for name in names:
        registry.REWARD_MODELS.check(name)
    found = {}
    for name in dict.fromkeys(names):
        reward_model = registry.load(name, seed=settings.seed, prompts=prompts)
        if journal is not None:
            told = f"{name}\n{settings.seed}\n{prompts.checksum if prompts else ''}"
            reward_model = Journaled(reward_model, journal, told)
        found[name] = await evaluate(trees, reward_model, settings, label=name)
    return found


async def evaluate(
    trees: Sequence[StateTree],
    reward_model: RewardModel,
    settings: Evaluation,
    *,
    label: str = "",
) -> Evaluated:
    """The quality of a reward model on the chosen states of the trees."""
    states = chosen(trees, settings)
    predictions = await predict(states, reward_model, label=label)
    notes: dict[str, float] = dict(getattr(reward_model, "notes", {}))
    checksum: str = getattr(reward_model, "checksum", "")
    changes = {}
    for name in settings.perturb:
        after = await predict(
            states, reward_model, perturbed=PERTURBATIONS[name], label=f"{label} {name}"
        )
        changes[name] = robustness(predictions, after)
    return Evaluated(qualities(predictions), predictions, notes, changes, checksum)
