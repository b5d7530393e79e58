"""Which of the models that an entry names come with the project.

An entry's file is anybody's: a path or an address that it names is never opened.
"""

from __future__ import annotations

import re

from harness.policy.registry import POLICIES
from leaderboard.entry import Entry
from leaderboard.errors import NotPlayable
from leaderboard.source import ENSEMBLES
from rewards.factories import UnknownModel
from rewards.registry import REWARD_MODELS

_POLICY = re.compile(r"embedded|random|expert(:[0-9.e-]+)?|(valid|trained):embedded")
_REWARD_MODEL = re.compile(
    r"none|random|oracle|longest|shortest|majority|explicit|implicit(:\?score=[a-z]+)?|"
    r"(likelihood|judge)(:embedded)?"
)


def check_models(entry: Entry) -> None:
    """Raise NotPlayable unless both models come with the project; nothing is loaded."""
    try:
        POLICIES.check(entry.policy)
        REWARD_MODELS.check(entry.reward_model)
    except UnknownModel as error:
        raise NotPlayable(str(error)) from error
    if not _POLICY.fullmatch(entry.policy):
        raise NotPlayable(f"the policy {entry.policy!r} does not come with the project")
    if not is_own_reward_model(entry.reward_model):
        raise NotPlayable(f"the reward model {entry.reward_model!r} does not come with the project")


def is_own_reward_model(reference: str) -> bool:
    """Whether it is one of the project's, or an ensemble of nothing else."""
    kind, colon, members = reference.partition(":")
    known = members.split("+") if colon and kind in ENSEMBLES else [reference]
    return all(map(_REWARD_MODEL.fullmatch, known))
