"""AgentBoard's 60 PDDL tasks, read from its own files.

They lie in `$AGENTRM_DATA/pddl/` as in the upstream repository: `gripper.pddl` and
`gripper/prob01.pddl`, and so on for the four domains.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from agentrm_envs.errors import MissingData
from agentrm_envs.pddl.env import FAMILIES

REPOSITORY = "hkust-nlp/AgentBoard"
COMMIT = "bb7255e"
FOLDER = "agentboard/environment/pddl_env/pddlgym/pddl"
"""Where the files come from: this folder of the repository at the commit."""
NUMBER_OF_PROBLEMS = {"gripper": 20, "blockworld": 10, "barman": 20, "tyreworld": 10}


def load(split: str) -> Mapping[str, Mapping[str, str]]:
    """The tasks of one split by id, as `gripper/prob01`; all of them are in the test split.

    Files count in the order of their names, as AgentBoard's indices do. Raises MissingData
    where a file is not there.
    """
    if split != "test":
        return {}
    root = Path(os.environ.get("AGENTRM_DATA", "data")) / "pddl"
    table: dict[str, Mapping[str, str]] = {}
    for family in FAMILIES:
        table.update(_family(root, family))
    return table


def _family(root: Path, family: str) -> dict[str, Mapping[str, str]]:
    domain = root / f"{family}.pddl"
    problems = sorted((root / family).glob("*.pddl"), key=lambda path: path.name)
    expected = NUMBER_OF_PROBLEMS[family]
    if not domain.is_file() or len(problems) != expected:
        raise MissingData(
            f"pddl: expected {domain} and {expected} problems in {root / family}, found "
            f"{len(problems)}; run `python -m agentrm_envs data fetch pddl`, or set AGENTRM_DATA "
            "to the folder that holds pddl/"
        )
    text = domain.read_text(encoding="utf-8")
    return {
        f"{family}/{path.stem}": {
            "family": family,
            "domain": text,
            "problem": path.read_text(encoding="utf-8"),
            "source": f"{family}/{path.name}",
        }
        for path in problems
    }
