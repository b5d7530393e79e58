"""`python -m harness`: play tasks with a policy, a search and a reward model, and rank it."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from harness import command
from harness.config import RunConfig
from harness.flags import ALL, Program

PROGRAM = Program(
    name="harness",
    description="Play tasks with a policy, a search and a reward model; write a leaderboard.",
    defaults=RunConfig(),
    settings=ALL,
    rescores=True,
    leaderboard=True,
)


def main(argv: Sequence[str] | None = None) -> int:
    return command.main(PROGRAM, argv)


if __name__ == "__main__":
    sys.exit(main())
