"""What the commands that make runs do: prepare a directory, play, write the results."""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, fields, replace
from itertools import count
from pathlib import Path
from typing import Any

from agentrm_envs.commands import ended
from agentrm_envs.errors import EnvError
from harness import final_stage
from harness import manifest as manifests
from harness.config import ConfigError, RunConfig
from harness.episode import EPISODES_FILE, BadEpisodes
from harness.executor import ExecutorError, Loaded
from harness.flags import Program, Request, parse
from harness.journal import DirectoryInUse, Journal, opened
from harness.manifest import Manifest
from harness.player_spec import PlayerSpec
from harness.policy.registry import POLICIES
from harness.rescore import source_episodes, source_run
from harness.runner import run
from harness.summary import SUMMARY_FILE, failures, summarize, text
from rewards import whole_file
from rewards.errors import RewardError
from rewards.factories import MissingModelDependency, UnknownModel

USER_ERRORS = (
    BadEpisodes,
    ConfigError,
    DirectoryInUse,
    EnvError,
    ExecutorError,
    MissingModelDependency,
    RewardError,
    UnknownModel,
)
"""Errors whose message says all: they are shown without a traceback, with exit status 2."""

RIVAL = "compared"
"""The directory, within a run's, of the run that it is compared with."""
RESCORED = ("rm", "prompts")
"""The settings that scoring a run anew may change: no policy is asked."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """A run that can be begun or gone on with, as far as is known without its models."""

    directory: Path
    config: RunConfig
    source: Path | None = None
    """The run whose trajectories are scored anew, if any."""
    new: Manifest | None = None
    """What a new run's `run.json` says at first; None where one is gone on with."""


def main(program: Program, argv: Sequence[str] | None = None) -> int:
    """Make or resume a run; 0 if every episode ran, 1 if not, 2 if it could not begin."""
    request = parse(program, argv)

    def command() -> int:
        prepared = prepare(program, request)
        runs = [prepared, *rivals(request, prepared)]
        print(f"run directory: {prepared.directory}", file=sys.stderr)
        return make_runs(program, request, runs)

    return ended(command, USER_ERRORS, interrupted="interrupted; --resume goes on where it stopped")


def prepare(program: Program, request: Request) -> Prepared:
    """Check that a run can be begun or gone on with, before anything is written or loaded."""
    request.place.checked()
    if request.leaderboard is not None:
        whole_file.expected(request.leaderboard)
    if request.compare is not None:
        POLICIES.check(request.compare)
        if request.rescore is not None:
            raise ConfigError("--compare plays another policy and --rescore asks none: give one")
    if request.resume is not None:
        config, manifest = manifests.check_resumable(request.resume, request.settings)
        if manifest.rescored_from and request.rescore is None:
            raise ConfigError(f"{request.resume} scores another run anew: add its --rescore DIR")
        if request.rescore is not None:
            _, source = source_run(request.rescore)
            if source.config_sha256 != manifest.rescored_from:
                raise ConfigError(f"{request.resume} was not made from {request.rescore}")
        return Prepared(request.resume, config, request.rescore)
    config, rescored_from = _new_config(program, request)
    directory = request.out or _by_time()
    _check_free(directory)
    if _holds_run(directory / RIVAL):  # also without --compare: a resume would go on with it
        raise ConfigError(
            f"{directory / RIVAL} holds a run, which was not compared with a new one; "
            "name another --out, or move it away"
        )
    for name in config.idle(request.settings):
        print(f"note: --{name} does nothing with --method {config.method}", file=sys.stderr)
    new = manifests.describe(config, models={}, rescored_from=rescored_from)
    return Prepared(directory, config, request.rescore, new)


def rivals(request: Request, first: Prepared) -> list[Prepared]:
    """The run of the policy that `--compare` names, in a directory within the first one's."""
    directory = first.directory / RIVAL
    if first.new is None and (directory / manifests.RUN_FILE).exists():
        return [_known_rival(request, first, directory)]
    if request.compare is None:
        return []
    if _holds_run(directory):
        raise ConfigError(f"{directory} has episodes, but no {manifests.RUN_FILE}: move it away")
    config = replace(first.config, policy=request.compare).checked()
    return [Prepared(directory, config, new=manifests.describe(config, models={}))]


def make_runs(program: Program, request: Request, runs: Sequence[Prepared]) -> int:
    """Play the runs in turn and show what they come to; 0 if every episode ran, else 1."""
    summaries = _played(request, runs)
    directories = [prepared.directory for prepared in runs]
    shown, words = summaries[0], "\n\n".join(map(text, summaries))
    if program.leaderboard and final_stage.available():
        out = request.leaderboard or final_stage.default_path(directories[0])
        shown, compared = final_stage.write(directories, out)
        words = "\n\n".join(filter(None, [final_stage.render(shown), compared]))
    print(json.dumps(shown, indent=2) if request.json else words)
    return 0 if all(summary["status"] == "complete" for summary in summaries) else 1


def make_run(prepared: Prepared, journal: Journal, loaded: Loaded) -> dict[str, Any]:
    """Play what is left of a run, and write and return its summary."""
    tasks = prepared.config.task_list()
    playing = run(
        tasks,
        loaded.play,
        journal,
        max_concurrent=loaded.at_once,
        progress=True,
    )
    episodes = asyncio.run(playing)
    summary = summarize(tasks, episodes)
    manifests.write_json(prepared.directory / SUMMARY_FILE, summary)
    if failed := failures(episodes):
        print(f"{failed}\n--resume {prepared.directory} plays them again", file=sys.stderr)
    return summary


