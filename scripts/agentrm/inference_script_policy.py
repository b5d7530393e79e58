"""The inference command of the paper's repository, by its flags: runs `python -m harness`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from harness.__main__ import main as harness

METHODS = {"greedy": "greedy", "bestofn": "best-of-n", "beam": "beam"}
TASKS = {
    "alfworld": "alfworld:eto",
    "alfworld_ab": "alfworld",
    "sciworld_ab": "sciworld:agentboard",
}
"""The paper's repository has AgentBoard's and ETO's version of these; other names are ours."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run it; flags that are not of the paper's repository go to the harness as they are."""
    given, rest = parser().parse_known_args(argv)
    if given.port and not given.policy_path:
        print("error: --port needs --policy_path, the name of the model there", file=sys.stderr)
        return 2
    if given.part_num:
        print("note: --part_num not needed: one process plays all tasks", file=sys.stderr)
    arguments = translated(given) + rest
    print(f"python -m harness {' '.join(arguments)}", file=sys.stderr)
    return harness(arguments)


def translated(given: argparse.Namespace) -> list[str]:
    """The same run in the harness's flags."""
    arguments = ["--method", METHODS[given.inference_method]]
    arguments += ["--policy", policy(given)]
    judged = given.inference_method != "greedy"
    with_head = f"explicit:{given.prm_path}" if given.prm_path else "explicit"
    arguments += ["--rm", with_head if judged else "none"]
    if given.tasks:
        arguments += ["--tasks", *(TASKS.get(name, name) for name in given.tasks)]
    return [*arguments, "--limit", "0"]  # all tasks, as there; a later --limit of yours wins


def policy(given: argparse.Namespace) -> str:
    """A server's model where there is a port, else one that the harness loads itself."""
    if given.port:
        return f"openai:{given.policy_path}@http://127.0.0.1:{given.port}/v1"
    return f"hf:{given.policy_path}" if given.policy_path else "embedded"


def parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__, allow_abbrev=False)
    parser.add_argument("--policy_path", default="", help="a language model (the embedded one)")
    parser.add_argument("--prm_path", default="", help="a reward model (the embedded one)")
    parser.add_argument("--inference_method", choices=METHODS, default="bestofn")
    parser.add_argument("--tasks", nargs="+", metavar="NAME", help="(all)")
    parser.add_argument(
        "--port", type=int, help="of an OpenAI-compatible server on this machine that has the model"
    )
    parser.add_argument("--part_num", help="not needed here")
    return parser


if __name__ == "__main__":
    sys.exit(main())
