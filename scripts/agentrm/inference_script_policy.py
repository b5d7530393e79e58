"""The inference command of the paper's repository, by its flags: runs `python -m harness`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from harness.__main__ import main as harness

METHODS = {"greedy": "greedy", "bestofn": "best-of-n", "beam": "beam"}
TASKS = {"alfworld_ab": "alfworld", "sciworld_ab": "sciworld"}
"""The paper's repository has two versions of these; other names are the same here."""
SERVING = ("port", "part_num")
"""Flags about its model servers; here models are loaded by the harness itself."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run it; flags that are not of the paper's repository go to the harness as they are."""
    given, rest = parser().parse_known_args(argv)
    if unused := [name for name in SERVING if getattr(given, name) is not None]:
        flags = ", ".join(f"--{name}" for name in unused)
        print(f"note: {flags} not needed: no model server is used", file=sys.stderr)
    arguments = translated(given) + rest
    print(f"python -m harness {' '.join(arguments)}", file=sys.stderr)
    return harness(arguments)


def translated(given: argparse.Namespace) -> list[str]:
    """The same run in the harness's flags."""
    arguments = ["--method", METHODS[given.inference_method]]
    arguments += ["--policy", f"hf:{given.policy_path}" if given.policy_path else "embedded"]
    judged = given.inference_method != "greedy"
    with_head = f"explicit:{given.prm_path}" if given.prm_path else "explicit"
    arguments += ["--rm", with_head if judged else "none"]
    if given.tasks:
        arguments += ["--tasks", *(TASKS.get(name, name) for name in given.tasks)]
    return arguments


def parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__, allow_abbrev=False)
    parser.add_argument("--policy_path", default="", help="a language model (the embedded one)")
    parser.add_argument("--prm_path", default="", help="a reward model (the embedded one)")
    parser.add_argument("--inference_method", choices=METHODS, default="bestofn")
    parser.add_argument("--tasks", nargs="+", metavar="NAME", help="(all)")
    parser.add_argument("--port", help="not needed here")
    parser.add_argument("--part_num", help="not needed here")
    return parser


if __name__ == "__main__":
    sys.exit(main())
