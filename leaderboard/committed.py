"""The project's own leaderboard: `entries/*.json` and the `leaderboard.json` made of them."""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass
from pathlib import Path

from harness.manifest import read as read_manifest
from leaderboard import evidence as evidences
from leaderboard import source
from leaderboard.anew import Anew, play_anew
from leaderboard.entry import check_system, dumps, ranked, replace_text
from leaderboard.errors import BadFile, LeaderboardError, NotPlayable, NotVerified
from leaderboard.evidence import Evidence
from leaderboard.report import Report
from leaderboard.verify import marked, verify

FOLDER = Path(__file__).parent
_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,99}")


@dataclass(frozen=True, slots=True)
class Check:
    """The committed leaderboard beside the one that its entries come to by replay."""

    reports: tuple[Report, ...]
    difference: str
    """Lines of a unified diff; empty where the committed file is right."""
    rebuilt: str
    """What the file should hold."""

    @property
    def passed(self) -> bool:
        return not self.difference and all(report.verified for report in self.reports)


def add(
    run_dir: Path,
    name: str,
    *,
    folder: Path = FOLDER,
    system: str = "",
    replacing: bool = False,
    quiet: bool = True,
) -> Report:
    """Verify a complete run and write it as `entries/<name>.json`; rebuild the leaderboard.

    Raises NotVerified where the replay differs, and LeaderboardError where that name is another
    run's, unless `replacing`; then nothing is written.
    """
    if not _NAME.fullmatch(name):
        raise LeaderboardError(
            f"{name!r} cannot name an entry: use lower-case letters, digits, '.', '_' and '-'"
        )
    file = folder / "entries" / f"{name}.json"
    if file.exists() and not replacing:
        _check_same_run(file, run_dir)
    report = export(run_dir, file, system=system, quiet=quiet)
    result = check(folder, quiet=quiet)
    replace_text(folder / "leaderboard.json", result.rebuilt)
    return report


def _check_same_run(file: Path, run_dir: Path) -> None:
    """Raise LeaderboardError unless the entry's file is of a run with the same config."""
    entry, config = evidences.read(file).entry, read_manifest(run_dir).config_sha256
    if entry.run.config_sha256 != config:
        raise LeaderboardError(
            f"{file} is of another run, {entry.system!r} (config {entry.run.config_sha256[:8]}, "
            f"{run_dir} has {config[:8]}): give another --name, or --replace to overwrite it"
        )


def export(run_dir: Path, out: Path, *, system: str = "", quiet: bool = True) -> Report:
    """Verify a complete run and write it to `out` as an entry with its evidence.

    Raises NotVerified where the replay differs; then nothing is written.
    """
    if system:
        check_system(system)
    found = source.read_run(run_dir, system=system)
    report = verify(found.evidence, found.trajectories, quiet=quiet)
    if not report.verified:
        raise NotVerified(str(report))
    evidences.write(marked(found.evidence, report), out)
    return report


def check(folder: Path = FOLDER, *, quiet: bool = True) -> Check:
    """Replay every entry, rebuild the leaderboard from them, and compare it with the file."""
    reports, entries = [], []
    for path in sorted((folder / "entries").glob("*.json")):
        found = evidences.read(path)
        reports.append(verify(found, quiet=quiet))
        entries.append(marked(found, reports[-1]).entry)
    rebuilt = dumps(ranked(entries))
    return Check(tuple(reports), _difference(folder / "leaderboard.json", rebuilt), rebuilt)


def play_all_anew(folder: Path = FOLDER, *, count: int, quiet: bool = True) -> list[Anew]:
    """Play `count` tasks of every entry anew, with the models as they are now."""
    paths = sorted((folder / "entries").glob("*.json"))
    return [_played_anew(evidences.read(path), count, quiet=quiet) for path in paths]


def _played_anew(evidence: Evidence, count: int, *, quiet: bool) -> Anew:
    try:
        return play_anew(evidence, count, quiet=quiet)
    except NotPlayable as reason:
        return Anew(evidence.entry.system, 0, (), why_not=str(reason))


def _difference(path: Path, rebuilt: str) -> str:
    try:
        committed = path.read_text(encoding="utf-8") if path.exists() else ""
    except UnicodeDecodeError as error:
        raise BadFile(f"{path} cannot be read: {error}") from error
    lines = difflib.unified_diff(
        committed.splitlines(keepends=True),
        rebuilt.splitlines(keepends=True),
        "leaderboard.json as committed",
        "leaderboard.json of entries/ by replay",
    )
    return "".join(lines)
