"""N-scaling (paper, Fig. 5): the score of each reward model's pick among N = 1 to 32.

Trajectories are drawn once and scored by every reward model. What a pick among N comes to is the
exact mean over all choices of N of the draws, without replacement, so that no luck of an order is
left and the last point is the best-of-n run itself. Among draws of equal value each is as likely.
"""

from __future__ import annotations

import argparse
import math
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from harness.config import ConfigError
from harness.episode import Episode, read_episodes
from leaderboard.experiments.experiment import Experiment
from leaderboard.experiments.playing import Playing, add_playing_flags, runs_by_rm
from leaderboard.experiments.point import Point
from leaderboard.experiments.result import Result
from leaderboard.experiments.scores import MEASURES, by_task, measured, points, scores
from leaderboard.experiments.stage import Stage

GRID = (1, 2, 3, 4, 5, 6, 7, 8, 12, 16, 24, 32, 48, 64, 96, 128)
COMPARING = ("judge", "majority", "ensemble")
"""Reward models whose numbers come from comparing all draws with each other."""


@dataclass(frozen=True, slots=True)
class Draw:
    """A trajectory that was drawn, maybe more than once."""

    times: int
    score: float
    value: float
    """What the reward model says of it."""


def expected_best(draws: Sequence[Draw], n: int) -> float:
    """The mean score of the most valued of n draws, over all choices of n.

    The best of n of T draws is among the j least valued ones with probability C(j, n) / C(T, n).
    """
    by_value: dict[float, list[Draw]] = defaultdict(list)
    for draw in draws:
        by_value[draw.value].append(draw)
    total = sum(draw.times for draw in draws)
    below, parts = 0, []
    for _, equal in sorted(by_value.items()):
        times = sum(draw.times for draw in equal)
        ways = math.comb(below + times, n) - math.comb(below, n)
        mean = math.fsum(draw.times * draw.score for draw in equal) / times
        parts.append(ways / math.comb(total, n) * mean)
        below += times
    return math.fsum(parts)


def add_flags(verb: argparse.ArgumentParser) -> None:
    verb.add_argument("--policy", default="embedded", help="who plays (%(default)s)")
    verb.add_argument(
        "--rm", nargs="+", default=["explicit"], metavar="NAME", help="the reward models (explicit)"
    )
    verb.add_argument("--n", type=int, default=32, help="trajectories of each task (%(default)s)")
    verb.add_argument("--measure", choices=MEASURES, default="metric", help="(%(default)s)")
    add_playing_flags(verb)


def plan(given: argparse.Namespace) -> list[Stage]:
    playing = Playing.of(given)
    greedy, draws = _greedy(given), _draws(given)
    return [
        playing.greedy(greedy, given.policy),
        playing.draws(draws, given.policy, given.n),
        *(playing.rescored(out, draws, rm) for rm, out in runs_by_rm(given).items()),
    ]


def result(given: argparse.Namespace) -> Result:
    grid = [n for n in GRID if n < given.n] + [given.n]
    notes = [
        f"A pick among N is the mean over all choices of N of the {given.n} trajectories.",
    ]
    if comparing := [rm for rm in given.rm if rm.startswith(COMPARING)]:
        notes.append(f"{', '.join(comparing)} compared all {given.n}, also where N is less.")
    return Result(f"Best of N by {given.policy}", "N", tuple(_points(given, grid)), tuple(notes))


def _points(given: argparse.Namespace, grid: Sequence[int]) -> Iterator[Point]:
    greedy = scores(_greedy(given), given.measure)
    for n in grid:
        yield from points("greedy", str(n), greedy)
    for rm, run in runs_by_rm(given).items():
        yield from _curve(rm, read_episodes(run), given, grid, lambda draw: draw.value)
    drawn = read_episodes(_draws(given))
    yield from _curve("any of them", drawn, given, grid, lambda draw: 0.0)
    yield from _curve("the best of them", drawn, given, grid, lambda draw: draw.score)


def _curve(
    row: str,
    episodes: Sequence[Episode],
    given: argparse.Namespace,
    grid: Sequence[int],
    value: Callable[[Draw], float],
) -> Iterator[Point]:
    """A row's numbers by N, where draws are valued by `value`."""
    drawn = {
        episode.task: [
            Draw(draw.times, draw.score, value(draw)) for draw in draws_of(episode, given)
        ]
        for episode in episodes
    }
    for n in grid:
        best = {task: expected_best(draws, n) for task, draws in drawn.items()}
        yield from points(row, str(n), by_task(best))


def draws_of(episode: Episode, given: argparse.Namespace) -> list[Draw]:
    """The different trajectories of a best-of-n episode, with the values that chose."""
    tree = episode.tree
    found = [
        Draw(
            tree.nodes[leaf].visits,
            measured(tree.trajectory(leaf), given.measure),
            tree.nodes[leaf].value or 0.0,
        )
        for leaf in tree.leaves()
    ]
    if sum(draw.times for draw in found) != given.n:
        raise ConfigError(
            f"the episode of {episode.task.env} {episode.task.id} does not say how often each of "
            f"its {len(found)} trajectories was drawn; draw them anew with another --out"
        )
    return found


def _greedy(given: argparse.Namespace) -> Path:
    return Path(given.out, "runs", "greedy")


def _draws(given: argparse.Namespace) -> Path:
    return Path(given.out, "runs", "draws")


N_SCALING = Experiment(
    "the score of every reward model's pick among N = 1 to 32 trajectories, drawn once",
    add_flags,
    plan,
    result,
)
