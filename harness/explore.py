"""`python -m harness.explore`: search trees of training tasks, for reward models to learn from."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass

from harness import command
from harness.config import ConfigError, RunConfig, setting
from harness.flags import Program

EXAMPLES = """\
examples:
  python -m harness.explore --out runs/explore
  python -m harness.explore --policy hf:models/policy --tasks maze pddl --limit 40 --iterations 20

"""


@dataclass(frozen=True)  # with slots, super() would not find its class
class Exploration(RunConfig):
    """A run whose values are returns: each comes from rollouts to the ends of episodes."""

    rollouts: int = setting(1, "mcts: rollouts from each new child, at least 1")

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.rollouts < 1:
            raise ConfigError(
                f"--rollouts must be at least 1, not {self.rollouts}: without any, values are "
                "scores of unfinished episodes, which are no returns"
            )


PROGRAM = Program(
    name="harness.explore",
    description=(
        "Grow MCTS trees on the train split, with the environments' own scores as returns.\n"
        "`python -m rewards extract` turns the run into training data."
    ),
    epilog=EXAMPLES,
    defaults=Exploration(method="mcts", rm="oracle", split="train", branch=3, limit=0),
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
