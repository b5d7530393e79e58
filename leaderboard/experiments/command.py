"""`python -m leaderboard experiment NAME`: an experiment of the paper from its plan to its plot."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from agentrm_envs.commands import INTERRUPTED, ended
from agentrm_envs.prompt_tree import PromptTree
from harness.command import USER_ERRORS
from harness.manifest import RUN_FILE
from leaderboard.experiments.data_scaling import DATA_SCALING
from leaderboard.experiments.experiment import Experiment, checksums
from leaderboard.experiments.n_scaling import N_SCALING
from leaderboard.experiments.perturbed_alfworld import PERTURBED_ALFWORLD
from leaderboard.experiments.result import write_result
from leaderboard.experiments.specialised_policy import SPECIALISED_POLICY
from leaderboard.experiments.stage import Stage, carry_out
from leaderboard.experiments.state_ablation import STATE_ABLATION
from leaderboard.experiments.weak_to_strong import WEAK_TO_STRONG
from rewards.claim import claim
from rewards.config_file import ConfiguredParser
from rewards.figure import require_plots

EXPERIMENTS: Mapping[str, Experiment] = {
    "n-scaling": N_SCALING,
    "data-scaling": DATA_SCALING,
    "perturbed-alfworld": PERTURBED_ALFWORLD,
    "state-ablation": STATE_ABLATION,
    "weak-to-strong": WEAK_TO_STRONG,
    "specialised-policy": SPECIALISED_POLICY,
}
NOTE = "experiment.json"
NOT_SETTINGS = {"verb", "experiment", "out", "config", "dry_run", "json", "max_concurrent"}
"""What may differ when an experiment is gone on with."""
ABOUT = """\
Each experiment is a series of our own commands, in folders below --out. Killed at any moment, the
same command goes on; done again, it only draws the result anew. It leaves result.json, .csv, .txt
and .svg, and its runs in --out/runs, which `python -m leaderboard build` and `verify` take."""

_AGAIN = "interrupted; the same command goes on where it stopped"
_UNFINISHED = "the experiment is not finished; the same command goes on with it"


def add_arguments(verb: argparse.ArgumentParser) -> None:
    verb.formatter_class = argparse.RawDescriptionHelpFormatter
    verb.description = ABOUT
    named = verb.add_subparsers(
        required=True, metavar=" | ".join(EXPERIMENTS), parser_class=ConfiguredParser
    )
    for name, experiment in EXPERIMENTS.items():
        one = named.add_parser(name, help=experiment.about, description=experiment.about)
        one.add_argument("--out", type=Path, required=True, help="the folder of all that it makes")
        experiment.add_flags(one)
        one.add_argument("--dry-run", action="store_true", help="print the plan and do nothing")
        one.add_argument("--json", action="store_true", help="print the result as JSON")
        one.set_defaults(experiment=name)


def run(given: argparse.Namespace) -> int:
    """Make or go on with an experiment; 0 if it came to its end, 2 if it could not begin."""
    return ended(
        lambda: _run(given, EXPERIMENTS[given.experiment]), USER_ERRORS, interrupted=_AGAIN
    )


def _run(given: argparse.Namespace, experiment: Experiment) -> int:
    settings = _settings(given, experiment)
    stages = experiment.plan(given)
    if given.dry_run:
        print(_plan(stages))
        return 0
    require_plots()
    claim(given.out / NOTE, settings, "an experiment")
    if status := carry_out(stages):
        print(_AGAIN if status == INTERRUPTED else _UNFINISHED, file=sys.stderr)
        return status
    found = experiment.result(given)
    words = write_result(found, {**settings, "runs": _runs(given.out)}, given.out)
    shown = (given.out / "result.json").read_text(encoding="utf-8") if given.json else words
    print(shown.rstrip())
    return 0


def _settings(given: argparse.Namespace, experiment: Experiment) -> dict[str, Any]:
    """What decides the result, as plain data, with the contents of the files that are read."""
    chosen = {key: value for key, value in vars(given).items() if key not in NOT_SETTINGS}
    plain: dict[str, Any] = json.loads(json.dumps(chosen, default=str))
    if given.prompts:
        plain["prompts_sha256"] = PromptTree.read(given.prompts).checksum
    return {
        "experiment": given.experiment,
        "settings": plain,
        "files": checksums(experiment.files(given)),
    }


def _plan(stages: Sequence[Stage]) -> str:
    todo = sum(not stage.done for stage in stages)
    return "\n".join([*map(str, stages), f"{len(stages)} stages, {todo} to do"])


def _runs(out: Path) -> dict[str, Any]:
    """Which run each folder holds, with the checksums of its models."""
    found = {}
    for file in sorted((out / "runs").glob(f"*/{RUN_FILE}")):
        manifest = json.loads(file.read_text(encoding="utf-8"))
        kept = ("config_sha256", "tasks_sha256", "models", "rescored_from")
        found[file.parent.name] = {key: manifest[key] for key in kept}
    return found
