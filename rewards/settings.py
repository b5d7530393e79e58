"""A small JSON file beside a checkpoint's weights: how the reward model is to be used."""

from __future__ import annotations

from pathlib import Path
from typing import TypeVar

from pydantic import TypeAdapter, ValidationError

from agentrm_envs.complaint import complaint
from rewards.errors import BadModel
from rewards.whole_file import write

Settings = TypeVar("Settings")


def read_settings(file: Path, kind: type[Settings]) -> Settings:
    """The settings, a dataclass of `kind`, that a file holds; `BadModel` where it does not."""
    try:
        return TypeAdapter(kind).validate_json(file.read_bytes())
    except ValidationError as error:
        raise BadModel(f"{file} is not what such a reward model has: {complaint(error)}") from error


def write_settings(file: Path, settings: object) -> None:
    """Write the settings, a dataclass."""
    write(file, TypeAdapter(type(settings)).dump_json(settings, indent=2) + b"\n")
