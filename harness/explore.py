"""`python -m harness.explore`: search trees of training tasks, for reward models to learn from."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from harness import command
from harness.config import RunConfig
from harness.flags import Program

EXAMPLES = """\
examples:
  python -m harness.explore --out runs/explore
  python -m harness.explore --policy hf:models/policy --tasks maze pddl --limit 40 --iterations 20

"""

PROGRAM = Program(
    name="harness.explore",
    description=(
        "Grow MCTS trees on the train split, with the environments' own scores as returns.\n"
        "`python -m rewards extract` turns the run into training data."
    ),
    epilog=EXAMPLES,
    defaults=RunConfig(method="mcts", rm="oracle", split="train", branch=3, limit=0),
    settings=(
        "policy",
        "tasks",
        "limit",
        "data",
        "seed",
        "prompts",
        "iterations",
        "branch",
        "rollouts",
        "exploration",
        "temperature",
    ),
)


def main(argv: Sequence[str] | None = None) -> int:
    return command.main(PROGRAM, argv)


if __name__ == "__main__":
    sys.exit(main())
