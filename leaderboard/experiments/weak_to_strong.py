"""Weak to strong (paper, Table 4): a reward model from one policy's states guides stronger ones."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path

from leaderboard.experiments.experiment import Experiment
from leaderboard.experiments.playing import Playing, add_playing_flags, file_names
from leaderboard.experiments.point import Point
from leaderboard.experiments.result import Result
from leaderboard.experiments.scores import MEASURES, differences, points, scores
from leaderboard.experiments.searches import add_search_flags, search_flags, title
from leaderboard.experiments.stage import Stage


def add_flags(verb: argparse.ArgumentParser) -> None:
    verb.add_argument(
        "--policies", nargs="+", required=True, metavar="POLICY", help="the weakest first"
    )
    add_search_flags(verb)
    verb.add_argument("--measure", choices=MEASURES, default="metric", help="(%(default)s)")
    add_playing_flags(verb)


def plan(given: argparse.Namespace) -> list[Stage]:
    playing = Playing.of(given)
    return [
        playing.run(
            _run(given, policy, method),
            policy,
            *search_flags(given, method),
            rm="none" if method == "greedy" else given.rm,
        )
        for policy in dict.fromkeys(given.policies)
        for method in given.methods
    ]


def result(given: argparse.Namespace) -> Result:
    found = tuple(_points(given))
    notes = ("A gain is over greedy, paired by task.",) if "greedy" in given.methods else ()
    return Result(f"Policies guided by {given.rm}", "search", found, notes)


def _points(given: argparse.Namespace) -> Iterator[Point]:
    for policy in dict.fromkeys(given.policies):
        runs = {m: scores(_run(given, policy, m), given.measure) for m in given.methods}
        for method, found in runs.items():
            yield from points(policy, title(given, method), found)
        for method, found in runs.items():
            if method != "greedy" and "greedy" in runs:
                gain = differences(found, runs["greedy"])
                yield from points(policy, f"gain of {title(given, method)}", gain, signed=True)


def _run(given: argparse.Namespace, policy: str, method: str) -> Path:
    return Path(given.out, "runs", f"{file_names(given.policies)[policy]}-{method}")


WEAK_TO_STRONG = Experiment(
    "several policies, each alone and guided by one reward model",
    add_flags,
    plan,
    result,
)
