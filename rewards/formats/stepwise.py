"""TRL's stepwise supervision: a prompt, the steps after it, and whether each is good."""

from __future__ import annotations

from typing import Any

from rewards.values import ValuesRow


def stepwise(row: ValuesRow, threshold: float) -> dict[str, Any]:
    """The line of a path: `labels` are values of at least `threshold`, `values` the numbers.

    A completion is an action and, before it, the answer to the one that came first. An action
    without a value here is in one completion with the next that has one: each has its label.
    """
    first = [message["role"] for message in row.messages].index("assistant")
    values = iter(row.values)
    completions: list[str] = []
    known: list[float] = []
    waiting: list[str] = []
    for message in row.messages[first:]:
        waiting.append(message["content"])
        value = next(values) if message["role"] == "assistant" else None
        if value is not None:
            completions.append("\n".join(waiting))
            known.append(value)
            waiting = []
    return {
        "prompt": "\n\n".join(message["content"] for message in row.messages[:first]),
        "completions": completions,
        "labels": [value >= threshold for value in known],
        "values": known,
    }
