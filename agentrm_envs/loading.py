"""Modules of environments, which other packages may bring: imported, or an error that says why."""

from __future__ import annotations

import importlib
import importlib.util
from typing import Any

from agentrm_envs.errors import MissingDependency


def attribute(reference: str, name: str, extra: str) -> Any:
    """The object that a `module:attribute` of the environment `name` refers to."""
    module, _, attribute = reference.partition(":")
    try:
        return getattr(importlib.import_module(module), attribute)
    except ModuleNotFoundError as error:
        if error.name and error.name.startswith("agentrm_envs"):
            raise
        raise MissingDependency(
            f"{name} needs {error.name}, which is not installed; {_remedy(module, name, extra)}"
        ) from error
    except (Exception, SystemExit) as error:  # another package's module may do anything
        if _is_ours(module):
            raise
        raise MissingDependency(
            f"{name} cannot be loaded from {reference}: {said(error)}"
        ) from error


def has_module(package: str, part: str) -> bool:
    """Whether a package has a module of that name; it is not imported, the package is."""
    try:
        return bool(package) and importlib.util.find_spec(f"{package}.{part}") is not None
    except ModuleNotFoundError:
        return False


def said(error: BaseException) -> str:
    """An error's message, with its class where that is not about an import anyway."""
    about_import = isinstance(error, AttributeError | ImportError) and str(error)
    return about_import or f"{type(error).__name__}: {error}"


def _remedy(module: str, name: str, extra: str) -> str:
    if extra or _is_ours(module):
        return f"run `pip install 'agentrm[{extra or name}]'`"
    return f"install what the package of {module} asks for"


def _is_ours(module: str) -> bool:
    return module.partition(".")[0] == "agentrm_envs"
