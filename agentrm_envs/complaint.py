"""What is wrong with a file's contents, in a line."""

from __future__ import annotations

from pydantic import ValidationError


def complaint(error: ValidationError) -> str:
    """The first thing that does not fit: what, and where in the document."""
    first = error.errors(include_url=False)[0]
    where = ".".join(map(str, first["loc"]))
    return f"{first['msg']} at {where}" if where else first["msg"]
