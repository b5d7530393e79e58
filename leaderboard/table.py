"""A leaderboard as a table for people: aligned text, or Markdown."""

from __future__ import annotations

import html
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from leaderboard.printable import printable

GAP = "  "


def render(leaderboard: Mapping[str, Any]) -> str:
    """An aligned table of systems and environments, for each list of tasks its own."""
    return "\n\n".join(aligned(rows) for rows in _tables(leaderboard)) or "no entries"


def markdown(leaderboard: Mapping[str, Any]) -> str:
    """The same tables in Markdown; the text of entries cannot break out of its cell."""
    return "\n".join(_piped(rows) for rows in _tables(leaderboard)) or "no entries\n"


def _tables(leaderboard: Mapping[str, Any]) -> Iterator[list[list[str]]]:
    """Entries over different tasks cannot be compared, so they do not share a table."""
    entries: Sequence[Mapping[str, Any]] = leaderboard["entries"]
    for tasks in dict.fromkeys(entry["run"]["tasks_sha256"] for entry in entries):
        yield _rows(tasks, [entry for entry in entries if entry["run"]["tasks_sha256"] == tasks])


def _rows(tasks: str, entries: Sequence[Mapping[str, Any]]) -> list[list[str]]:
    names = sorted({name for entry in entries for name in entry["results"]})
    head = [f"system (tasks {tasks[:8]})", "overall", *map(printable, names)]
    return [
        [*head, "tokens", "steps", "seconds", "verified"],
        *(_row(entry, names) for entry in entries),
    ]


def _row(entry: Mapping[str, Any], names: Sequence[str]) -> list[str]:
    overall, cost = entry["overall"], entry["cost"]
    return [
        printable(entry["system"]),
        f"{overall['mean_over_tasks']:.3f} ± {overall['stderr']:.3f}",
        *(_cell(entry["results"].get(name)) for name in names),
        short(cost["policy_tokens"] + cost["rm_tokens"]),
        short(cost["env_steps"]),
        short(cost["seconds"]),
        "yes" if entry["verified"] else "no",
    ]


def _cell(result: Mapping[str, Any] | None) -> str:
    if result is None:
        return "-"
    errors = result["errors"]
    also = f", {errors} error{'s' * (errors != 1)}" if errors else ""
    if not result["episodes"]:
        return f"no score{also}"
    return f"{result['mean']:.3f} ± {result['stderr']:.3f} (n={result['episodes']}{also})"


def short(number: float) -> str:
    """A count in at most five characters: 950, 12.3k, 4.5M."""
    for size, unit in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if number >= size:
            return f"{number / size:.1f}{unit}"
    return f"{number:.0f}"


def aligned(rows: Sequence[Sequence[str]]) -> str:
    """Columns as wide as their widest cell; the first row is the head."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = [GAP.join(map(str.ljust, row, widths)).rstrip() for row in rows]
    lines.insert(1, GAP.join("-" * width for width in widths))
    return "\n".join(lines)


def _piped(rows: Sequence[Sequence[str]]) -> str:
    lines = ["| " + " | ".join(map(_escaped, row)) + " |" for row in rows]
    lines.insert(1, "|" + "---|" * len(rows[0]))
    return "\n".join(lines) + "\n"


def _escaped(text: str) -> str:
    marks = {ord(mark): f"\\{mark}" for mark in "\\`*_[]|"}
    return html.escape(text, quote=False).translate(marks)