def _played(request: Request, runs: Sequence[Prepared]) -> list[dict[str, Any]]:
    """The runs' summaries; the first is played only once the models of all have loaded."""
    first, *others = runs
    with ExitStack() as to_the_end:
        journals = [to_the_end.enter_context(opened(prepared.directory)) for prepared in runs]
        with ExitStack() as stack:
            with _begun(runs):
                for other in others:
                    with _loaded(request, other):
                        pass  # and let go of again: two policies may be too much for a GPU
                loaded = stack.enter_context(_loaded(request, first))
            summaries = [make_run(first, journals[0], loaded)]
        for other, journal in zip(others, journals[1:], strict=True):
            with _loaded(request, other) as loaded:
                summaries.append(make_run(other, journal, loaded))
    return summaries


def _check_free(directory: Path) -> None:
    if (directory / manifests.RUN_FILE).exists():
        raise ConfigError(f"{directory} holds a run; --resume {directory} goes on with it")
    if _holds_run(directory):
        raise ConfigError(
            f"{directory} holds episodes without a {manifests.RUN_FILE}: move it away, or name "
            "another --out"
        )


def _holds_run(directory: Path) -> bool:
    return any((directory / name).exists() for name in (manifests.RUN_FILE, EPISODES_FILE))


def _known_rival(request: Request, first: Prepared, directory: Path) -> Prepared:
    """The rival that a run has already; it must differ in nothing but the policy."""
    given = {} if request.compare is None else {"policy": request.compare}
    config, _ = manifests.check_resumable(directory, given)
    same = {each.name: getattr(first.config, each.name) for each in fields(RunConfig)}
    if clashes := manifests.conflicts(config, {**same, "policy": config.policy}):
        raise ConfigError(
            f"{directory} is not the run to compare {first.directory} with, as they differ in "
            f"more than the policy: {'; '.join(clashes)}; move it away"
        )
    return Prepared(directory, config)


def _new_config(program: Program, request: Request) -> tuple[RunConfig, str]:
    """The new run's config and, where it scores another anew, that one's config_sha256."""
    if request.rescore is None:
        return request.config(program.defaults).checked(), ""
    config, manifest = source_run(request.rescore)
    others = {name: value for name, value in request.settings.items() if name not in RESCORED}
    if clashes := manifests.conflicts(config, others):
        raise ConfigError(
            f"--rescore takes the config of {request.rescore} but for --rm and --prompts; "
            f"it conflicts with {'; '.join(clashes)}"
        )
    own = {"rm": program.defaults.rm, **request.settings}
    changed = {name: own[name] for name in RESCORED if name in own}
    return replace(config, **changed).checked(), manifest.config_sha256


def _by_time() -> Path:
    """A directory of this process's own, also where others begin runs within the same second."""
    first = Path("runs") / time.strftime("%Y%m%d-%H%M%S")
    first.parent.mkdir(exist_ok=True)
    for number in count(1):
        path = first if number == 1 else first.with_name(f"{first.name}-{number}")
        with suppress(FileExistsError):
            path.mkdir()
            break
    return path


@contextmanager
def _begun(runs: Sequence[Prepared]) -> Iterator[None]:
    """The `run.json` of new runs, whose journals are open; they are removed if the body fails."""
    new = [(each.directory, each.new) for each in runs if each.new is not None]
    for directory, _ in new:
        if (directory / manifests.RUN_FILE).exists():  # another process was faster
            _check_free(directory)
    try:
        for directory, manifest in reversed(new):  # killed between, no run forgets its rival
            manifests.write(directory, manifest)
        yield
    except Exception:
        for directory, _ in new:
            (directory / manifests.RUN_FILE).unlink(missing_ok=True)
        raise


@contextmanager
def _loaded(request: Request, prepared: Prepared) -> Iterator[Loaded]:
    """What plays: models that load, and that are those with which the run was begun."""
    with request.place.opened(_spec(prepared)) as loaded:
        _note(prepared, loaded)
        yield loaded


def _spec(prepared: Prepared) -> PlayerSpec:
    config, source = prepared.config, prepared.source
    if source is None:
        return PlayerSpec.of(config)
    return PlayerSpec.of(config, source_episodes(source, config.task_list()))


def _note(prepared: Prepared, loaded: Loaded) -> None:
    """Put checksums of models and prompts in `run.json`; a run begun with others is refused.

    What is scored anew was drawn by the policy, and in the numbers, of the run that it is from.
    """
    directory = prepared.directory
    manifest, models, drawn_with = manifests.read(directory), loaded.models, dict[str, str]()
    if prepared.source is not None:
        _, drawn = source_run(prepared.source)
        models = {**{k: v for k, v in drawn.models.items() if k == "policy"}, **models}
        drawn_with = drawn.versions
    if manifest.models and manifest.models != models:
        raise ConfigError(
            f"{directory} was begun with other models or prompts: it has {manifest.models}, "
            f"these are {models}; begin another run"
        )
    versions = dict(sorted({**drawn_with, **loaded.versions, **manifest.versions}.items()))
    if changed := [name for name, now in loaded.versions.items() if versions[name] != now]:
        print(f"note: versions changed since the run began: {changed}", file=sys.stderr)
    manifests.write(directory, replace(manifest, models=models, versions=versions))
