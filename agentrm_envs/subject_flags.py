"""The arguments that say which environment a command plays: `NAME --split --data --set`."""

from __future__ import annotations

import argparse
import json
from contextlib import suppress
from typing import Any

from agentrm_envs import keywords
from agentrm_envs.core import TextEnv
from agentrm_envs.errors import EnvError
from agentrm_envs.playing import Subject
from agentrm_envs.task_lists import DATA, SPLITS


def add_list(parser: argparse.ArgumentParser) -> None:
    """Which list of an environment's tasks."""
    parser.add_argument("name", metavar="NAME", help="an environment's name, as `list` shows it")
    parser.add_argument("--split", choices=SPLITS, default="test")
    parser.add_argument("--data", choices=DATA, default="builtin")


def add(parser: argparse.ArgumentParser) -> None:
    """Which environment, with which keywords."""
    add_list(parser)
    parser.add_argument(
        "--set",
        nargs="+",
        default=[],
        metavar="KEYWORD=VALUE",
        help="keywords of the environment, as in protocol=eto",
    )


def subject(parsed: argparse.Namespace, limit: int = 0) -> Subject:
    """What was asked for; it is not known yet whether it can be made."""
    return Subject(parsed.name, parsed.data, parsed.split, limit, _settings(parsed.set))


def made(subject: Subject) -> TextEnv:
    """The subject's environment; raises `EnvError` that names its keywords for another one."""
    settings = {"split": subject.split, "data": subject.data, **subject.settings}
    return keywords.made(subject.name, settings)


def _settings(given: list[str]) -> dict[str, Any]:
    """The environment's keywords; a value that is JSON is read as such, as in `max_steps=5`."""
    settings: dict[str, Any] = {}
    for each in given:
        keyword, equals, value = each.partition("=")
        if not equals or not keyword.isidentifier():
            raise EnvError(f"--set takes KEYWORD=VALUE, as in protocol=eto, not {each!r}")
        if keyword in ("split", "data"):
            raise EnvError(f"--set {each}: that is a flag of its own, --{keyword}")
        settings[keyword] = value
        with suppress(ValueError):
            settings[keyword] = json.loads(value)
    return settings
