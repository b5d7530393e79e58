"""The lines of `values.jsonl`: what a reward model is trained on."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from pydantic import Field, TypeAdapter, ValidationError

from agentrm_envs import Task
from agentrm_envs.chat import EVERYTHING, Shown, render_scored
from agentrm_envs.complaint import complaint
from agentrm_envs.prompt_tree import PromptTree
from rewards.errors import BadData, MissingData
from rewards.paths import CoveredPath
from rewards.states import StateTree

Value = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
"""A mean return."""
Reward = Annotated[float, Field(allow_inf_nan=False)]


@dataclass(frozen=True, slots=True)
class ValuesRow:
    """One path of states; `values`, `visits` and `rewards` have a number for each action.

    `messages` is the conversational format of chat templates and of TRL. The value of an
    action belongs at the end of its assistant message: it is the mean return of the rollouts
    through the state that the action led to.
    """

    task: Task
    messages: list[dict[str, str]]
    """As the reward model reads it: up to and including the last action."""
    values: list[Value | None]
    """In [0, 1]; None where the state is not trained on, or is trained on in another row."""
    visits: list[int]
    """Rollouts through the state, whether it is trained on or not."""
    rewards: list[Reward]
    """Increments of the environment's score. For evaluation; never shown to a model."""
    finished: bool
    """Whether the last action ended the episode; the score is then the sum of rewards."""
    shown: Shown = EVERYTHING
    """What of the states `messages` has."""
    prompts_sha256: str = ""
    """Of what the reward model is told, where that is another's prompts: `scored_checksum`."""

    def __post_init__(self) -> None:
        actions = sum(message.get("role") == "assistant" for message in self.messages)
        lengths = {len(self.values), len(self.visits), len(self.rewards)}
        if lengths != {actions}:
            raise ValueError(f"{actions} assistant messages, but {sorted(lengths)} numbers")


_ROW = TypeAdapter(ValuesRow)


def values_row(
    tree: StateTree,
    path: CoveredPath,
    shown: Shown = EVERYTHING,
    prompts: PromptTree | None = None,
) -> ValuesRow:
    """The line of a path, with what is shown of its states, in the words of the prompts."""
    states = [tree.states[place] for place in path.places]
    return ValuesRow(
        task=tree.task,
        messages=[
            {"role": message["role"], "content": message["content"]}
            for message in render_scored(tree.trajectory(path.places[-1]), shown, prompts)
        ],
        values=[
            round(state.value, 6) if place in path.fresh else None
            for place, state in zip(path.places, states, strict=True)
        ],
        visits=[state.visits for state in states],
        rewards=[state.step.reward for state in states],
        finished=states[-1].finished,
        shown=shown,
        prompts_sha256=prompts.scored_checksum if prompts else "",
    )


def to_lines(rows: Iterable[ValuesRow]) -> bytes:
    """The rows as a JSON-lines file holds them."""
    return b"".join(_ROW.dump_json(row, exclude_defaults=True) + b"\n" for row in rows)


def read_values(path: Path) -> Iterator[ValuesRow]:
    """The rows of a values file, checked: one number for each assistant message.

    Blank lines say nothing: editors leave one at a file's end.
    """
    if not path.is_file():
        raise MissingData(f"there is no file {path}; make one with `python -m rewards extract`")
    with path.open("rb") as file:
        for number, line in enumerate(file, start=1):
            if not line.strip():
                continue
            try:
                row = _ROW.validate_json(line)
            except ValidationError as error:
                raise BadData(
                    f"{path}, line {number}: not a row of values ({complaint(error)})"
                ) from error
            yield row


def repeated(files: Sequence[Path]) -> list[tuple[Path, int]]:
    """The files with rows that a file before them has too, and how many these are."""
    seen: set[bytes] = set()
    found = []
    for file in files if len(files) > 1 else ():
        own = [hashlib.sha256(_ROW.dump_json(row)).digest() for row in read_values(file)]
        found.append((file, sum(row in seen for row in own)))
        seen.update(own)
    return [(file, rows) for file, rows in found if rows]


def reading_in(files: Sequence[Path]) -> tuple[Shown, str]:
    """What of a state the rows of these files have, and the checksum of the prompts that tell it.

    One model cannot learn to read two kinds.
    """
    found = {(row.shown, row.prompts_sha256) for file in files for row in read_values(file)}
    if len(found) > 1:
        names = ", ".join(map(str, files))
        raise BadData(
            f"the rows of {names} were extracted with different --without or --prompts; use one"
        )
    return found.pop() if found else (EVERYTHING, "")
