"""Errors of the other processes, as they are told here."""

from __future__ import annotations

from ray.exceptions import RayTaskError


def origin(error: RayTaskError) -> Exception:
    """What was raised in the other process."""
    cause = error.cause
    return cause if isinstance(cause, Exception) else RuntimeError(str(error))


def in_a_line(error: Exception) -> str:
    """Ray's messages begin with what happened; further down some say why."""
    told = str(origin(error) if isinstance(error, RayTaskError) else error)
    lines = [line.strip() for line in told.strip().splitlines()]
    return next((line for line in lines if " because " in line), lines[0] if lines else "")
