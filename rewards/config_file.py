"""A command's flags from a file: `--config FILE`, in TOML, whose keys are the flags."""

from __future__ import annotations

import argparse
import sys
import tomllib
from pathlib import Path
from typing import Any

from agentrm_envs.commands import Parser, meant, told


class ConfiguredParser(Parser):
    """A parser with `--config FILE`; flags that are given win over those of the file.

    Flags are written out: `--conf FILE` would pass for `--config` without being looked for here.
    What stands without a flag, as a run to read, is not for the file.
    """

    def __init__(self, *args: Any, **settings: Any) -> None:
        super().__init__(*args, **{"allow_abbrev": False, **settings})
        self.add_argument(
            "--config", type=Path, metavar="FILE", help="more flags, in TOML: limit = 20"
        )

    def parse_known_args(  # type: ignore[override]
        self, args: Any = None, namespace: Any = None
    ) -> tuple[argparse.Namespace, list[str]]:
        words = list(sys.argv[1:] if args is None else args)
        first = argparse.ArgumentParser(self.prog, add_help=False, allow_abbrev=False)
        first.add_argument("--config", type=Path)
        if file := first.parse_known_args(words)[0].config:
            self._read(file)
        return super().parse_known_args(words, namespace)

    def _read(self, file: Path) -> None:
        """Make the file's values the flags' defaults; a mistake in it ends the process."""
        try:
            settings = tomllib.loads(file.read_text(encoding="utf-8"))
            for key, value in settings.items():
                self._set(key, value)
        except OSError as error:
            self.error(f"--config {told(error)}")
        except (ValueError, argparse.ArgumentError) as error:
            self.error(f"--config {file}: {error}")

    def _set(self, key: str, value: Any) -> None:
        flag = f"--{key.replace('_', '-')}"
        action = self._option_string_actions.get(flag)
        if action is None or key in ("config", "help"):
            hint = meant(flag, self._option_string_actions) if action is None else ""
            raise ValueError(f"{self.prog} has no flag {flag}{hint}")
        if isinstance(value, bool) and action.nargs not in (0, "?"):
            raise ValueError(f"{key} takes a value, as {flag} does, not {str(value).lower()}")
        if action.nargs == 0 and not isinstance(value, bool):
            raise ValueError(f"{key} is true or false, as {flag} takes no value, not {value!r}")
        if value is False:
            return
        words = [] if value is True else value if isinstance(value, list) else [value]
        on = action.nargs == 0 and value is True
        action.default = on or self._get_values(action, [str(word) for word in words])
        action.required = False
