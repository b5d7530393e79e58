"""`run.json`: what a run directory's episodes were made with."""

from __future__ import annotations

import json
import platform
import sys
from dataclasses import dataclass, fields
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, Literal

from pydantic import TypeAdapter, ValidationError

from agentrm_envs.complaint import complaint
from harness.config import ConfigError, RunConfig, as_json, from_json, sha256
from rewards import whole_file

RUN_FILE = "run.json"
SCHEMA_VERSION: Literal[1] = 1
REPORTED = ("agentrm", "gymnasium", "numpy", "minigrid", "torch", "transformers", "vllm")
"""Distributions whose versions are recorded where they are loaded."""
ARITHMETIC = "rewards.backbone.arithmetic"
"""The module that is loaded where a language model computes in this process."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """The content of `run.json`."""

    schema_version: Literal[1]
    config: dict[str, Any]
    config_sha256: str
    tasks: dict[str, str]
    """The sha256 of each environment's chosen tasks."""
    tasks_sha256: str
    versions: dict[str, str]
    models: dict[str, str]
    """The checksums of the policy and the reward model, where they have one."""
    rescored_from: str = ""
    """The config_sha256 of the run whose trajectories these are, scored anew."""


MANIFEST = TypeAdapter(Manifest)


def describe(config: RunConfig, *, models: dict[str, str], rescored_from: str = "") -> Manifest:
    return assembled(config, config.task_sums(), versions(), models, rescored_from)


def assembled(
    config: RunConfig,
    tasks: dict[str, str],
    versions: dict[str, str],
    models: dict[str, str],
    rescored_from: str = "",
) -> Manifest:
    """The manifest of a run whose tasks, versions and models are known already."""
    stored = as_json(config)
    return Manifest(
        SCHEMA_VERSION,
        stored,
        sha256(stored),
        tasks,
        sha256(tasks),
        versions,
        models,
        rescored_from,
    )


def versions() -> dict[str, str]:
    """Python's version and those of the loaded packages that decide what an episode is."""
    found = {"python": platform.python_version()}
    for name in REPORTED:
        if name in sys.modules or name == "agentrm":
            try:
                found[name] = version(name)
            except PackageNotFoundError:
                # vLLM's build for CPUs is distributed under a name of its own.
                if known := getattr(sys.modules.get(name), "__version__", None):
                    found[name] = known
    if ARITHMETIC in sys.modules:
        found["arithmetic"] = sys.modules[ARITHMETIC].described()
    return dict(sorted(found.items()))


def checksums(**models: object) -> dict[str, str]:
    """The `checksum` of each model that offers one."""
    found = {name: getattr(model, "checksum", "") for name, model in models.items()}
    return {name: sum for name, sum in found.items() if sum}


def read(directory: Path) -> Manifest:
    path = directory / RUN_FILE
    try:
        manifest = MANIFEST.validate_json(path.read_bytes())
    except (FileNotFoundError, NotADirectoryError) as error:
        raise ConfigError(f"{directory} is not a run directory: it has no {RUN_FILE}") from error
    except ValidationError as error:
        raise ConfigError(f"{path} is not what this version writes: {complaint(error)}") from error
    for name, digest in (("config", manifest.config_sha256), ("tasks", manifest.tasks_sha256)):
        if sha256(getattr(manifest, name)) != digest:
            raise ConfigError(
                f"{path} was changed: its {name} is not what {name}_sha256 says; begin another run"
            )
    return manifest


def write(directory: Path, manifest: Manifest) -> None:
    write_json(directory / RUN_FILE, MANIFEST.dump_python(manifest))


def write_json(path: Path, content: dict[str, Any]) -> None:
    """Write JSON whole or not at all."""
    whole_file.write(path, (json.dumps(content, indent=2) + "\n").encode())


def conflicts(stored: RunConfig, given: dict[str, Any]) -> list[str]:
    """The flags that ask for something else than the run was begun with."""
    return [
        f"--{each.name} {given[each.name]} (the run has {getattr(stored, each.name)})"
        for each in fields(RunConfig)
        if each.name in given and given[each.name] != getattr(stored, each.name)
    ]


def check_resumable(directory: Path, given: dict[str, Any]) -> tuple[RunConfig, Manifest]:
    """The run's own config, if the flags given and the tasks of today agree with it."""
    manifest = read(directory)
    config = from_json(manifest.config)
    if clashes := conflicts(config, given):
        raise ConfigError(
            f"--resume takes the config of {directory}, which conflicts with "
            f"{'; '.join(clashes)}: leave the flags out, or begin another run"
        )
    changed = sorted(
        name for name, sum in config.task_sums().items() if manifest.tasks.get(name) != sum
    )
    if changed:
        raise ConfigError(
            f"the tasks of {', '.join(changed)} have changed since {directory} was begun: "
            "its episodes would not be comparable; begin another run"
        )
    return config, manifest
