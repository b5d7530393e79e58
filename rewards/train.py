"""`python -m rewards train`: a reward model of either kind from the values of explored states.

An explicit one (paper, section 3.2) says a state's value. It is fitted to the values of all
states by their squared error. An implicit one (section 3.3) is a policy, and an action is worth
beta times the log of how much likelier it is than under the reference, which is the policy that
training begins at. The sum over a finished path is fitted to the path's outcome.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import fields
from pathlib import Path

from rewards import explicit_training, head_training, implicit_training
from rewards.backbone.training import Recipe, add_flags, checked_base, recipe_of
from rewards.config_file import ConfiguredParser
from rewards.errors import BadSetting
from rewards.model_card import describe
from rewards.values import repeated

KINDS = ("explicit", "implicit")


def main(argv: Sequence[str] | None = None) -> int:
    parser = ConfiguredParser(
        prog="python -m rewards train",
        description=__doc__,
        epilog="Killed at any moment, the same command goes on from the last checkpoint.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--kind", choices=KINDS, default=KINDS[0], help="(explicit)")
    parser.add_argument(
        "--data", type=Path, nargs="+", required=True, metavar="FILE", help="values.jsonl files"
    )
    parser.add_argument("--out", type=Path, required=True, help="where the reward model goes")
    parser.add_argument("--base", type=Path, help="a causal LM's folder (default: embedded)")
    parser.add_argument(
        "--start", type=Path, help="an adapter to begin at, as the policy's (default: none)"
    )
    parser.add_argument(
        "--beta", type=float, help=f"of an implicit one ({implicit_training.BETA}); see above"
    )
    parser.add_argument(
        "--head-only",
        action="store_true",
        help="of an explicit one: fit its scalar head alone, in closed form, over the layers of "
        "--start as they are; scoring what that policy has read then costs next to nothing",
    )
    add_flags(parser)
    words = list(sys.argv[1:] if argv is None else argv)
    given = parser.parse_args(words)
    recipe = recipe_of(vars(given))
    checked_base(given.base)
    _check(given)
    _tell_repeated(given)
    given.out.mkdir(parents=True, exist_ok=True)
    both = {"base": given.base, "start": given.start}
    if given.kind == "implicit":
        beta = implicit_training.BETA if given.beta is None else given.beta
        implicit_training.train(given.data, given.out, recipe, beta=beta, **both)
    elif given.head_only:
        head_training.train(given.data, given.out, max_tokens=recipe.max_tokens, **both)
    else:
        explicit_training.train(given.data, given.out, recipe, **both)
    describe(given.out, ["rewards", "train", *words])
    print(json.dumps({"reward_model": str(given.out)}))
    return 0


def _check(given: argparse.Namespace) -> None:
    """Refuse flags that would change nothing: those of another kind of training."""
    if given.beta is not None and given.kind != "implicit":
        raise BadSetting("--beta is for --kind implicit")
    if given.head_only and given.kind != "explicit":
        raise BadSetting("--head-only is for --kind explicit: an implicit one has no head")
    if given.head_only and (idle := _of_gradients(given)):
        raise BadSetting(
            f"--head-only trains nothing by gradients, so {', '.join(idle)} would change nothing: "
            "leave it out, or --head-only"
        )


def _of_gradients(given: argparse.Namespace) -> list[str]:
    """The flags of the recipe that were set, but for the one that also a head's fit goes by."""
    defaults = Recipe()
    return [
        f"--{field.name.replace('_', '-')}"
        for field in fields(Recipe)
        if field.name != "max_tokens"
        and getattr(given, field.name) != getattr(defaults, field.name)
    ]


def _tell_repeated(given: argparse.Namespace) -> None:
    """Say which rows are trained on more than once; an implicit one's count once anyway."""
    if given.kind == "implicit":
        return
    for file, rows in repeated(given.data):
        print(
            f"note: {rows} rows of {file} are in a file before it too and count twice; "
            "`rewards extract` of all runs together counts each state once",
            file=sys.stderr,
        )


if __name__ == "__main__":
    sys.exit(main())
