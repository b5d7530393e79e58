"""Specialised policies (paper, Table 2): does one reward model also help a task's own policy?"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path

from harness.config import ConfigError
from leaderboard.experiments.experiment import Experiment
from leaderboard.experiments.playing import Playing, add_playing_flags, file_names
from leaderboard.experiments.point import Point
from leaderboard.experiments.result import Result
from leaderboard.experiments.scores import MEASURES, Scores, points, scores, transposed
from leaderboard.experiments.searches import add_search_flags, search_flags, title
from leaderboard.experiments.stage import Stage

GENERAL = "general"
"""In the place of an environment's name, the policy for all of them."""


def add_flags(verb: argparse.ArgumentParser) -> None:
    verb.add_argument(
        "--policies",
        nargs="+",
        required=True,
        metavar="TASK=POLICY",
        help="the policy of each environment, as in webshop=hf:models/sft-webshop",
    )
    verb.add_argument("--general", help="a policy for all of them, to compare with")
    add_search_flags(verb)
    verb.add_argument("--measure", choices=MEASURES, default="metric", help="(%(default)s)")
    add_playing_flags(verb, tasks=False)


def plan(given: argparse.Namespace) -> list[Stage]:
    own = _policies(given)
    playing = Playing.of(given, list(own))
    systems = [(name, policy, [name]) for name, policy in own.items()]
    if given.general:
        systems.append((GENERAL, given.general, list(own)))
    return [
        playing.run(
            _run(given, whose, method),
            policy,
            *search_flags(given, method),
            rm="none" if method == "greedy" else given.rm,
            tasks=tasks,
        )
        for whose, policy, tasks in systems
        for method in given.methods
    ]


def result(given: argparse.Namespace) -> Result:
    title = f"Specialised policies guided by {given.rm}"
    block = {"metric": "each environment's metric"}.get(given.measure, given.measure)
    return Result(title, "environment", tuple(transposed(block, list(_points(given)))))


def _points(given: argparse.Namespace) -> Iterator[Point]:
    own = _policies(given)
    for method in given.methods:
        if given.general:
            run = _run(given, GENERAL, method)
            yield from points(f"general, {title(given, method)}", "", scores(run, given.measure))
        found: dict[str, Scores] = {
            name: scores(_run(given, name, method), given.measure) for name in own
        }
        together = {name: found[name][name] for name in own}
        yield from points(f"specialised, {title(given, method)}", "", together)


def _policies(given: argparse.Namespace) -> dict[str, str]:
    """The policy of each environment, as the flags name them."""
    found: dict[str, str] = {}
    for pair in given.policies:
        name, equals, policy = pair.partition("=")
        if not equals or not policy or name in found:
            raise ConfigError(
                f"--policies takes TASK=POLICY once for each environment, not {pair!r}"
            )
        found[name] = policy
    return found


def _run(given: argparse.Namespace, whose: str, method: str) -> Path:
    """The run of an environment's own policy, or of the general one."""
    [folder] = file_names([whose]).values()
    return Path(given.out, "runs", f"{folder}-{method}")


SPECIALISED_POLICY = Experiment(
    "a policy of each environment's own, alone and guided by one reward model for all",
    add_flags,
    plan,
    result,
)
