"""The flags of each verb of `python -m leaderboard`."""

from __future__ import annotations

import argparse
from pathlib import Path

from harness.final_stage import default_path
from leaderboard import committed
from leaderboard.compare import PERMUTATIONS

Flags = argparse.ArgumentParser


def add_build(verb: Flags) -> None:
    _add_sources(verb)
    verb.add_argument("--out", type=Path, default=Path("leaderboard.json"), help="%(default)s")
    verb.add_argument("--allow-incomplete", action="store_true", help="take unfinished runs too")
    verb.add_argument("--no-replay", action="store_true", help="be quick; nothing is verified")
    verb.add_argument("--json", action="store_true", help="print the leaderboard as JSON")


def add_verify(verb: Flags) -> None:
    _add_sources(verb)


def add_compare(verb: Flags) -> None:
    verb.add_argument("first", type=Path, metavar="A")
    verb.add_argument("second", type=Path, metavar="B")
    verb.add_argument("--permutations", type=int, default=PERMUTATIONS, help="%(default)s")
    verb.add_argument("--seed", type=int, default=0, help="of the permutations (%(default)s)")
    verb.add_argument("--json", action="store_true", help="print the comparison as JSON")


def add_view(verb: Flags) -> None:
    _add_run(verb)
    verb.add_argument("--out", type=Path, help="the file to write (RUN_DIR/view.html)")
    verb.add_argument("--limit", type=int, default=0, help="episodes to show (0: all)")


def add_table(verb: Flags) -> None:
    verb.add_argument(
        "file",
        nargs="?",
        type=Path,
        default=default_path(committed.FOLDER),
        help="that file, or a run directory (default: the project's own)",
    )
    verb.add_argument("--markdown", action="store_true", help="as Markdown")


def add_add(verb: Flags) -> None:
    _add_run(verb)
    verb.add_argument("--name", required=True, help="of the file in leaderboard/entries/")
    _add_system(verb)
    verb.add_argument("--replace", action="store_true", help="also where it is another run's name")
    _add_folder(verb)


def add_export(verb: Flags) -> None:
    _add_run(verb)
    verb.add_argument("--out", type=Path, help="the file to write (RUN_DIR/entry.json)")
    _add_system(verb)


def add_check(verb: Flags) -> None:
    verb.add_argument("--write", action="store_true", help="write it instead of failing")
    verb.add_argument(
        "--play",
        type=int,
        default=0,
        metavar="N",
        help="play N tasks of each entry anew too, with its models where they come with the "
        "project; fail if they act otherwise",
    )
    _add_folder(verb)


def _add_sources(verb: Flags) -> None:
    verb.add_argument("sources", nargs="+", type=Path, metavar="SOURCE")


def _add_run(verb: Flags) -> None:
    verb.add_argument("run", type=Path, metavar="RUN_DIR")


def _add_system(verb: Flags) -> None:
    verb.add_argument("--system", default="", help="the row's name (default: from the config)")


def _add_folder(verb: Flags) -> None:
    """Where the committed leaderboard is; tests have one of their own."""
    verb.add_argument("--folder", type=Path, default=committed.FOLDER, help=argparse.SUPPRESS)
