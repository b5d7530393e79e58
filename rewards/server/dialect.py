"""What a server takes in a request: the interface has grown, and few servers know all of it."""

from __future__ import annotations

import logging
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from agentrm_envs.chat import Message

_UNKNOWN = re.compile(r"support|unknown|unrecogni|unexpected|not permitted|not allowed", re.I)
"""How servers say that they do not take a field, as against one value of it."""
_LOG = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Question:
    """A conversation and how many replies to it are wanted."""

    said: Sequence[Message] | str
    """The messages, or the whole prompt that a server is to continue as it stands."""
    count: int
    seed: int | None
    """None draws without one."""
    temperature: float
    limit: int


class Dialect:
    """The body of a request, without what this server was seen to refuse."""

    def __init__(self, model: str, stop: Sequence[str] = ()) -> None:
        """`stop` ends a reply where the server does not know the end of a message itself."""
        self.many = True
        """Whether one request may ask for several replies."""
        self._model = model
        self._stop = list(stop)
        self._limit_name = "max_tokens"
        self._refused: set[str] = set()

    def body(self, question: Question) -> dict[str, Any]:
        said = question.said
        fields: dict[str, Any] = {
            "model": self._model,
            **({"prompt": said} if isinstance(said, str) else {"messages": list(said)}),
            self._limit_name: question.limit,
            "temperature": question.temperature,
        }
        if question.seed is not None:
            fields["seed"] = question.seed
        if question.count > 1 and self.many:
            fields["n"] = question.count
        if self._stop:
            fields["stop"] = self._stop
        return {name: value for name, value in fields.items() if name not in self._refused}

    def learn(self, refusal: str, asked: dict[str, Any]) -> None:
        """Take from a refusal what to leave out; the body is another then."""
        if "max_tokens" in asked and "max_completion_tokens" in refusal:
            self._limit_name = "max_completion_tokens"
        elif "n" in asked:
            self.many = False
        elif _UNKNOWN.search(refusal):
            named = {"seed", "temperature"} & set(asked) & set(re.findall(r"\w+", refusal))
            for name in sorted(named):
                self._refused.add(name)
                _LOG.warning("no %s is sent from now on, as %s", name, refusal)
