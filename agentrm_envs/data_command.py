"""`python -m agentrm_envs data`: official data fetched, verified and listed."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial

from agentrm_envs import assets
from agentrm_envs.commands import told
from agentrm_envs.errors import EnvError
from agentrm_envs.registry import base, names, spec

ALL = "all"


def add_verbs(parser: argparse.ArgumentParser) -> None:
    parser.description = f"Official data lies in ${assets.ROOT_VARIABLE}/<name>/."
    verbs = parser.add_subparsers(required=True, metavar="fetch|verify|list")
    fetching = verbs.add_parser("fetch", help="download what is missing; checksums are pinned")
    verifying = verbs.add_parser("verify", help="compare every file with its checksum")
    for verb, action in ((fetching, _fetch), (verifying, _verify)):
        verb.add_argument("names", metavar="NAME", nargs="+", help=f"environments, or `{ALL}`")
        verb.description = "Exit status 1 if one of them fails; the others are done all the same."
        verb.set_defaults(verb=partial(_each, action))
    listing = verbs.add_parser("list", help="what there is to fetch, for some or all environments")
    listing.add_argument("names", metavar="NAME", nargs="*")
    listing.set_defaults(verb=list_data)


def list_data(parsed: argparse.Namespace) -> int:
    return _in_turn(_chosen(parsed.names or [ALL]), partial(_list, bool(parsed.names)))


def _list(with_files: bool, name: str) -> bool:
    known = assets.assets(name)
    size = sum(download.size for download in known.downloads)
    print(f"{name}: {len(known.files)} files, {size:,} bytes to download; {known.origin}")
    if with_files:
        for file in known.files:
            print(f"  {file.sha256}  {file.size:>9,}  {file.path}")
    return True


def _chosen(words: Sequence[str]) -> list[str]:
    """The environments that were named, each once; a variant's files are its environment's."""
    named = [word for word in words if word != ALL]
    for word in named:
        spec(word)
    return names() if len(named) < len(words) else list(dict.fromkeys(map(base, named)))


def _each(succeeds: Callable[[str], bool], parsed: argparse.Namespace) -> int:
    chosen = _chosen(parsed.names)
    for name in filter(_needs_folder, chosen):
        assets.folder(name)  # without $AGENTRM_DATA all would fail, so nothing is begun
    return _in_turn(chosen, succeeds)


def _in_turn(chosen: Sequence[str], succeeds: Callable[[str], bool]) -> int:
    """Do it for every environment; what kept one from it is told when all have had their turn."""
    status, reasons = 0, []
    for name in chosen:
        try:
            failed = not succeeds(name)
        except (EnvError, ImportError, OSError) as error:
            failed = True
            reason = told(error) if isinstance(error, OSError) else str(error)
            reasons.append(f"error: {name}: {reason.removeprefix(f'{name}: ')}")
        status |= failed
    for reason in reasons:
        print(reason, file=sys.stderr)
    return status


def _needs_folder(name: str) -> bool:
    with suppress(EnvError, ImportError):
        known = assets.assets(name)
        return bool(known.files or known.licence)
    return False


def _fetch(name: str) -> bool:
    known = assets.assets(name)
    written = assets.fetch(name)
    if not known.files:
        print(_nothing_to("fetch", name))
        return True
    there = len(known.files) - len(written)
    print(
        f"{name}: {len(written)} files fetched, {there} were there, in "
        f"{assets.folder(name)}\nfrom {known.origin}; licence: {known.licence}"
    )
    return True


def _verify(name: str) -> bool:
    known = assets.assets(name)
    if not known.files:
        print(_nothing_to("verify", name))
        return True
    states = assets.verify(name)
    bad = {path: state for path, state in states.items() if state != "ok"}
    for path, state in bad.items():
        print(f"{state}: {assets.folder(name) / path}")
    print(f"{name}: {len(states) - len(bad)} of {len(states)} files are right")
    if bad:
        print(f"run `python -m agentrm_envs data fetch {name}`")
    return not bad


def _nothing_to(verb: str, name: str) -> str:
    known = assets.assets(name)
    if not known.licence:
        return f"{name}: nothing to {verb}, {known.origin}"
    return f"{name}: nothing to {verb}; put into {assets.folder(name)} by hand {known.origin}"
