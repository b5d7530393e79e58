"""`python -m agentrm_envs`: list the environments, play one, check one, fetch official data."""

from __future__ import annotations

import argparse
import io
import json
import sys
from collections.abc import Iterator, Sequence
from contextlib import closing, suppress
from typing import Any

from tqdm import tqdm

from agentrm_envs import assets, contract
from agentrm_envs.commands import Parser, ended
from agentrm_envs.core import TextEnv
from agentrm_envs.errors import EnvError, MissingData
from agentrm_envs.playing import Subject
from agentrm_envs.registry import EnvSpec, names, spec
from agentrm_envs.task_lists import DATA, SPLITS, task_table

EXAMPLES = """examples:
  python -m agentrm_envs list                          which environments there are
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


def play(parsed: argparse.Namespace) -> int:
    """Read an action a line until the episode or the input ends; exit 0 on success."""
    if isinstance(sys.stdin, io.TextIOWrapper):
        # What is piped in may be anything; an environment is shown text.
        sys.stdin.reconfigure(errors="replace")
    subject = Subject(parsed.name, parsed.data, parsed.split, settings=_settings(parsed))
    with closing(_made(subject)) as env:
        options = {"task": parsed.task} if parsed.task else None
        observation, info = env.reset(seed=parsed.seed, options=options)
        print(f"task {info['task']}: {info['goal']}\n\n{observation}")
        while True:
            _show_valid(env, parsed.valid)
            action = _ask()
            if action is None:
                break
            observation, reward, terminated, truncated, info = env.step(action)
            print(f"{observation}\n[score {info['score']:.3f}, reward {reward:+.3f}]")
            if terminated or truncated:
                break
    print(f"\n{'success' if info['success'] else 'no success'}, score {info['score']:.3f}")
    return 0 if info["success"] else 1


def _show_valid(env: TextEnv, wanted: bool) -> None:
    if wanted:
        print("valid: " + ", ".join(env.valid_actions()))


def _ask() -> str | None:
    """The next line; a prompt is shown only to a person."""
    if sys.stdin.isatty():
        try:
            return input("> ")
        except EOFError:
            return None
    line = sys.stdin.readline()
    return line.rstrip("\n") if line else None


def check(parsed: argparse.Namespace) -> int:
    """Run the contract's checks and say how each went; exit 0 only if none failed."""
    settings = _settings(parsed)
    subject = Subject(parsed.name, parsed.data, parsed.split, parsed.limit, settings)
    _made(subject).close()
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


def _settings(parsed: argparse.Namespace) -> dict[str, Any]:
    """The environment's keywords; a value that is JSON is read as such, as in `max_steps=5`."""
    settings: dict[str, Any] = {}
    for each in parsed.set:
        keyword, equals, value = each.partition("=")
        if not equals or not keyword.isidentifier():
            raise EnvError(f"--set takes KEYWORD=VALUE, as in protocol=eto, not {each!r}")
        settings[keyword] = value
        with suppress(ValueError):
            settings[keyword] = json.loads(value)
    return settings


def _made(subject: Subject) -> TextEnv:
    try:
        return subject.make(isolated=None)
    except TypeError as error:
        raise EnvError(f"{subject.name} has no such keyword: {error}") from error


def fetch_data(parsed: argparse.Namespace) -> int:
    written = assets.fetch(parsed.name)
    known = assets.assets(parsed.name)
    if not known.files:
        print(_nothing_to("fetch", parsed.name))
        return 0
    there = len(known.files) - len(written)
    print(
        f"{parsed.name}: {len(written)} files fetched, {there} were there, in "
        f"{assets.folder(parsed.name)}\nfrom {known.origin}; licence: {known.licence}"
    )
    return 0


def verify_data(parsed: argparse.Namespace) -> int:
    known = assets.assets(parsed.name)
    if not known.files:
        print(_nothing_to("verify", parsed.name))
        return 0
    states = assets.verify(parsed.name)
    bad = {path: state for path, state in states.items() if state != "ok"}
    for path, state in bad.items():
        print(f"{state}: {assets.folder(parsed.name) / path}")
    print(f"{parsed.name}: {len(states) - len(bad)} of {len(states)} files are right")
    if bad:
        print(f"run `python -m agentrm_envs data fetch {parsed.name}`")
    return 1 if bad else 0


def _nothing_to(verb: str, name: str) -> str:
    known = assets.assets(name)
    if not known.licence:
        return f"{name}: nothing to {verb}, {known.origin}"
    return f"{name}: nothing to {verb}; put into {assets.folder(name)} by hand {known.origin}"


def list_data(parsed: argparse.Namespace) -> int:
    for name in [parsed.name] if parsed.name else names():
        known = assets.assets(name)
        size = sum(download.size for download in known.downloads)
        print(f"{name}: {len(known.files)} files, {size:,} bytes to download; {known.origin}")
        if parsed.name:
            for file in known.files:
                print(f"  {file.sha256}  {file.size:>9,}  {file.path}")
    return 0


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

    playing = verbs.add_parser(
        "play",
        help="play a task: an action a line, from the keyboard or a pipe",
        description="Exit status 0 if the task was solved, else 1. Ctrl-D ends the episode.",
    )
    _name_split_data(playing)
    playing.add_argument("--task", help="the task's id; without it, one is drawn")
    playing.add_argument("--seed", type=int, default=0, help="draws the task (default: 0)")
    playing.add_argument("--valid", action="store_true", help="show actions that do something")
    playing.set_defaults(verb=play)

    checking = verbs.add_parser(
        "check",
        help="does an environment keep the contract?",
        description="Runs every check of the contract on some tasks; exit status 0 if none fails.",
    )
    _name_split_data(checking)
    checking.add_argument(
        "--limit", type=int, default=3, help="tasks, spread over the split; 0: all (default: 3)"
    )
    checking.add_argument("--only", nargs="+", choices=list(contract.CHECKS), metavar="CHECK")
    checking.add_argument("--json", action="store_true", help="for programs")
    checking.set_defaults(verb=check)
    _data_parser(verbs.add_parser("data", help="official data: fetch, verify, list"))
    return parser


def _data_parser(parser: argparse.ArgumentParser) -> None:
    parser.description = f"Official data lies in ${assets.ROOT_VARIABLE}/<name>/."
    verbs = parser.add_subparsers(required=True, metavar="fetch|verify|list")
    fetching = verbs.add_parser("fetch", help="download what is missing; checksums are pinned")
    verifying = verbs.add_parser("verify", help="compare every file with its checksum")
    for verb, action in ((fetching, fetch_data), (verifying, verify_data)):
        verb.add_argument("name", metavar="NAME")
        verb.set_defaults(verb=action)
    listing = verbs.add_parser("list", help="what there is to fetch, for one or all environments")
    listing.add_argument("name", metavar="NAME", nargs="?")
    listing.set_defaults(verb=list_data)


def _name_split_data(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", metavar="NAME", help="an environment's name, as `list` shows it")
    parser.add_argument("--split", choices=SPLITS, default="test")
    parser.add_argument("--data", choices=DATA, default="builtin")
    parser.add_argument(
        "--set",
        nargs="+",
        default=[],
        metavar="KEYWORD=VALUE",
        help="keywords of the environment, as in protocol=eto",
    )


if __name__ == "__main__":
    sys.exit(main())
