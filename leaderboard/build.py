"""Makes leaderboards of runs and entries."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from itertools import chain
from pathlib import Path

from harness.estimate import ESTIMATE_FILE
from harness.manifest import RUN_FILE
from leaderboard import source
from leaderboard.compare import paired
from leaderboard.entry import Leaderboard, ranked, write
from leaderboard.errors import BadFile, NotComparable
from leaderboard.printable import printable
from leaderboard.verify import marked, verify


def from_run(run_dir: Path, out: Path) -> None:
    """Write the one-entry leaderboard of a run that has just ended.

    Nothing is replayed, so nothing is verified; what ended in an error is counted as such.
    """
    found = source.read_run(run_dir, allow_incomplete=True)
    write(ranked([found.evidence.entry]), out)


def compare_runs(first: Path, second: Path, out: Path) -> str:
    """Write the leaderboard of two runs that have just ended; by how much the first is better."""
    found = [source.read_run(run_dir, allow_incomplete=True) for run_dir in (first, second)]
    one, other = (each.evidence for each in found)
    write(ranked([one.entry, other.entry]), out)
    try:
        return str(paired(one, other))
    except NotComparable as reason:
        return str(reason)


def build(
    paths: Sequence[Path],
    out: Path,
    *,
    allow_incomplete: bool = False,
    replay: bool = True,
    quiet: bool = True,
) -> Leaderboard:
    """Merge run directories, entry files and folders of them into one, best mean first.

    Each is taken once, a run with the one that it was compared with. All are verified anew by
    replay; without `replay` no entry is verified, whatever its file says. Entries over other
    tasks than the first are kept, and named on stderr: the table shows them apart, because
    their numbers cannot be compared.
    """
    entries = []
    for path in with_rivals(expand(paths)):
        found = source.read(path, allow_incomplete=allow_incomplete)
        report = verify(found.evidence, found.trajectories, quiet=quiet) if replay else None
        if report is not None and not report.verified:
            print(report, file=sys.stderr)
        entries.append(marked(found.evidence, report).entry)
    leaderboard = ranked(entries)
    for warning in mixtures(leaderboard):
        print(f"warning: {warning}", file=sys.stderr)
    write(leaderboard, out)
    return leaderboard


def expand(paths: Sequence[Path]) -> list[Path]:
    """The run directories and entry files that the paths name, folders opened and sorted.

    What `harness.estimate` wrote is left out, as `runs/*` names it too.
    """
    found: list[Path] = []
    for path in paths:
        if path.is_file() or (path / RUN_FILE).is_file():
            found.append(path)
        elif (path / ESTIMATE_FILE).is_file():
            print(f"{path} is left out: it has values of states, no results", file=sys.stderr)
        elif path.is_dir():
            # Beside runs lies what was built of them, which is no entry.
            runs = [file.parent for file in path.glob(f"*/{RUN_FILE}")]
            inside = sorted(runs or path.glob("*.json"))
            if not inside:
                raise BadFile(f"{path} holds no run and no entry")
            found += inside
        else:
            raise BadFile(f"{path}: no such run directory, entry file or folder of them")
    return found


def with_rivals(paths: Sequence[Path]) -> list[Path]:
    """Each path once, and after a run's directory that of the run it was compared with."""
    pairs = ((path, source.rival_of(path)) for path in paths)
    found: dict[Path, Path] = {}
    for each in filter(None, chain.from_iterable(pairs)):
        found.setdefault(each.resolve(), each)
    return list(found.values())


def mixtures(leaderboard: Leaderboard) -> list[str]:
    """A warning for each list of tasks, where there is more than one: they do not compare."""
    groups: dict[tuple[str, str], list[str]] = {}
    for entry in leaderboard.entries:
        systems = groups.setdefault((entry.data, entry.run.tasks_sha256), [])
        systems.append(printable(entry.system))
    if len(groups) < 2:
        return []
    return [
        f"{data} tasks {sha[:8]} are other tasks than the rest's, do not compare them: "
        + "; ".join(systems)
        for (data, sha), systems in groups.items()
    ]
