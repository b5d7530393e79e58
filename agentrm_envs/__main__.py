"""`python -m agentrm_envs`: list environments and tasks, play, check, fetch official data."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from typing import Any

from tqdm import tqdm

from agentrm_envs import assets, contract, data_command, play_command, subject_flags
from agentrm_envs.commands import Parser, count, ended
from agentrm_envs.errors import EnvError, MissingData
from agentrm_envs.registry import EnvSpec, names, spec
from agentrm_envs.task_lists import SPLITS, chosen, task_table

EXAMPLES = """examples:
  python -m agentrm_envs list                          which environments there are
  python -m agentrm_envs tasks maze --split train      which tasks it has
  python -m agentrm_envs play maze                     play a task yourself
  printf 'move up\\nmove left\\n' | python -m agentrm_envs play maze --task TASK
  python -m agentrm_envs check pddl --limit 5          does it keep the contract?
  python -m agentrm_envs check alfworld --set grammar=move perturbation=joined
  AGENTRM_DATA=~/data python -m agentrm_envs data fetch pddl   download its official data

Environments of other packages are found by their entry points (group agentrm.envs)."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit status: 0 is success, 1 a failure, 2 misuse."""
    parsed = _parser().parse_args(arguments)
    return ended(lambda: int(parsed.verb(parsed)), (EnvError,))


def list_environments(parsed: argparse.Namespace) -> int:
    rows = list(_rows())
    if parsed.json:
        print(json.dumps(rows, indent=1))
        return 0
    print(f"{'name':<15} {'id':<26} {'steps':>5} {'metric':<8} {'test':>5} {'train':>6}")
    for row in rows:
        print(
            f"{row['name']:<15} {row['id']:<26} {row['max_steps']:>5} {row['metric']:<8} "
            f"{row['test_tasks']:>5} {row['train_tasks']:>6}"
        )
    variants = [f"{row['name']}:{each}" for row in rows for each in row["variants"]]
    print(f"\nwith other settings: {' '.join(variants)}")
    return 0


def _rows() -> Iterator[dict[str, Any]]:
    """A row for each environment; why another package's has none is told on stderr."""
    for name in names():
        try:
            yield _row(name, spec(name))
        except EnvError as reason:
            print(f"{name} is left out: {reason}", file=sys.stderr)
        except Exception as error:  # whatever another package's files raise is its own affair
            print(f"{name} is left out: {type(error).__name__}: {error}", file=sys.stderr)


def _row(name: str, known: EnvSpec) -> dict[str, Any]:
    return {
        "name": name,
        "id": known.id,
        "max_steps": known.max_steps,
        "metric": known.metric,
        "isolated": known.isolated,
        "extra": known.extra,
        "variants": sorted(known.variants),
        **{f"{split}_tasks": _count(name, split) for split in SPLITS},
        "official_files": len(assets.assets(name).files),
    }


def _count(name: str, split: str) -> int:
    try:
        return len(task_table(name, split, "builtin"))
    except MissingData:
        return 0


def list_tasks(parsed: argparse.Namespace) -> int:
    for task in chosen([parsed.name], parsed.split, parsed.data, parsed.limit):
        print(f"{task.env}/{task.id}")
    return 0


def check(parsed: argparse.Namespace) -> int:
    """Run the contract's checks and say how each went; exit 0 only if none failed."""
    subject = subject_flags.subject(parsed, parsed.limit)
    subject_flags.made(subject).close()
    verdicts = []
    checks = tqdm(parsed.only or contract.CHECKS, desc=f"check {parsed.name}", leave=False)
    for name in checks:
        verdicts += list(contract.check(subject, [name]))
    if parsed.json:
        rows = [{"check": v.check, "status": v.status, "detail": v.detail} for v in verdicts]
        print(json.dumps(rows, indent=1))
    else:
        for v in verdicts:
            about = (contract.CHECKS[v.check].__doc__ or "").partition("\n")[0]
            print(f"{v.status}  {v.check:<17} {v.seconds:6.2f} s  {v.detail or about}")
    return 1 if any(v.status == "FAIL" for v in verdicts) else 0


def _parser() -> argparse.ArgumentParser:
    parser = Parser(
        prog="python -m agentrm_envs",
        description="Text environments that can be rewound.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    verbs = parser.add_subparsers(title="verbs", required=True, metavar="VERB")

    listing = verbs.add_parser("list", help="the environments, their ids and numbers of tasks")
    listing.add_argument("--json", action="store_true", help="for programs")
    listing.set_defaults(verb=list_environments)

    listed = verbs.add_parser("tasks", help="an environment's tasks, as a run's --tasks names them")
    subject_flags.add_list(listed)
    listed.add_argument("--limit", type=count, default=0, help="how many, evenly spread (all)")
    listed.set_defaults(verb=list_tasks)

    playing = verbs.add_parser(
        "play",
        help="play a task: an action a line, from the keyboard or a pipe",
        description="Exit status 0 if the task was solved, else 1. Ctrl-D ends the episode.",
    )
    play_command.add_flags(playing)

    checking = verbs.add_parser(
        "check",
        help="does an environment keep the contract?",
        description="Runs every check of the contract on some tasks; exit status 0 if none fails.",
    )
    subject_flags.add(checking)
    checking.add_argument(
        "--limit", type=count, default=3, help="tasks, spread over the split; 0: all (default: 3)"
    )
    checking.add_argument("--only", nargs="+", choices=list(contract.CHECKS), metavar="CHECK")
    checking.add_argument("--json", action="store_true", help="for programs")
    checking.set_defaults(verb=check)
    data_command.add_verbs(verbs.add_parser("data", help="official data: fetch, verify, list"))
    return parser


if __name__ == "__main__":
    sys.exit(main())
