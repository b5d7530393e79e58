"""`python -m harness`: play tasks with a policy, a search and a reward model, and rank it."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from harness import command
from harness.config import RunConfig
from harness.flags import ALL, Program

EXAMPLES = """\
examples:
  python -m harness                                 embedded policy, reward model and beam search
  python -m harness --policy expert --rm none       no model: is all set up? seconds
  python -m harness --tasks maze pddl --limit 20 --method best-of-n --n 5
  python -m harness --policy openai:MODEL@http://127.0.0.1:8000/v1 --rm judge --method best-of-n
  python -m harness --rescore runs/bon --rm random  the same trajectories, chosen by another
  python -m harness --resume runs/20260101-120000
`python -m agentrm_envs list` shows environments, `python -m rewards list` reward models.

"""

PROGRAM = Program(
    name="harness",
    description="Play tasks with a policy, a search and a reward model; write a leaderboard.",
    defaults=RunConfig(),
    settings=ALL,
    rescores=True,
    leaderboard=True,
    epilog=EXAMPLES,
)


def main(argv: Sequence[str] | None = None) -> int:
    return command.main(PROGRAM, argv)


if __name__ == "__main__":
    sys.exit(main())
