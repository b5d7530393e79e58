"""Official data: which files an environment's upstream has, and how they get to this machine.

`assets.json` beside an environment lists them; they go to `$AGENTRM_DATA/<name>/`.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from pathlib import Path, PurePosixPath
from typing import Any, Literal

from pydantic import TypeAdapter, ValidationError
from tqdm import tqdm

from agentrm_envs.complaint import complaint
from agentrm_envs.download import checked_url, download, unpack
from agentrm_envs.errors import BadData, MissingData
from agentrm_envs.registry import base, spec

ROOT_VARIABLE = "AGENTRM_DATA"
MAX_SIZE = 2 * 2**30
"""Bytes that a single file may have."""

State = Literal["ok", "missing", "wrong"]


@dataclass(frozen=True, slots=True)
class File:
    """A file of the upstream's layout."""

    path: str
    """Where it goes, relative to the environment's folder, with forward slashes."""
    sha256: str
    size: int
    """Bytes."""


@dataclass(frozen=True, slots=True)
class Download:
    """What one URL gives: a file, or a zip or tar archive with some members that are wanted."""

    url: str
    sha256: str
    size: int
    path: str = ""
    members: Mapping[str, File] = field(default_factory=dict)
    """For an archive: the file that each wanted member becomes."""

    @property
    def files(self) -> list[File]:
        return list(self.members.values()) or [File(self.path, self.sha256, self.size)]


@dataclass(frozen=True, slots=True)
class Assets:
    """All that one environment's official data consists of."""

    origin: str = "its official tasks are part of the package"
    licence: str = ""
    downloads: Sequence[Download] = ()

    @property
    def files(self) -> list[File]:
        """Sorted by path."""
        found = [file for download in self.downloads for file in download.files]
        return sorted(found, key=lambda file: file.path)


@cache
def assets(name: str) -> Assets:
    """What official data the environment has; without an `assets.json`, nothing is needed."""
    listing = resources.files(spec(name).package) / "assets.json"
    return parse(listing.read_bytes(), name) if listing.is_file() else Assets()


def parse(text: bytes, name: str) -> Assets:
    """The assets that an `assets.json` lists; raises `BadData` for one that asks for too much."""
    try:
        found = TypeAdapter(Assets).validate_json(text)
    except ValidationError as error:
        raise BadData(f"{name}: its assets.json is not valid: {complaint(error)}") from error
    for item in found.downloads:
        checked_url(item.url)
        for file in (File(item.url, item.sha256, item.size), *item.files):
            if not 0 <= file.size <= MAX_SIZE:
                raise BadData(f"{name}: {file.path} has {file.size} bytes; at most {MAX_SIZE}")
    for file in found.files:
        _check_path(file.path, name)
    return found


def folder(name: str) -> Path:
    """Where the environment's official data, and its variants', lies: `$AGENTRM_DATA/<name>`."""
    name = base(name)
    root = os.environ.get(ROOT_VARIABLE)
    if not root:
        raise MissingData(
            f"{name}: {ROOT_VARIABLE} is not set; set it to a folder for official data, "
            f"then run `python -m agentrm_envs data fetch {name}`"
        )
    return Path(root) / name


def text_of(file: Path) -> str:
    """What an official file holds; raises `BadData` where that is not text."""
    try:
        return file.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise BadData(f"{file}: byte {error.start} is not UTF-8; fetch or copy it again") from error


def official_file(name: str, path: str) -> Path:
    """A file of the official data; raises `MissingData` that says how to get it."""
    found = folder(name) / path
    if not found.is_file():
        raise MissingData(
            f"{name}: {found} is missing; run `python -m agentrm_envs data fetch {base(name)}`"
        )
    return found


def verify(name: str) -> dict[str, State]:
    """The state of every file by its path: whether it is there with the right checksum."""
    files = assets(name).files
    return {file.path: _state(folder(name), file) for file in files}


def fetch(name: str) -> list[str]:
    """Download what is missing or wrong, and return the paths of the files that were written.

    A file appears under its name only when it is whole and its checksum is right.
    """
    wanted = assets(name).downloads
    root = folder(name) if wanted else Path()
    todo = [item for item in wanted if any(_state(root, file) != "ok" for file in item.files)]
    size = sum(item.size for item in todo)
    written = []
    with tqdm(
        total=size, unit="B", unit_scale=True, desc=f"{name}: fetch", disable=not todo
    ) as bar:
        for item in todo:
            written += list(_fetch_one(item, root, bar))
    return sorted(written)


def _fetch_one(item: Download, root: Path, bar: tqdm[Any]) -> Iterator[str]:
    root.mkdir(parents=True, exist_ok=True)
    with download(item.url, root, size=item.size, sha256=item.sha256, bar=bar) as part:
        if item.members:
            for member, file in sorted(item.members.items()):
                with unpack(part, member, size=file.size, sha256=file.sha256) as unpacked:
                    os.replace(unpacked, _destination(root, file))
                yield file.path
        else:
            os.replace(part, _destination(root, item.files[0]))
            yield item.path


def _destination(root: Path, file: File) -> Path:
    """Where the file goes, with its folder made; never outside `root`, not even by a link."""
    target = root / file.path
    for parent in (root, *(root / p for p in reversed(PurePosixPath(file.path).parents))):
        if parent.is_symlink() and parent != root:
            raise BadData(f"{parent} is a link; remove it, or fetch to another {ROOT_VARIABLE}")
    target.parent.mkdir(parents=True, exist_ok=True)
    return target


def _check_path(path: str, name: str) -> None:
    """Refuse what is not a plain relative path, on any system."""
    parts = path.split("/")
    if not all(parts) or {".", ".."} & set(parts) or any(c in path for c in '\\:\0"<>|?*'):
        raise BadData(f"{name}: its assets.json has the path {path!r}, which is not plain")


def _state(root: Path, file: File) -> State:
    path = root / file.path
    if not path.is_file():
        return "missing"
    if path.stat().st_size != file.size:
        return "wrong"
    return "ok" if sha256_of(path) == file.sha256 else "wrong"


def sha256_of(path: Path) -> str:
    """The checksum of a file's content."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
