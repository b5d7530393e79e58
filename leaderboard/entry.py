"""The schema of leaderboard.json: what an entry is, read with validation, written stably."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal, TypeVar

from pydantic import AfterValidator, ConfigDict, Field, JsonValue, TypeAdapter, ValidationError

from leaderboard.errors import BadFile, LeaderboardError
from leaderboard.printable import printable
from rewards import whole_file

SCHEMA_VERSION = 1
DECIMALS = 6
"""Floats in the file are rounded to so many digits, so that it is the same on any machine."""

_EXACT_KEYS = ConfigDict(extra="forbid", allow_inf_nan=False)


def _one_line(text: str) -> str:
    if printable(text) != text:
        raise ValueError("must be one line without control characters")
    return text


def _finite(params: Mapping[str, JsonValue]) -> Mapping[str, JsonValue]:
    json.dumps(params, allow_nan=False)  # raises ValueError: JSON has no such numbers
    return params


T = TypeVar("T")
Share = Annotated[float, Field(ge=0, le=1)]
Count = Annotated[int, Field(ge=0)]
Size = Annotated[float, Field(ge=0)]
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Name = Annotated[str, Field(min_length=1, max_length=200), AfterValidator(_one_line)]
Environment = Annotated[str, Field(max_length=100, pattern=r"^[A-Za-z0-9_.-]+(:[A-Za-z0-9_.-]+)?$")]
"""An environment's short name, or a variant of it as in `alfworld:eto`."""
Params = Annotated[Mapping[str, JsonValue], AfterValidator(_finite)]


@dataclass(frozen=True, slots=True)
class Result:
    """A system's scores in one environment; attempts that ended in an error are not scored."""

    __pydantic_config__: ClassVar[ConfigDict] = _EXACT_KEYS

    metric: Literal["score", "success"]
    mean: Share
    stderr: Size
    """Standard error of the mean, clustered by task."""
    ci95: tuple[Share, Share]
    episodes: Count
    """How many were scored: the n of the mean."""
    errors: Count
    """How many were attempted and not scored, because something broke."""


@dataclass(frozen=True, slots=True)
class Overall:
    """A system's scores over all its environments."""

    __pydantic_config__: ClassVar[ConfigDict] = _EXACT_KEYS

    mean_over_tasks: Share
    """Every environment counts the same."""
    mean_over_episodes: Share
    stderr: Size
    """Standard error of `mean_over_tasks`."""


@dataclass(frozen=True, slots=True)
class Cost:
    """What all episodes together used; reported by the run, not verified."""

    __pydantic_config__: ClassVar[ConfigDict] = _EXACT_KEYS

    policy_tokens: Count
    rm_tokens: Count
    env_steps: Count
    seconds: Size
    """The sum over episodes; episodes that ran at the same time count each in full."""


@dataclass(frozen=True, slots=True)
class Run:
    """Which run an entry is of: its config, the tasks it was given, the versions it ran on."""

    __pydantic_config__: ClassVar[ConfigDict] = _EXACT_KEYS

    config_sha256: Sha256
    tasks_sha256: Sha256
    versions: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Entry:
    """One row of the leaderboard."""

    __pydantic_config__: ClassVar[ConfigDict] = _EXACT_KEYS

    system: Name
    policy: Name
    reward_model: Name
    method: Name
    params: Params
    data: Literal["builtin", "official"]
    results: Annotated[Mapping[Environment, Result], Field(min_length=1)]
    overall: Overall
    cost: Cost
    verified: bool
    """Set only by replaying every episode's actions and finding the same answers and scores."""
    run: Run

    @property
    def tasks(self) -> tuple[str, ...]:
        """What `--tasks` was told: the environments, or what was named one by one."""
        named = self.params.get("tasks")
        return tuple(map(str, named if isinstance(named, list) else sorted(self.results)))


@dataclass(frozen=True, slots=True)
class Leaderboard:
    """The entries, best first."""

    __pydantic_config__: ClassVar[ConfigDict] = _EXACT_KEYS

    entries: tuple[Entry, ...]
    schema_version: Literal[1] = 1


_LEADERBOARD = TypeAdapter(Leaderboard)
_NAME = TypeAdapter(Name)


def ranked(entries: tuple[Entry, ...] | list[Entry]) -> Leaderboard:
    """The entries by mean over tasks, best first; equal ones by name and config."""

    def rank(entry: Entry) -> tuple[float, str, str]:
        return -entry.overall.mean_over_tasks, entry.system, entry.run.config_sha256

    return Leaderboard(tuple(sorted(entries, key=rank)))


def check_system(name: str) -> None:
    """Raise LeaderboardError unless a row can have that name: the schema's rule, told early."""
    try:
        _NAME.validate_python(name)
    except ValidationError as error:
        raise LeaderboardError(
            f"--system {name!r} cannot name a row: {error.errors()[0]['msg']}; "
            "give 1 to 200 printable characters"
        ) from error


def read(path: Path) -> Leaderboard:
    """The leaderboard in a file; `BadFile` says which entry and which key is wrong."""
    return validated(_LEADERBOARD, path)


def write(leaderboard: Leaderboard, path: Path) -> None:
    """Write the file whole or not at all."""
    replace_text(path, dumps(leaderboard))


def dumps(leaderboard: Leaderboard) -> str:
    """The same bytes for the same entries: keys sorted, floats rounded, indented by two."""
    return json.dumps(plain(leaderboard), indent=2, sort_keys=True, allow_nan=False) + "\n"


def plain(record: Any) -> Any:
    """A dataclass as JSON data, with rounded floats."""
    return _rounded(asdict(record))


def validated(schema: TypeAdapter[T], path: Path) -> T:
    """A file's contents by a schema, or `BadFile`: which key, what is wrong, what it holds."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise BadFile(f"{path} cannot be read: {error}") from error
    try:
        return schema.validate_json(text)
    except ValidationError as error:
        raise BadFile(f"{path}: {_complaint(error, text)}") from error


def replace_text(path: Path, text: str) -> None:
    whole_file.write(path, text.encode())


def _complaint(error: ValidationError, text: str) -> str:
    problems = error.errors(include_url=False)
    first, more = problems[0], len(problems) - 1
    got = json.dumps(first["input"], default=repr)
    got = got if len(got) <= 80 else got[:77] + "..."
    where = _place(first["loc"], text)
    also = f" (and {more} more)" if more else ""
    return printable(f"{where}: {first['msg']}; got {got}{also}")


def _place(location: tuple[int | str, ...], text: str) -> str:
    """`entries[2] ("the system's name") results.maze.mean`, as far as the file says so."""
    if not location:
        return "the file"
    place = "".join(f"[{key}]" if isinstance(key, int) else f".{key}" for key in location)
    place = place.removeprefix(".")
    if location[0] == "entries" and len(location) > 1:
        index = location[1]
        entry = json.loads(text)["entries"][index]
        name = entry.get("system") if isinstance(entry, dict) else None
        place = place.replace(f"entries[{index}]", f"entries[{index}] ({name!r}) ", 1)
        place = place.replace(") .", ") ").rstrip()
    return place


def _rounded(value: Any) -> Any:
    if isinstance(value, float):
        return round(value, DECIMALS) if math.isfinite(value) else value
    if isinstance(value, dict):
        return {key: _rounded(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_rounded(item) for item in value]
    return value
