"""`python -m rewards evaluate`: reward models against the truth, on states that were explored."""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import Sequence
from pathlib import Path

from agentrm_envs.prompt_tree import HELP as PROMPTS_HELP
from agentrm_envs.prompt_tree import PromptTree
from rewards.benchmark import builtin
from rewards.benchmark.evaluate import evaluate_all
from rewards.benchmark.heldout import Heldout, of_environments, read_heldout
from rewards.benchmark.limits import Evaluation
from rewards.benchmark.matrix import matrix
from rewards.benchmark.perturbations import PERTURBATIONS
from rewards.benchmark.plots import write_matrix, write_plots
from rewards.benchmark.quality import MEASURES
from rewards.benchmark.report import Report, report_json, report_text
from rewards.errors import BadSetting, MissingData
from rewards.factories import UnknownModel
from rewards.figure import require_plots
from rewards.registry import REWARD_MODELS
from rewards.selection import Extraction
from rewards.whole_file import expected, write

ABOUT = """\
Scores explored states with reward models and holds the numbers against the truth: a state's
mean return, a finished episode's score. No policy plays, so it is quick: with --limit-tasks
and --limit-states it fits any machine.

By default the states are those of the built-in benchmark, of test tasks of every environment.
RUN is a run directory of one's own, whose trees have every state and every finished episode,
or a values file. --only keeps the tasks that `extract` held out, which training did not see.

Measures: squared and absolute error, with what of it is noise of the truth; calibration;
Spearman's rank correlation, over all states and within a task; the share of pairs ranked
rightly, of states, siblings and finished episodes; and the score of the pick among N finished
episodes, up to 32 where a task has them, beside the best (regret) and chance.
"""

_PERTURBATIONS = "\n".join(
    f"  {name:<24} {function.__doc__}" for name, function in PERTURBATIONS.items()
)
EXAMPLES = f"""\
perturbations:
{_PERTURBATIONS}

examples:
  python -m rewards evaluate explicit shortest random
  python -m rewards evaluate explicit:models/rm --tasks maze pddl --limit-tasks 2
  python -m rewards evaluate runs/explore --only data/values.heldout.jsonl --rm explicit:models/rm
  python -m rewards evaluate runs/explore --rm explicit random --limit-tasks 10 --limit-states 100
  python -m rewards evaluate runs/explore --rm explicit --perturb goal-reworded outcome-hidden
  python -m rewards evaluate runs/maze runs/pddl --rm explicit:models/maze explicit:models/pddl \\
      --matrix regret --plots plots
"""


def add_arguments(verb: argparse.ArgumentParser) -> None:
    verb.add_argument(
        "given",
        nargs="*",
        metavar="NAME | RUN",
        help="reward models, as `list` shows them, and run directories or values files",
    )
    verb.add_argument(
        "--rm", nargs="+", default=[], metavar="NAME", help="more reward models; or all of them"
    )
    verb.add_argument(
        "--tasks", nargs="+", default=[], metavar="ENV", help="of these environments (default: all)"
    )
    verb.add_argument(
        "--only",
        type=Path,
        metavar="FILE",
        help="only the tasks in this values file, as values.heldout.jsonl",
    )
    verb.add_argument(
        "--min-visits",
        type=int,
        default=Extraction().min_visits,
        metavar="N",
        help="leave out states with fewer rollouts, but for episodes' ends (default %(default)s)",
    )
    verb.add_argument("--limit-tasks", type=int, metavar="N", help="at most N tasks an environment")
    verb.add_argument("--limit-states", type=int, metavar="N", help="at most N states a task")
    verb.add_argument("--seed", type=int, default=0, help="draws limited tasks and states")
    verb.add_argument(
        "--perturb",
        nargs="*",
        metavar="NAME",
        help="read the states again, told otherwise: how many scores, orders and right orders "
        "stay? Without names by all perturbations, see below",
    )
    verb.add_argument(
        "--matrix",
        choices=[*MEASURES],
        metavar="MEASURE",
        help="also this measure by reward model and environment: " + ", ".join(MEASURES),
    )
    verb.add_argument("--prompts", default="", metavar="DIR", help=PROMPTS_HELP)
    verb.add_argument(
        "--out",
        type=Path,
        metavar="FILE",
        help="write the report as JSON; killed before that, the same command goes on",
    )
    verb.add_argument("--plots", type=Path, metavar="DIR", help="write plots and their CSV files")
    verb.add_argument("--json", action="store_true", help="print JSON, not tables")
    verb.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    perturb = [] if arguments.perturb is None else arguments.perturb or [*PERTURBATIONS]
    settings = Evaluation(
        min_visits=arguments.min_visits,
        limit_tasks=arguments.limit_tasks,
        limit_states=arguments.limit_states,
        seed=arguments.seed,
        perturb=tuple(perturb),
    )
    runs, names = told_apart(arguments.given)
    names += arguments.rm
    if not names:
        raise BadSetting(
            "no reward model is named, as in `python -m rewards evaluate explicit random`"
        )
    heldout = of_environments(_heldout(runs, arguments.only), arguments.tasks)
    prompts = PromptTree.read(arguments.prompts) if arguments.prompts else None
    journal = _journal(arguments)
    found = asyncio.run(evaluate_all(heldout.trees, names, settings, prompts, journal))
    qualities = {name: evaluated.qualities for name, evaluated in found.items()}
    report = Report(
        sources=heldout.sources | ({arguments.prompts: prompts.checksum} if prompts else {}),
        settings=settings,
        qualities=qualities,
        notes={name: evaluated.notes for name, evaluated in found.items() if evaluated.notes},
        changes={name: evaluated.changes for name, evaluated in found.items() if perturb},
        matrix=matrix(qualities, arguments.matrix) if arguments.matrix else None,
        models={name: each.checksum for name, each in found.items() if each.checksum},
    )
    print(report_json(report) if arguments.json else report_text(report))
    if arguments.plots:
        write_plots(arguments.plots, found)
    if arguments.plots and report.matrix:
        write_matrix(arguments.plots, report.matrix)
    if arguments.out:
        write(arguments.out, report_json(report).encode())
    if journal:
        journal.unlink(missing_ok=True)
    return 0


def told_apart(given: Sequence[str]) -> tuple[list[Path], list[str]]:
    """What stands without a flag, as the paths that are there and the names of reward models."""
    runs = [Path(word) for word in given if Path(word).exists()]
    names = [word for word in given if not Path(word).exists()]
    for name in names:
        try:
            REWARD_MODELS.check(name)
        except UnknownModel as error:
            raise MissingData(f"there is no run or values file {name}, and {error}") from error
    return runs, names


def _heldout(runs: Sequence[Path], only: Path | None) -> Heldout:
    if runs:
        return read_heldout(runs, only)
    if only:
        raise BadSetting("--only keeps some tasks of a run: name the run")
    return builtin.heldout()


def _journal(arguments: argparse.Namespace) -> Path | None:
    """Where answers are kept until the report is written; what cannot be written is told now."""
    if arguments.plots:
        require_plots()
        arguments.plots.mkdir(parents=True, exist_ok=True)
    if not arguments.out:
        return None
    expected(arguments.out)
    out: Path = arguments.out
    return out.with_name(f"{out.name}.scores.jsonl")
