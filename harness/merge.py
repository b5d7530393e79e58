"""`python -m harness.merge`: runs that differ in their environments alone, as the one run they are.

Machines or jobs that know nothing of each other play an environment or some each; an episode does
not depend on what is played beside it, so that the merged run is the one that a single machine
would have made. Where a run was not finished, `--resume` goes on with the merged one. The run that
one is compared with (`--compare`) is a run of its own, in its directory `compared`.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from agentrm_envs.commands import Parser, ended
from harness import manifest as manifests
from harness.command import USER_ERRORS
from harness.config import ConfigError, RunConfig, as_json
from harness.episode import EPISODES_FILE, intact_bytes
from harness.manifest import Manifest
from rewards import whole_file

EPILOG = """\
examples:
  python -m harness --tasks maze babyai --out runs/a      on one machine
  python -m harness --tasks pddl --out runs/b             on another
  python -m harness.merge runs/a runs/b --out runs/all    then, wherever both directories are
  python -m harness --resume runs/all                     its leaderboard, and what is missing"""


def merge(sources: Sequence[Path], out: Path) -> RunConfig:
    """Write the run that the runs of `sources` make up together; its config.

    Raises ConfigError where their settings, models or versions differ, where an environment is
    in two of them, and where `out` is not empty.
    """
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise ConfigError(f"{out} is not an empty directory: name another --out")
    configs, kept = zip(*[manifests.check_resumable(each, {}) for each in sources], strict=True)
    config = _one_config(sources, configs)
    manifest = _one_manifest(sources, kept, config)
    episodes = b"".join(_intact(source / EPISODES_FILE) for source in sources)
    out.mkdir(parents=True, exist_ok=True)
    whole_file.write(out / EPISODES_FILE, episodes)
    manifests.write(out, manifest)  # last: without it the directory is no run yet
    return config


def _one_config(sources: Sequence[Path], configs: Sequence[RunConfig]) -> RunConfig:
    first, names = configs[0], [name for config in configs for name in config.environments()]
    for source, config in zip(sources, configs, strict=True):
        others = {**as_json(config), "tasks": first.tasks}
        if clashes := manifests.conflicts(first, others):
            raise ConfigError(f"{source} differs from {sources[0]} in {'; '.join(clashes)}")
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise ConfigError(
            f"{', '.join(twice)}: in more than one of the runs, but an episode counts once"
        )
    return replace(first, tasks=tuple(word for config in configs for word in config.tasks))


def _one_manifest(sources: Sequence[Path], kept: Sequence[Manifest], config: RunConfig) -> Manifest:
    if rescored := [
        source for source, each in zip(sources, kept, strict=True) if each.rescored_from
    ]:
        raise ConfigError(
            f"{rescored[0]} scores another run anew: merge the runs that have the trajectories, "
            "and rescore that"
        )
    tasks = {name: digest for each in kept for name, digest in each.tasks.items()}
    return manifests.assembled(
        config,
        tasks,
        _agreed(sources, "versions", [each.versions for each in kept]),
        _agreed(sources, "models", [each.models for each in kept]),
    )


def _intact(path: Path) -> bytes:
    return path.read_bytes()[: intact_bytes(path)] if path.exists() else b""


def _agreed(
    sources: Sequence[Path], what: str, noted: Sequence[Mapping[str, str]]
) -> dict[str, str]:
    """What the runs note between them; each notes what it loaded, and none may contradict."""
    found: dict[str, str] = {}
    for source, each in zip(sources, noted, strict=True):
        for name, value in each.items():
            if found.setdefault(name, value) != value:
                raise ConfigError(
                    f"{source} was made with other {what} than the runs before it: {name} is "
                    f"{value}, not {found[name]}"
                )
    return dict(sorted(found.items()))


def main(argv: Sequence[str] | None = None) -> int:
    """Merge runs; 0, or 2 where they are not parts of one."""
    form = argparse.RawDescriptionHelpFormatter
    parser = Parser("python -m harness.merge", None, __doc__, EPILOG, formatter_class=form)
    parser.add_argument("runs", type=Path, nargs="+", metavar="RUN", help="run directories")
    parser.add_argument("--out", type=Path, required=True, help="where the merged run goes")
    given = parser.parse_args(argv)

    def command() -> int:
        config = merge(given.runs, given.out)
        print(f"{given.out}: {', '.join(config.tasks)}; `python -m harness --resume {given.out}`")
        print("plays what is missing and writes its leaderboard")
        return 0

    return ended(command, USER_ERRORS)


if __name__ == "__main__":
    sys.exit(main())
