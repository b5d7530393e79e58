"""The combining command of the paper's repository: one data set from the trees of all runs.

Runs `python -m rewards extract` on all of `roots/` at once, as many states from each environment;
flags that it does not know go there.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from rewards.__main__ import main as rewards


def main(argv: Sequence[str] | None = None) -> int:
    given, rest = parser().parse_known_args(argv)
    runs = sorted(str(path.parent) for path in given.roots.glob("*/episodes.jsonl"))
    if not runs:
        print(f"error: {given.roots} holds no runs of harness.explore", file=sys.stderr)
        return 2
    return rewards(["extract", *runs, "--out", str(given.out), "--balance", *rest])


def parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__, allow_abbrev=False)
    parser.add_argument("--roots", type=Path, default=Path("roots"), help="(roots)")
    parser.add_argument("--out", type=Path, default=Path("samples_all"), help="(samples_all)")
    return parser


if __name__ == "__main__":
    sys.exit(main())
