"""Conversations to learn from: our demonstrations, TRL's `messages`, and those of AgentGym and ETO.

All four mean the same, messages and which replies are to be learned, and are read into one type.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, TypeAdapter, ValidationError

from agentrm_envs.complaint import complaint
from rewards.errors import BadData, MissingData
from rewards.values import ValuesRow

ROLES = ("system", "user", "assistant")
ACKNOWLEDGED = "OK"
"""What AgentGym's and ETO's models answer to the instruction, which opens a conversation."""
_ACKNOWLEDGES = re.compile(r"\s*ok\b", re.IGNORECASE)
"""Many of AgentGym's go on after the OK."""


@dataclass(frozen=True, slots=True)
class Conversation:
    """Messages, and for each reply in them whether it is to be learned."""

    messages: list[dict[str, str]]
    learn: list[bool]
    name: str = ""
    """The task, where it is known."""

    def __post_init__(self) -> None:
        roles = [message.get("role") for message in self.messages]
        if unknown := sorted({str(role) for role in roles} - set(ROLES)):
            raise ValueError(f"a role is one of {', '.join(ROLES)}, not {unknown[0]!r}")
        if any("content" not in message for message in self.messages):
            raise ValueError("a message has no content")
        if not self.learn or roles.count("assistant") != len(self.learn):
            raise ValueError(
                f"{roles.count('assistant')} replies of the assistant, {len(self.learn)} to learn"
            )

    def as_messages(self) -> dict[str, Any]:
        """A line of TRL's conversational format; `learn` is an extra column, which it ignores."""
        return {"messages": self.messages, "learn": self.learn}

    def as_turns(self) -> dict[str, Any]:
        """An item of AgentGym; a system message becomes the first turn, which is acknowledged.

        Raises ValueError where it would be read as another conversation, or not at all.
        """
        learn = iter(self.learn)
        turns: list[dict[str, Any]] = []
        for message in self.messages:
            if message["role"] == "assistant":
                turns.append({"from": "gpt", "loss": next(learn), "value": message["content"]})
                continue
            turns.append({"from": "human", "loss": None, "value": message["content"]})
            if message["role"] == "system":
                turns.append({"from": "gpt", "loss": False, "value": ACKNOWLEDGED})
        item = {"item_id": self.name, "conversations": turns}
        if not self._says_as(_TURNS.validate_python(item).conversation()):
            raise ValueError("it would be read as another conversation, with other roles")
        return item

    def _says_as(self, other: Conversation) -> bool:
        """Whether the other has the same texts, of the same roles, of which as much is learned."""
        said, others = (
            [(message["role"], message["content"]) for message in each.messages]
            for each in (self, other)
        )
        return said == others and self.learn == other.learn


@dataclass(frozen=True, slots=True)
class _Task:
    env: str
    id: str


@dataclass(frozen=True, slots=True)
class _Messages:
    """A line of our demonstrations, or of TRL's `messages`: then all is to be learned."""

    messages: list[dict[str, str]]
    learn: list[bool] | None = None
    task: _Task | None = None

    def conversation(self) -> Conversation:
        replies = sum(message.get("role") == "assistant" for message in self.messages)
        learn = [True] * replies if self.learn is None else self.learn
        name = f"{self.task.env}/{self.task.id}" if self.task else ""
        return Conversation(self.messages, learn, name)


@dataclass(frozen=True, slots=True)
class _Turn:
    speaker: Annotated[Literal["human", "gpt"], Field(alias="from")]
    value: str
    loss: bool | None = None


@dataclass(frozen=True, slots=True)
class _Turns:
    """An item of AgentGym, or of ETO, which has no `loss`: all replies are then learned."""

    conversations: list[_Turn]
    item_id: str | int = ""
    id: str | int = ""

    def conversation(self) -> Conversation:
        turns = self.conversations
        wrong = [i for i, turn in enumerate(turns) if turn.speaker != ("human", "gpt")[i % 2]]
        if wrong:
            raise ValueError(f"turn {wrong[0]} is of {turns[wrong[0]].speaker!r}, out of turn")
        if any(turn.loss for turn in turns[::2]):
            raise ValueError("a human turn is to be learned")
        messages = [{"role": "user", "content": turn.value} for turn in turns]
        for message in messages[1::2]:
            message["role"] = "assistant"
        learn = [turn.loss is not False for turn in turns[1::2]]
        if _opens(turns):
            messages[:2] = [{"role": "system", "content": turns[0].value}]
            learn = learn[1:]
        return Conversation(messages, learn, str(self.item_id or self.id))


def _opens(turns: Sequence[_Turn]) -> bool:
    """Whether the first turn is an instruction, that is, the answer to it only acknowledges."""
    if len(turns) < 4:
        return False
    answer = turns[1]
    if answer.loss is None:  # ETO's; a reply that only begins so may be a policy's
        return answer.value.strip() == ACKNOWLEDGED
    return not answer.loss and _ACKNOWLEDGES.match(answer.value) is not None


_TURNS = TypeAdapter(_Turns)
_FORMS: Mapping[str, TypeAdapter[_Messages] | TypeAdapter[_Turns]] = {
    "messages": TypeAdapter(_Messages),
    "conversations": _TURNS,
}


def read_conversations(path: Path) -> Iterator[Conversation]:
    """The conversations of a file in any of the formats, checked one by one."""
    for where, item in items(path):
        form = next((form for key, form in _FORMS.items() if key in item), None)
        if form is None:
            raise BadData(f"{where}: it has neither `messages` nor `conversations`")
        try:
            yield form.validate_python(item).conversation()
        except ValidationError as error:
            raise BadData(f"{where}: not a conversation ({complaint(error)})") from error
        except ValueError as error:
            raise BadData(f"{where}: not a conversation ({error})") from error


def items(path: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """The objects of a JSON-lines file or of a JSON list, each with where it stands."""
    if not path.is_file():
        raise MissingData(f"there is no file {path}")
    with path.open("rb") as file:
        if file.read(1) == b"[":
            file.seek(0)
            found: Any = _parsed(file.read(), f"{path}")
            numbered = ((f"{path}, item {i}", item) for i, item in enumerate(found))
        else:
            file.seek(0)
            numbered = (
                (where, _parsed(line, where))
                for i, line in enumerate(file, start=1)
                if line.strip()
                for where in [f"{path}, line {i}"]
            )
        for where, item in numbered:
            if not isinstance(item, dict):
                raise BadData(f"{where}: not an object")
            yield where, item


def _parsed(text: bytes, where: str) -> Any:
    try:
        return json.loads(text)
    except ValueError as error:
        raise BadData(f"{where}: not JSON ({error})") from error


def finished_conversations(rows: Sequence[ValuesRow], least: float) -> Iterator[Conversation]:
    """Finished trajectories with a score of at least `least`: what rejection sampling keeps."""
    for row in rows:
        score = row.values[-1] if row.finished else None
        if score is not None and score >= least:
            name = f"{row.task.env}/{row.task.id}"
            yield Conversation(row.messages, [True] * len(row.values), name)
