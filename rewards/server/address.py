"""Where a model is served, `MODEL@BASE_URL`, and the key that goes there."""

from __future__ import annotations

import ipaddress
import os
import re
from dataclasses import dataclass
from typing import Self
from urllib.parse import urlsplit

from rewards.errors import BadSetting

_FORM = re.compile(r"(?P<model>.+)@(?P<url>https?://\S+)")
_USAGE = "openai:MODEL@BASE_URL, as in openai:qwen@http://127.0.0.1:8000/v1"
_NO_SEEDS = "seeds=off"
_PRIVATE_SUFFIXES = (".internal", ".lan", ".local", ".localhost")


@dataclass(frozen=True, slots=True)
class Address:
    """A model on a server that speaks the OpenAI chat completions interface."""

    model: str
    base_url: str
    """Up to the version, without a slash at its end: `https://host/v1`."""
    seeds: bool = True
    """Whether each reply is drawn with a seed of its own, in a request of its own."""

    @classmethod
    def parse(cls, text: str) -> Self:
        """`MODEL@BASE_URL`, or `MODEL@BASE_URL?seeds=off`; raises BadSetting for another."""
        found = _FORM.fullmatch(text)
        if found is None:
            # The text is not shown: what was mistyped may hold a key.
            raise BadSetting(f"a model on a server is written {_USAGE}")
        parts = urlsplit(found["url"])
        if "@" in parts.netloc:
            raise BadSetting(
                "a server's URL may hold no user and password, as it is written to run.json; "
                "put the key into AGENTRM_API_KEY"
            )
        if not parts.hostname or parts.fragment or parts.query not in {"", _NO_SEEDS}:
            raise BadSetting(
                f"a server's URL is a host and a path, with ?{_NO_SEEDS} at most: {_USAGE}"
            )
        base_url = f"{parts.scheme}://{parts.netloc}{parts.path.rstrip('/')}"
        return cls(found["model"], base_url, seeds=not parts.query)

    def __str__(self) -> str:
        return f"{self.model}@{self.base_url}" + ("" if self.seeds else f"?{_NO_SEEDS}")

    def key(self) -> str:
        """The key from the environment, or nothing.

        `OPENAI_API_KEY` goes to OpenAI alone, so that no other server ever sees it;
        `AGENTRM_API_KEY` goes to whichever server is asked. Raises BadSetting where a key
        would travel unencrypted beyond the private network.
        """
        parts = urlsplit(self.base_url)
        host = parts.hostname or ""
        names = ["OPENAI_API_KEY"] if host == "api.openai.com" else []
        keys = [os.environ.get(name, "").strip() for name in [*names, "AGENTRM_API_KEY"]]
        key = next(filter(None, keys), "")
        if key and parts.scheme == "http" and not _is_private(host):
            raise BadSetting(f"a key would be sent to {host} unencrypted; use https, or no key")
        return key


def _is_private(host: str) -> bool:
    """Whether a host is in this machine's network; a name is judged by its form alone."""
    try:
        return ipaddress.ip_address(host).is_private
    except ValueError:
        return "." not in host or host.endswith(_PRIVATE_SUFFIXES)
