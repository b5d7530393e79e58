"""The searches that policies are compared by, with the flags that say their sizes."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

METHODS = ("greedy", "best-of-n", "beam")


def add_search_flags(verb: argparse.ArgumentParser) -> None:
    verb.add_argument("--rm", default="explicit", help="the reward model (%(default)s)")
    verb.add_argument(
        "--methods", nargs="+", choices=METHODS, default=[*METHODS], help="(all three)"
    )
    verb.add_argument("--n", type=int, default=5, help="best-of-n: trajectories (%(default)s)")
    verb.add_argument("--width", type=int, default=5, help="beam: prefixes kept (%(default)s)")
    verb.add_argument("--branch", type=int, default=5, help="beam: proposals (%(default)s)")


def search_flags(given: argparse.Namespace, method: str) -> Sequence[str]:
    """The harness's flags of a method."""
    sizes = {
        "greedy": (),
        "best-of-n": ("--n", str(given.n)),
        "beam": ("--width", str(given.width), "--branch", str(given.branch)),
    }
    return ("--method", method, *sizes[method])


def title(given: argparse.Namespace, method: str) -> str:
    """What a method is called in a table."""
    names = {"best-of-n": f"best of {given.n}", "beam": f"beam {given.width}x{given.branch}"}
    return names.get(method, method)
