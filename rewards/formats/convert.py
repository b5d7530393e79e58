"""`python -m rewards convert`: one file from the project's formats to another's, or back."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, get_args

from rewards.episodes import EpisodesFile
from rewards.errors import BadData
from rewards.formats.conversation import (
    Conversation,
    finished_conversations,
    items,
    read_conversations,
)
from rewards.formats.preference import Pairs, preferences
from rewards.formats.stepwise import stepwise
from rewards.selection import Extraction, covered
from rewards.states import merged
from rewards.values import ValuesRow, read_values, values_row
from rewards.whole_file import write

ABOUT = """\
Reads a run of trees (or its episodes.jsonl), a values.jsonl, demonstrations.jsonl, or the
conversations of AgentGym or ETO (a JSON list, or JSON lines), whichever FILE is, and writes:

  messages       {messages, learn}: TRL's format for SFT, and what `harness.sft --data` reads
  conversations  {item_id, conversations: [{from, loss, value}]}: AgentGym's
  stepwise       {prompt, completions, labels, values}: TRL's stepwise supervision
  preference     {prompt, chosen, rejected, margin}: TRL's preferences

Which replies are to be learned is kept: as `learn`, a flag for each reply, or as `loss`. Of
trees and values, the first two take finished trajectories; the last two need their values.
"""
Format = Literal["messages", "conversations", "stepwise", "preference"]


@dataclass(frozen=True, slots=True)
class Conversion:
    """What to make of a file."""

    to: Format
    min_score: float = 0.0
    """Of finished trajectories that become conversations."""
    threshold: float = 0.5
    """A step is good if its value is at least that; Math-Shepherd's hard labels are above 0."""
    pairs: Pairs = "siblings"
    margin: float = 0.2
    """The least difference of values that makes a preference."""


def convert(source: Path, out: Path, conversion: Conversion) -> int:
    """Write `out`, whole or not at all; the number of its lines."""
    lines = list(_converted(source, conversion))
    if not lines:
        raise BadData(f"{source} holds nothing to make a line of {conversion.to} of")
    out.parent.mkdir(parents=True, exist_ok=True)
    text = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
    write(out, text.encode())
    return len(lines)


def _converted(source: Path, conversion: Conversion) -> Iterator[dict[str, Any]]:
    if conversion.to == "messages":
        return (some.as_messages() for some in _conversations(source, conversion.min_score))
    if conversion.to == "conversations":
        return _turns(source, conversion.min_score)
    rows = _rows(source)
    if rows is None:
        raise BadData(f"{source} has no values, which {conversion.to} needs")
    if conversion.to == "stepwise":
        return (stepwise(row, conversion.threshold) for row in rows)
    return preferences(rows, conversion.pairs, conversion.margin)


def _turns(source: Path, min_score: float) -> Iterator[dict[str, Any]]:
    for number, some in enumerate(_conversations(source, min_score), start=1):
        try:
            yield some.as_turns()
        except ValueError as error:
            raise BadData(
                f"{source}, conversation {number}: AgentGym's format cannot hold it ({error}); "
                "it takes a system message at most, then the user and the assistant by turns: "
                "leave it out, or choose --to messages"
            ) from error


def _conversations(source: Path, min_score: float) -> Iterator[Conversation]:
    rows = _rows(source)
    if rows is None:
        return read_conversations(source)
    return finished_conversations(rows, min_score)


def _rows(source: Path) -> list[ValuesRow] | None:
    """The paths of values of a file that has any."""
    first = {} if source.is_dir() else next((item for _, item in items(source)), {})
    if "values" in first:
        return list(read_values(source))
    if "tree" not in first and not source.is_dir():
        return None
    everything = Extraction(paths=None)
    tasks = [covered(tree, everything) for tree in merged(EpisodesFile.of(source).trees())]
    return [values_row(task.tree, path) for task in tasks for path in task.paths]


def add_flags(verb: argparse.ArgumentParser) -> None:
    """The flags of `rewards convert`."""
    default = Conversion("messages")
    verb.add_argument("source", type=Path, metavar="FILE", help="a run's directory, or a file")
    verb.add_argument("--to", choices=get_args(Format), required=True, help="see above")
    verb.add_argument("--out", type=Path, required=True, metavar="FILE", help="to write to")
    verb.add_argument(
        "--min-score",
        type=float,
        default=default.min_score,
        metavar="S",
        help="of trajectories that become conversations (%(default)s)",
    )
    verb.add_argument(
        "--threshold",
        type=float,
        default=default.threshold,
        metavar="V",
        help="the least value of a step that is labelled good (%(default)s)",
    )
    verb.add_argument(
        "--pairs",
        choices=get_args(Pairs),
        default=default.pairs,
        help="prefer among answers to one state, or among finished trajectories (%(default)s)",
    )
    verb.add_argument(
        "--margin",
        type=float,
        default=default.margin,
        metavar="V",
        help="the least difference of values in a preference (%(default)s)",
    )
    verb.set_defaults(run=run)


def run(given: argparse.Namespace) -> int:
    """Convert, and print how many lines were written."""
    conversion = Conversion(given.to, given.min_score, given.threshold, given.pairs, given.margin)
    lines = convert(given.source, given.out, conversion)
    print(json.dumps({"out": str(given.out), "lines": lines}))
    return 0
