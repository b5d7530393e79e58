"""The extraction command of the paper's repository: `roots/` has the trees, one run a folder.

Runs `python -m rewards extract` on each of them; flags that it does not know go there.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from rewards.__main__ import main as rewards


def main(argv: Sequence[str] | None = None) -> int:
    """Extract every run's states into a folder of its name; the first failure ends it."""
    given, rest = parser().parse_known_args(argv)
    runs = sorted(path.parent for path in given.roots.glob("*/episodes.jsonl"))
    if not runs:
        print(
            f"error: {given.roots} holds no runs; make one with "
            f"`python -m harness.explore --out {given.roots}/maze --tasks maze`",
            file=sys.stderr,
        )
        return 2
    for run in runs:
        if status := rewards(["extract", str(run), "--out", str(given.out / run.name), *rest]):
            return status
    return 0


def parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__, allow_abbrev=False)
    parser.add_argument("--roots", type=Path, default=Path("roots"), help="(roots)")
    parser.add_argument("--out", type=Path, default=Path("samples"), help="(samples)")
    return parser


if __name__ == "__main__":
    sys.exit(main())
