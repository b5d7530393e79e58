"""`summary.json`: what a run has come to, derived from its episodes."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, fields
from statistics import fmean, stdev
from typing import Any

from agentrm_envs import Task
from harness.episode import Episode
from rewards.metering import Usage

SUMMARY_FILE = "summary.json"


def summarize(tasks: Sequence[Task], episodes: Sequence[Episode]) -> dict[str, Any]:
    """Scores by environment, costs and errors; `status` is `complete` if all tasks have one."""
    played = sum(episode.error is None for episode in episodes)
    return {
        "schema_version": 1,
        "status": "complete" if played == len(set(tasks)) else "incomplete",
        "tasks": {
            name: _one([episode for episode in episodes if episode.task.env == name])
            for name in sorted({task.env for task in tasks})
        },
        "usage": asdict(_total([episode.usage for episode in episodes])),
        "seconds": round(math.fsum(episode.seconds for episode in episodes), 3),
    }


def text(summary: dict[str, Any]) -> str:
    """The summary as lines for people: each mean with its error and count."""
    return "\n".join(
        f"{name:16} {one['mean']:.3f} ± {one['stderr']:.3f} "
        f"(n={one['episodes']}, {one['errors']} errors)"
        for name, one in summary["tasks"].items()
    )


def failures(episodes: Sequence[Episode]) -> str:
    """Why episodes have no score, in a line for each type of error, with the words of one."""
    errors = [episode.error for episode in episodes if episode.error is not None]
    counts = Counter((error.kind, error.type) for error in errors)
    words = {(error.kind, error.type): error.message for error in reversed(errors)}
    return "\n".join(
        f"{count} of {len(episodes)} episodes ended with an error of the {key[0]} ({key[1]}): "
        f"{words[key]}"
        for key, count in counts.most_common()
    )


def _one(episodes: Sequence[Episode]) -> dict[str, Any]:
    scored = [episode for episode in episodes if episode.error is None]
    scores = [episode.score for episode in scored]
    return {
        "episodes": len(scored),
        "errors": len(episodes) - len(scored),
        "mean": fmean(scores) if scores else 0.0,
        "stderr": stdev(scores) / math.sqrt(len(scores)) if len(scores) > 1 else 0.0,
        "success": fmean(episode.success for episode in scored) if scored else 0.0,
    }


def _total(usages: Sequence[Usage]) -> Usage:
    names = [field.name for field in fields(Usage)]
    return Usage(**{name: sum(getattr(usage, name) for usage in usages) for name in names})
