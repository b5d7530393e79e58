"""Replies on disk by what was asked, so that asking again costs nothing."""

from __future__ import annotations

import hashlib
import json
import logging
import os
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from rewards.server.completion import COMPLETION, Completion

_LOG = logging.getLogger(__name__)


def digest(asked: Sequence[Any]) -> str:
    """The sha256 of what decides a reply: the server, the model and the question."""
    text = json.dumps(asked, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


class ReplyCache:
    """One small file a question in a folder that many processes may share.

    A file that cannot be read is a reply that is not there; a reply that cannot be written
    is still a reply.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def read(self, name: str) -> Completion | None:
        try:
            return COMPLETION.validate_json(self._path(name).read_bytes())
        except (OSError, ValidationError):
            return None

    def write(self, name: str, completion: Completion) -> None:
        path = self._path(name)
        try:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            handle, fresh = tempfile.mkstemp(dir=path.parent)
            try:
                with os.fdopen(handle, "wb") as file:
                    file.write(COMPLETION.dump_json(completion))
                Path(fresh).replace(path)
            finally:
                Path(fresh).unlink(missing_ok=True)
        except OSError as error:
            _LOG.warning("a reply is not kept in %s: %s", self._folder, error)

    def _path(self, name: str) -> Path:
        return self._folder / name[:2] / f"{name}.json"
