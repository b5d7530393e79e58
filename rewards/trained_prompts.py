"""In whose words a reward model reads: in those that it was trained with."""

from __future__ import annotations

from pathlib import Path

from agentrm_envs.prompt_tree import PromptTree
from rewards.errors import BadModel


def reads_with(folder: Path, trained: str, given: PromptTree | None) -> PromptTree | None:
    """The prompts that a checkpoint needs: none, or those given, if it was trained with them.

    `trained` is their `scored_checksum`, empty for this project's own words. A model that was
    trained with these keeps to them, whatever the policy is told.
    """
    if not trained:
        return None
    if given is None or given.scored_checksum != trained:
        other = "none are given" if given is None else f"those of {given.folder} are others"
        raise BadModel(
            f"{folder} was trained with the prompts {trained[:12]} (sha256 of what reward models "
            f"are told), and {other}; say --prompts DIR, with ?rm=unified if it was trained so"
        )
    return given
