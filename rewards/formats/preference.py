"""TRL's preferences: a prompt, and of two ways to go on the one with the higher value."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Literal

from agentrm_envs import Task
from rewards.errors import BadSetting
from rewards.values import ValuesRow

Pairs = Literal["siblings", "finished"]
"""Two answers to the same state, or two finished trajectories of a task."""
Texts = tuple[str, ...]


def preferences(rows: Sequence[ValuesRow], pairs: Pairs, margin: float) -> Iterator[dict[str, Any]]:
    """For each prompt the best way to go on against each that is worth less by `margin` or more.

    `margin` of a line is by how much, as TRL's reward trainer can use it.
    """
    if not margin > 0:
        raise BadSetting(f"margin must be positive, not {margin}")
    for prompt, ways in _ways(rows, pairs).values():
        best = max(ways, key=lambda way: ways[way])
        for way, value in ways.items():
            difference = round(ways[best] - value, 6)
            if difference >= margin:
                yield {
                    "prompt": prompt,
                    "chosen": _messages(best),
                    "rejected": _messages(way),
                    "margin": difference,
                }


def _ways(
    rows: Sequence[ValuesRow], pairs: Pairs
) -> dict[tuple[Task, Texts], tuple[list[dict[str, str]], dict[Texts, float]]]:
    """For each task and conversation so far: its messages, and each way to go on by its value."""
    found: dict[tuple[Task, Texts], tuple[list[dict[str, str]], dict[Texts, float]]] = {}
    for row in rows:
        texts = tuple(message["content"] for message in row.messages)
        replies = [i for i, message in enumerate(row.messages) if message["role"] == "assistant"]
        for place, value in zip(replies, row.values, strict=True):
            last = row.finished and place == replies[-1]
            if value is None or (pairs == "finished" and not last):
                continue
            split, end = (replies[0], len(texts)) if pairs == "finished" else (place, place + 1)
            key = (row.task, texts[:split])
            found.setdefault(key, (row.messages[:split], {}))[1][texts[split:end]] = value
    return found


def _messages(way: Texts) -> list[dict[str, str]]:
    """What was said and answered by turns; a way begins and ends with what was said."""
    roles = ("assistant", "user")
    return [{"role": roles[i % 2], "content": text} for i, text in enumerate(way)]
