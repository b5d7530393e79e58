"""Environments made with keywords that a user typed, any of which may be wrong."""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Mapping
from typing import Any

from agentrm_envs.commands import meant
from agentrm_envs.core import TextEnv
from agentrm_envs.errors import EnvError
from agentrm_envs.registry import load, make, spec

_OF_COMMANDS = {"self", "name", "split", "data"}
"""What commands have arguments and flags for."""


def made(name: str, settings: Mapping[str, Any], *, isolated: bool | None = None) -> TextEnv:
    """As `make`, but a keyword that the environment does not take is an `EnvError`."""
    steps = settings.get("max_steps", 1)
    if not isinstance(steps, int) or steps < 1:
        raise EnvError(f"{name}: max_steps is a number from 1, not {steps!r}")
    try:
        return make(name, isolated=isolated, **settings)
    except TypeError as error:
        raise EnvError(_complaint(name, settings, error)) from error


def _complaint(name: str, settings: Mapping[str, Any], error: TypeError) -> str:
    known = sorted(set(_keywords(load(spec(name).entry_point, name))) - _OF_COMMANDS)
    unknown = sorted(set(settings) - {*known, "split", "data"})
    if not unknown:
        # It takes the keywords; one of them has a value that it cannot work with.
        return f"{name} cannot be made with these keywords: {error}"
    close = meant(unknown[0], known)
    begin = f"{close} It has" if close else "; it has"
    return f"{name} has no keyword {unknown[0]!r}{begin}: {', '.join(known)}"


def _keywords(env_class: type[TextEnv]) -> Iterator[str]:
    """What `__init__` takes, and what it hands on to those of its base classes."""
    for owner in env_class.__mro__:
        if "__init__" not in vars(owner):
            continue
        parameters = inspect.signature(vars(owner)["__init__"]).parameters.values()
        for each in parameters:
            if each.kind in (each.POSITIONAL_OR_KEYWORD, each.KEYWORD_ONLY):
                yield each.name
        if not any(each.kind is each.VAR_KEYWORD for each in parameters):
            return
