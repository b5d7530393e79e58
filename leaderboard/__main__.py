"""`python -m leaderboard`: build, verify, compare, show and check results of runs."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from agentrm_envs.commands import Parser, ended
from harness.command import USER_ERRORS
from harness.final_stage import default_path
from leaderboard import committed, source, table, view
from leaderboard import entry as entries
from leaderboard.build import build, expand
from leaderboard.compare import PERMUTATIONS, paired
from leaderboard.errors import LeaderboardError, NotVerified
from leaderboard.experiments import command as experiments
from leaderboard.verify import verify_source

DESCRIPTION = """\
Turn runs of `python -m harness` into results that others can check.

A SOURCE is a run directory, an entry file as in leaderboard/entries/, or a folder of either.
No verb but `check --play` needs a model: verification replays the recorded actions in the
environments."""
EPILOG = """\
examples:
  python -m leaderboard verify runs/beam
  python -m leaderboard compare runs/beam runs/greedy
  python -m leaderboard build runs/* --out leaderboard.json
  python -m leaderboard view runs/beam
  python -m leaderboard add runs/beam --name embedded-beam-explicit

exit status: 0 if all went well, 1 if something is not verified or the check failed,
2 if a file cannot be read, a run is incomplete, or a model cannot be loaded."""


def main(argv: Sequence[str] | None = None) -> int:
    options = parser().parse_args(argv)
    return ended(lambda: _carried_out(options), (LeaderboardError, *USER_ERRORS))


def _carried_out(options: argparse.Namespace) -> int:
    verb: Callable[[argparse.Namespace], int] = options.verb
    try:
        return verb(options)
    except NotVerified as error:
        print(error, file=sys.stderr)
        return 1


def parser() -> argparse.ArgumentParser:
    raw = argparse.RawDescriptionHelpFormatter
    top = Parser(
        prog="python -m leaderboard", description=DESCRIPTION, epilog=EPILOG, formatter_class=raw
    )
    verbs = top.add_subparsers(title="verbs", metavar="VERB", required=True)

    def verb(name: str, function: Callable[..., int], help: str) -> argparse.ArgumentParser:
        added = verbs.add_parser(name, help=help, description=help[:1].upper() + help[1:] + ".")
        added.set_defaults(verb=function)
        return added

    one = verb("build", _build, "merge sources into one leaderboard.json, each verified by replay")
    one.add_argument("sources", nargs="+", type=Path, metavar="SOURCE")
    one.add_argument("--out", type=Path, default=Path("leaderboard.json"), help="%(default)s")
    one.add_argument("--allow-incomplete", action="store_true", help="take unfinished runs too")
    one.add_argument("--no-replay", action="store_true", help="be quick; nothing is verified")
    one.add_argument("--json", action="store_true", help="print the leaderboard as JSON")

    one = verb("verify", _verify, "replay every episode and say which step differs, if any")
    one.add_argument("sources", nargs="+", type=Path, metavar="SOURCE")

    one = verb("compare", _compare, "say by how much A is better than B on the tasks they share")
    one.add_argument("first", type=Path, metavar="A")
    one.add_argument("second", type=Path, metavar="B")
    one.add_argument("--permutations", type=int, default=PERMUTATIONS, help="%(default)s")
    one.add_argument("--seed", type=int, default=0, help="of the permutations (%(default)s)")
    one.add_argument("--json", action="store_true", help="print the comparison as JSON")

    one = verb("view", _view, "write a run as one HTML page: its results and its search trees")
    one.add_argument("run", type=Path, metavar="RUN_DIR")
    one.add_argument("--out", type=Path, help="the file to write (RUN_DIR/view.html)")
    one.add_argument("--limit", type=int, default=0, help="episodes to show (0: all)")

    one = verb("table", _table, "show a leaderboard.json as a table")
    one.add_argument(
        "file",
        nargs="?",
        type=Path,
        default=default_path(committed.FOLDER),
        help="that file, or a run directory (default: the project's own)",
    )
    one.add_argument("--markdown", action="store_true", help="as Markdown")

    one = verb("add", _add, "verify a run and make it an entry of the project's leaderboard")
    one.add_argument("run", type=Path, metavar="RUN_DIR")
    one.add_argument("--name", required=True, help="of the file in leaderboard/entries/")
    one.add_argument("--system", default="", help="the row's name (default: from the config)")

    one = verb("export", _export, "verify a run and write it as one file that others can check")
    one.add_argument("run", type=Path, metavar="RUN_DIR")
    one.add_argument("--out", type=Path, help="the file to write (RUN_DIR/entry.json)")
    one.add_argument("--system", default="", help="the row's name (default: from the config)")

    one = verb(
        "experiment", experiments.run, "make one of the paper's experiments, from plan to plot"
    )
    experiments.add_arguments(one)

    one = verb("check", _check, "rebuild the project's leaderboard by replay; fail if it differs")
    one.add_argument("--write", action="store_true", help="write it instead of failing")
    one.add_argument(
        "--play",
        type=int,
        default=0,
        metavar="N",
        help="play N tasks of each entry anew too, with its models; fail if they act otherwise",
    )
    one.add_argument("--folder", type=Path, default=committed.FOLDER, help=argparse.SUPPRESS)
    return top


def _build(options: argparse.Namespace) -> int:
    built = build(
        options.sources,
        options.out,
        allow_incomplete=options.allow_incomplete,
        replay=not options.no_replay,
        quiet=False,
    )
    plain = entries.plain(built)
    print(json.dumps(plain, indent=2, sort_keys=True) if options.json else table.render(plain))
    verified = all(entry.verified for entry in built.entries)
    return 0 if verified or options.no_replay else 1


def _verify(options: argparse.Namespace) -> int:
    verified = []
    for path in expand(options.sources):
        report = verify_source(source.read(path, allow_incomplete=True), quiet=False)
        verified.append(report.verified)
        print(report)
    return 0 if verified and all(verified) else 1


def _compare(options: argparse.Namespace) -> int:
    first, second = (
        source.read(path, allow_incomplete=True).evidence
        for path in (options.first, options.second)
    )
    found = paired(first, second, permutations=options.permutations, seed=options.seed)
    print(json.dumps(found.plain(), indent=2, sort_keys=True) if options.json else found)
    return 0


def _view(options: argparse.Namespace) -> int:
    out = options.out or options.run / "view.html"
    shown = view.write(options.run, out, limit=options.limit, quiet=False)
    print(f"{out}: {shown} episodes; open it in a browser")
    return 0


def _table(options: argparse.Namespace) -> int:
    file: Path = options.file
    plain = entries.plain(entries.read(default_path(file) if file.is_dir() else file))
    print(table.markdown(plain) if options.markdown else table.render(plain))
    return 0


def _add(options: argparse.Namespace) -> int:
    print(committed.add(options.run, options.name, system=options.system, quiet=False))
    return 0


def _export(options: argparse.Namespace) -> int:
    out = options.out or options.run / "entry.json"
    print(committed.export(options.run, out, system=options.system, quiet=False))
    print(f"written: {out}")
    return 0


def _check(options: argparse.Namespace) -> int:
    found = committed.check(options.folder, quiet=False)
    for report in found.reports:
        print(report)
    if options.write:
        entries.replace_text(options.folder / "leaderboard.json", found.rebuilt)
    elif found.difference:
        print(found.difference, end="")
        print("leaderboard.json is not what its entries come to: `python -m leaderboard check")
        print("--write` rebuilds it; numbers are never edited by hand")
    passed = found.passed or (options.write and all(report.verified for report in found.reports))
    if passed:
        count = len(found.reports)
        print(f"{count} entries, all verified by replay" if count else "there are no entries yet")
    return 0 if passed and _played_anew(options) else 1


def _played_anew(options: argparse.Namespace) -> bool:
    """Whether the models act as the entries say, on as many tasks as was asked for."""
    if not options.play:
        return True
    found = committed.play_all_anew(options.folder, count=options.play, quiet=False)
    for played in found:
        print(played)
    return all(played.same for played in found)


if __name__ == "__main__":
    sys.exit(main())
