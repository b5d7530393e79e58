"""AgentBoard's 60 PDDL tasks, read from its own files.

They lie in `$AGENTRM_DATA/pddl/` as in the upstream repository (hkust-nlp/AgentBoard,
agentboard/environment/pddl_env/pddlgym/pddl): `gripper.pddl`, `gripper/prob01.pddl` and so on.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import PurePosixPath

from agentrm_envs import assets
from agentrm_envs.errors import BadData
from agentrm_envs.pddl.env import FAMILIES
from agentrm_envs.pddl.sexpr import MAX_CHARACTERS

NAME = "pddl"


def load(split: str) -> Mapping[str, Mapping[str, str]]:
    """The tasks of one split by id, as `gripper/prob01`; all of them are in the test split.

    Files count in the order of their names, as AgentBoard's indices do (`problem10` comes
    before `problem2`). Raises MissingData where one is not there.
    """
    if split != "test":
        return {}
    paths = [PurePosixPath(file.path) for file in assets.assets(NAME).files]
    return {
        f"{family}/{path.stem}": {
            "family": family,
            "domain": _text(f"{family}.pddl"),
            "problem": _text(str(path)),
            "source": str(path),
        }
        for family in FAMILIES
        for path in sorted(paths)
        if path.parent.name == family
    }


def _text(path: str) -> str:
    file = assets.official_file(NAME, path)
    size = file.stat().st_size
    if size > MAX_CHARACTERS:
        raise BadData(f"{file}: {size} bytes; at most {MAX_CHARACTERS} are read")
    return assets.text_of(file)
