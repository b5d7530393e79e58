"""`python -m rewards`: the data that reward models are trained on, their training and quality."""

from __future__ import annotations

import argparse
import importlib
import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from agentrm_envs.chat import Shown
from agentrm_envs.commands import Parser, ended
from agentrm_envs.errors import EnvError
from agentrm_envs.prompt_tree import HELP as PROMPTS_HELP
from agentrm_envs.prompt_tree import PromptTree
from rewards import registry, subset
from rewards.benchmark import command as benchmark
from rewards.config_file import ConfiguredParser
from rewards.data_card import manifest_json
from rewards.dataset import CARD, HELDOUT, VALUES, extract
from rewards.errors import RewardError
from rewards.factories import MissingModelDependency, UnknownModel
from rewards.formats import convert
from rewards.selection import Extraction

ABOUT = """\
From explored trees to a reward model, one command a stage:

  python -m harness.explore --out runs/explore            # MCTS trees, values backed up
  python -m rewards extract runs/explore --out data       # values of states, by task
  python -m rewards train --data data/values.jsonl --out models/rm
  python -m rewards evaluate runs/explore --only data/values.heldout.jsonl --rm explicit:models/rm
  python -m harness --rm explicit:models/rm --method beam # use it
"""

EXTRACT = """\
Reads the trees of runs and writes to --out:

  values.jsonl           a line for each path of states to train on
  values.heldout.jsonl   the same for tasks that are held out, for evaluation
  dataset.md, .json      what is in them, from what files, with checksums

A state's value is the mean return of the rollouts through it. Explore with MCTS and the
oracle (`python -m harness.explore`), or draw whole trajectories (best-of-n); trees whose
values are a reward model's scores are refused. The same state in several trees is merged,
and no state is trained on twice.
"""

EXTRACT_EXAMPLES = """\
examples:
  python -m rewards extract runs/explore --out data
  python -m rewards extract runs/maze runs/pddl --out data --balance --holdout 0.2
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a verb; the exit status is 0 if it did what it was asked, else 2."""
    argv = list(sys.argv[1:] if arguments is None else arguments)
    if argv[:1] == ["train"]:
        return _ended(lambda: train(argv[1:]))
    parsed = parser().parse_args(argv)
    return _ended(lambda: int(parsed.run(parsed)))


def _ended(command: Callable[[], int]) -> int:
    errors = (RewardError, EnvError, UnknownModel, MissingModelDependency)
    again = "interrupted; the same command goes on, or begins again"
    return ended(command, errors, interrupted=again)


def train(arguments: list[str]) -> int:
    """`rewards.train` has its own flags, and needs torch, which nothing else here does."""
    try:
        module = importlib.import_module("rewards.train")
    except ModuleNotFoundError as error:
        if error.name and error.name.partition(".")[0] in ("agentrm_envs", "rewards"):
            raise
        print(
            f"error: training needs {error.name}, which is not installed; "
            "run `pip install 'agentrm[train]'`",
            file=sys.stderr,
        )
        return 2
    return int(module.main(arguments) or 0)


def parser() -> argparse.ArgumentParser:
    form = argparse.RawDescriptionHelpFormatter
    top = Parser("python -m rewards", description=ABOUT, formatter_class=form)
    verbs = top.add_subparsers(
        required=True,
        metavar="extract | subset | train | evaluate | convert | list",
        parser_class=ConfiguredParser,
    )
    _add_extract(
        verbs.add_parser(
            "extract",
            help="explored trees -> values of states, the training data",
            description=EXTRACT,
            epilog=EXTRACT_EXAMPLES,
            formatter_class=form,
        )
    )
    subset.add_flags(
        verbs.add_parser(
            "subset",
            help="values of some of the tasks, for data scaling",
            description=subset.ABOUT,
            formatter_class=form,
        )
    )
    verbs.add_parser("train", help="values -> a reward model; see `train --help`", add_help=False)
    benchmark.add_arguments(
        verbs.add_parser(
            "evaluate",
            help="how well a reward model predicts, ranks and chooses on held-out trees",
            description=benchmark.ABOUT,
            epilog=benchmark.EXAMPLES,
            formatter_class=form,
        )
    )
    convert.add_flags(
        verbs.add_parser(
            "convert",
            help="trees, values and conversations -> the formats of other trainers, and back",
            description=convert.ABOUT,
            formatter_class=form,
        )
    )
    _add_list(verbs.add_parser("list", help="the reward models that --rm knows"))
    return top


def _add_extract(verb: argparse.ArgumentParser) -> None:
    default = Extraction()
    verb.add_argument(
        "runs", nargs="+", type=Path, metavar="RUN", help="run directories, or episodes.jsonl files"
    )
    verb.add_argument("--out", type=Path, required=True, help="directory to write to")
    verb.add_argument(
        "--min-visits",
        type=int,
        default=default.min_visits,
        metavar="N",
        help="drop states with fewer rollouts, the paper's lambda; an episode's end needs one "
        "only, because its return is exact (default %(default)s)",
    )
    verb.add_argument(
        "--paths",
        type=int,
        default=default.paths,
        metavar="N",
        help="at most N paths a task, those that add most states first; 0 for no limit "
        "(default %(default)s)",
    )
    verb.add_argument(
        "--balance",
        type=int,
        nargs="?",
        const=0,
        metavar="N",
        help="at most N states an environment; without N, as many as the smallest one has",
    )
    verb.add_argument(
        "--holdout",
        type=float,
        default=default.holdout,
        metavar="SHARE",
        help="share of each environment's tasks to hold out (default %(default)s)",
    )
    verb.add_argument("--seed", type=int, default=default.seed, help="chooses those tasks")
    verb.add_argument(
        "--without",
        nargs="+",
        choices=["thoughts", "observations"],
        default=[],
        metavar="PART",
        help="leave thoughts or observations out of what is read, here and by every model that "
        "is trained on it (default: neither)",
    )
    verb.add_argument("--prompts", default="", metavar="DIR", help=PROMPTS_HELP)
    verb.add_argument("--json", action="store_true", help="print the manifest, not the card")
    verb.set_defaults(run=run_extract)


def run_extract(arguments: argparse.Namespace) -> int:
    settings = Extraction(
        min_visits=arguments.min_visits,
        paths=arguments.paths or None,
        balance=arguments.balance,
        holdout=arguments.holdout,
        seed=arguments.seed,
        shown=Shown(**dict.fromkeys(arguments.without, False)),
    )
    prompts = PromptTree.read(arguments.prompts) if arguments.prompts else None
    manifest = extract(arguments.runs, arguments.out, settings, prompts)
    if arguments.json:
        print(manifest_json(manifest), end="")
        return 0
    print((arguments.out / CARD).read_text(encoding="utf-8"))
    print(f"Written: {arguments.out / VALUES} and {arguments.out / HELDOUT}")
    return 0


def _add_list(verb: argparse.ArgumentParser) -> None:
    verb.add_argument("--json", action="store_true", help="as a JSON list")
    verb.set_defaults(run=run_list)


def run_list(arguments: argparse.Namespace) -> int:
    names = registry.names()
    if arguments.json:
        print(json.dumps(names))
        return 0
    for name in names:
        print(f"{name:<14} {registry.DESCRIPTIONS.get(name, 'of another package')}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
