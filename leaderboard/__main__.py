"""`python -m leaderboard`: build, verify, compare, show and check results of runs."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from agentrm_envs.commands import Parser, ended
from harness.command import USER_ERRORS
from harness.final_stage import default_path
from leaderboard import committed, flags, source, table, view
from leaderboard import entry as entries
from leaderboard.build import build, expand
from leaderboard.compare import paired
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
    for name, verb in VERBS.items():
        about = f"{verb.help[:1].upper()}{verb.help[1:]}."
        added = verbs.add_parser(name, help=verb.help, description=about)
        added.set_defaults(verb=verb.carry_out)
        verb.add_flags(added)
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
        for report in verify_source(source.read(path, allow_incomplete=True), quiet=False):
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
    report = committed.add(
        options.run,
        options.name,
        folder=options.folder,
        system=options.system,
        replacing=options.replace,
        quiet=False,
    )
    print(report)
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
    """Whether the models act as the entries say, on as many tasks as was asked for.

    An entry that this machine cannot play is no failure; that it can play none is one.
    """
    if not options.play:
        return True
    found = committed.play_all_anew(options.folder, count=options.play, quiet=False)
    for played in found:
        print(played)
    if found and all(played.why_not for played in found):
        print("no entry could be played anew here")
        return False
    return all(played.same or played.why_not for played in found)


@dataclass(frozen=True, slots=True)
class Verb:
    """What can be asked of this command."""

    help: str
    add_flags: Callable[[argparse.ArgumentParser], None]
    carry_out: Callable[[argparse.Namespace], int]
    """It returns the exit status."""


VERBS = {
    "build": Verb(
        "merge sources into one leaderboard.json, each verified by replay", flags.add_build, _build
    ),
    "verify": Verb(
        "replay every episode and say which step differs, if any", flags.add_verify, _verify
    ),
    "compare": Verb(
        "say by how much A is better than B on the tasks they share", flags.add_compare, _compare
    ),
    "view": Verb(
        "write a run as one HTML page: its results and its search trees", flags.add_view, _view
    ),
    "table": Verb("show a leaderboard.json as a table", flags.add_table, _table),
    "add": Verb(
        "verify a run and make it an entry of the project's leaderboard", flags.add_add, _add
    ),
    "export": Verb(
        "verify a run and write it as one file that others can check", flags.add_export, _export
    ),
    "experiment": Verb(
        "make one of the paper's experiments, from plan to plot",
        experiments.add_arguments,
        experiments.run,
    ),
    "check": Verb(
        "rebuild the project's leaderboard by replay; fail if it differs", flags.add_check, _check
    ),
}

if __name__ == "__main__":
    sys.exit(main())
