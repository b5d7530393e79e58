"""Where indexes are kept between processes: arrays in the user's cache, never code.

`$AGENTRM_CACHE`, or `agentrm` in `$XDG_CACHE_HOME` or `~/.cache`; nothing is lost with it.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from agentrm_envs.webshop.bm25 import Index

VARIABLE = "AGENTRM_CACHE"


def kept_index(version: str, build: Callable[[], Index]) -> Index:
    """The index of that version: mapped from the cache, or else built and put there."""
    try:
        folder = cache_folder() / "webshop" / version[:32]
    except RuntimeError:  # there is no home directory
        return build()
    with suppress(OSError, ValueError):
        return Index.load(folder)
    index = build()
    with suppress(OSError):
        keep(index, folder)
    return index


def keep(index: Index, folder: Path) -> None:
    """Put the index in a folder that appears under its name only when it is whole."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    draft = Path(tempfile.mkdtemp(prefix=".part-", dir=folder.parent))
    try:
        index.save(draft)
        if folder.exists():
            shutil.rmtree(folder)  # one that could not be read
        draft.rename(folder)
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def cache_folder() -> Path:
    own = os.environ.get(VARIABLE)
    if own:
        return Path(own)
    shared = os.environ.get("XDG_CACHE_HOME")
    return (Path(shared) if shared else Path.home() / ".cache") / "agentrm"
