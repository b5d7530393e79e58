"""What a server replied: texts and the tokens that it counted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from pydantic import BaseModel, Field, TypeAdapter, ValidationError

from agentrm_envs.complaint import complaint
from rewards.server.errors import BadReply

_Count = Annotated[int, Field(ge=0)]


@dataclass(frozen=True, slots=True)
class Completion:
    """The replies to one question."""

    texts: list[str]
    prompt: _Count
    """Tokens of the prompt, those that the server had cached among them."""
    cached: _Count
    written: _Count

    def __add__(self, other: Completion) -> Completion:
        return Completion(
            self.texts + other.texts,
            self.prompt + other.prompt,
            self.cached + other.cached,
            self.written + other.written,
        )


COMPLETION = TypeAdapter(Completion)


class _Message(BaseModel):
    content: str | None = None


class _Reply(BaseModel):
    message: _Message

    @property
    def said(self) -> str:
        return self.message.content or ""


class _Continuation(BaseModel):
    text: str

    @property
    def said(self) -> str:
        return self.text


class _Details(BaseModel):
    cached_tokens: _Count | None = None


class _Usage(BaseModel):
    prompt_tokens: _Count = 0
    completion_tokens: _Count | None = 0
    prompt_tokens_details: _Details | None = None


class _Body(BaseModel):
    choices: Annotated[list[_Reply | _Continuation], Field(min_length=1)]
    usage: _Usage | None = None


def parse(body: bytes) -> Completion:
    """The completion in a response's body; raises BadReply where there is none.

    A message without content is an empty text: a model that only reasoned, or refused, has
    proposed nothing.
    """
    try:
        reply = _Body.model_validate_json(body)
    except ValidationError as error:
        raise BadReply(complaint(error)) from error
    counts = reply.usage or _Usage()
    details = counts.prompt_tokens_details or _Details()
    return Completion(
        [choice.said for choice in reply.choices],
        counts.prompt_tokens,
        min(details.cached_tokens or 0, counts.prompt_tokens),
        counts.completion_tokens or 0,
    )
