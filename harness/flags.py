"""The flags of a run, read off the fields of RunConfig."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import Field, dataclass, fields, replace
from pathlib import Path
from typing import Any

from harness.config import RunConfig
from harness.executor import Place, add_place
from rewards.config_file import ConfiguredParser

ALL = tuple(field.name for field in fields(RunConfig))
STATUS = """\
exit status: 0 if every episode ran, 1 if some did not, 2 if the run could not begin, 130 if it was
interrupted. Killed at any moment, --resume DIR goes on."""


@dataclass(frozen=True, slots=True)
class Program:
    """A command that makes runs: its defaults, and which of them its flags may change."""

    name: str
    description: str
    defaults: RunConfig
    settings: tuple[str, ...] = ALL
    rescores: bool = False
    """Whether it has --rescore."""
    leaderboard: bool = False
    """Whether a run ends with a leaderboard."""
    epilog: str = ""
    """Examples, at the end of its help."""


@dataclass(frozen=True, slots=True)
class Request:
    """What a command line asks for."""

    settings: dict[str, Any]
    """The settings that were given, as RunConfig's fields."""
    out: Path | None
    resume: Path | None
    rescore: Path | None
    compare: str | None
    """The policy of a second run, to compare this one with."""
    leaderboard: Path | None
    place: Place
    json: bool

    def config(self, defaults: RunConfig) -> RunConfig:
        return replace(defaults, **self.settings)


def parse(program: Program, argv: Sequence[str] | None) -> Request:
    """Read the command line; a mistake in it ends the process as argparse does."""
    given = vars(_parser(program).parse_args(argv))
    settings = {name: given[name] for name in ALL if name in given}
    if "tasks" in settings:
        settings["tasks"] = tuple(settings["tasks"])
    return Request(
        settings,
        given["out"],
        given["resume"],
        given.get("rescore"),
        given.get("compare"),
        given.get("leaderboard"),
        Place.given(given),
        given["json"],
    )


def _parser(program: Program) -> argparse.ArgumentParser:
    parser = ConfiguredParser(
        prog=f"python -m {program.name}",
        description=program.description,
        epilog=f"{program.epilog}{STATUS}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    for field in fields(program.defaults):
        if field.name in program.settings:
            _add_setting(parser, field, getattr(program.defaults, field.name))
    place = parser.add_mutually_exclusive_group()
    place.add_argument("--out", type=Path, help="the run directory (default: runs/<time>)")
    place.add_argument(
        "--resume", type=Path, metavar="DIR", help="go on with a run, with its own settings"
    )
    if program.rescores:
        parser.add_argument(
            "--rescore",
            type=Path,
            metavar="DIR",
            help="choose again, with --rm, among the trajectories of a best-of-n run",
        )
    if program.leaderboard:
        parser.add_argument(
            "--compare",
            metavar="POLICY",
            help="play the same with this policy too, and say by how much --policy is better",
        )
        parser.add_argument(
            "--leaderboard",
            type=Path,
            metavar="FILE",
            help="where the leaderboard goes (default: leaderboard.json in the run directory)",
        )
    add_place(parser)
    parser.add_argument("--json", action="store_true", help="print the result as JSON")
    return parser


def _add_setting(parser: argparse.ArgumentParser, field: Field[Any], default: Any) -> None:
    """A flag that is absent from the result unless it was given, so that a resume can tell."""
    many = isinstance(default, tuple)
    shown = "" if many or default == "" else f" (default: {default})"
    kind = str if many else type(default)
    parser.add_argument(
        f"--{field.name.replace('_', '-')}",
        dest=field.name,
        default=argparse.SUPPRESS,
        type=kind,
        nargs="+" if many else None,
        choices=field.metadata["choices"] or None,
        metavar=None if field.metadata["choices"] else kind.__name__.upper(),
        help=field.metadata["help"] + shown,
    )
