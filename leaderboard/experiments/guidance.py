"""What reward models that an experiment trained are good for: on held-out states, and in play."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from leaderboard.experiments.playing import Playing, add_playing_flags
from leaderboard.experiments.point import Point
from leaderboard.experiments.scores import MEASURES, points, scores
from leaderboard.experiments.stage import Stage, evaluation
from leaderboard.statistics import student_quantile
from rewards.benchmark.quality import OVERALL

SHOWN = ("mse", "spearman_within_task", "pair_accuracy", "leaf_accuracy", "regret")
"""Of the benchmark's measures; its whole report is in evaluation.json."""


def add_guidance_flags(verb: argparse.ArgumentParser) -> None:
    verb.add_argument(
        "--recipe",
        type=Path,
        metavar="FILE",
        help="flags of `rewards train` in TOML, as in learning_rate = 1e-5",
    )
    verb.add_argument("--policy", default="embedded", help="who plays (%(default)s)")
    verb.add_argument("--n", type=int, default=5, help="trajectories of each task (%(default)s)")
    verb.add_argument(
        "--evaluate-only", action="store_true", help="score held-out states, and do not play"
    )
    verb.add_argument("--measure", choices=MEASURES, default="metric", help="(%(default)s)")
    add_playing_flags(verb)


def guidance(
    given: argparse.Namespace,
    models: Mapping[str, Path],
    sources: Sequence[Path],
    only: Path | None,
) -> list[Stage]:
    """Evaluate the models on the states of `sources`; play greedily and by each one's pick."""
    rms = [_reference(model) for model in models.values()]
    evaluated = evaluation(sources, only, rms, given.prompts, given.out / "evaluation.json")
    if given.evaluate_only:
        return [evaluated]
    playing, runs = Playing.of(given), Path(given.out, "runs")
    return [
        evaluated,
        playing.greedy(runs / "greedy", given.policy),
        playing.draws(runs / "draws", given.policy, given.n),
        *(
            playing.rescored(runs / name, runs / "draws", _reference(model))
            for name, model in models.items()
        ),
    ]


def played(given: argparse.Namespace, name: str, row: str, column: str) -> list[Point]:
    """What a run came to: of a model's picks, or `greedy`."""
    if given.evaluate_only:
        return []
    return points(row, column, scores(Path(given.out, "runs", name), given.measure))


def held_out(given: argparse.Namespace, model: Path) -> Iterator[tuple[str, Point]]:
    """The model's quality over all environments: measures and their numbers."""
    report = json.loads((given.out / "evaluation.json").read_text(encoding="utf-8"))
    measures = report["qualities"][_reference(model)][OVERALL]["measures"]
    for name in SHOWN:
        if found := measures[name]:
            yield name.replace("_", " "), _point(found)


def _point(found: Mapping[str, float | None]) -> Point:
    mean, stderr, tasks = float(found["mean"] or 0.0), found["stderr"], int(found["tasks"] or 0)
    half = None if stderr is None else student_quantile(max(tasks - 1, 1)) * stderr
    low, high = (None, None) if half is None else (mean - half, mean + half)
    return Point("", "", "", mean, stderr, low, high, tasks)


def _reference(model: Path) -> str:
    return f"explicit:{model}"
