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
    return "\n".join(f"{name:16} {_told(one)}" for name, one in summary["tasks"].items())


def _told(one: dict[str, Any]) -> str:
    """An environment's result; one episode says nothing of the error of its mean."""
    if one["mean"] is None:
        return f"no score ({one['errors']} errors)"
    error = "" if one["stderr"] is None else f" ± {one['stderr']:.3f}"
    return f"{one['mean']:.3f}{error} (n={one['episodes']}, {one['errors']} errors)"


def failures(episodes: Sequence[Episode]) -> str:
    """Why episodes have no score, as lines for people: each kind of error with one example."""
    failed = [(episode.task, episode.error) for episode in episodes if episode.error is not None]
    if not failed:
        return ""
    counts = Counter(error.type for _, error in failed)
    first = {error.type: (task, error) for task, error in reversed(failed)}
    lines = [f"{len(failed)} of {len(episodes)} episodes have an error in place of a score:"]
    for name, count in counts.most_common():
        task, error = first[name]
        lines.append(f"  {count} {name}, as in {task.env} {task.id}: {error.message}")
    return "\n".join(lines)


def _one(episodes: Sequence[Episode]) -> dict[str, Any]:
    """An environment's numbers; None where its episodes are too few for one."""
    scored = [episode for episode in episodes if episode.error is None]
    scores = [episode.score for episode in scored]
    return {
        "episodes": len(scored),
        "errors": len(episodes) - len(scored),
        "mean": fmean(scores) if scores else None,
        "stderr": stdev(scores) / math.sqrt(len(scores)) if len(scores) > 1 else None,
        "success": fmean(episode.success for episode in scored) if scored else None,
    }


def _total(usages: Sequence[Usage]) -> Usage:
    names = [field.name for field in fields(Usage)]
    return Usage(**{name: sum(getattr(usage, name) for usage in usages) for name in names})
