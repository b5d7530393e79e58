"""Where a model is served, `MODEL@BASE_URL`, and the key that goes there."""

from __future__ import annotations

import ipaddress
import os
import re
from dataclasses import dataclass
from typing import Self
from urllib.parse import quote, unquote, urlsplit

from rewards.errors import BadSetting

_FORM = re.compile(r"(?P<model>.+)@(?P<url>https?://\S+)")
_USAGE = "openai:MODEL@BASE_URL, as in openai:qwen@http://127.0.0.1:8000/v1"
_OPTIONS = re.compile(r"(?P<no_seeds>seeds=off)?((^|(?<=off)&)template=(?P<template>[^&]+))?")
_PRIVATE_SUFFIXES = (".internal", ".lan", ".local", ".localhost")


@dataclass(frozen=True, slots=True)
class Address:
    """A model on a server that speaks the OpenAI chat completions interface."""

    model: str
    base_url: str
    """Up to the version, without a slash at its end: `https://host/v1`."""
    seeds: bool = True
    """Whether each reply is drawn with a seed of its own, in a request of its own."""
    template: str = ""
    """The folder of a tokenizer by whose chat template prompts are laid out here; else there."""

    @classmethod
    def parse(cls, text: str) -> Self:
        """`MODEL@BASE_URL`, with options behind a `?`; raises BadSetting for another form."""
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
        options = _OPTIONS.fullmatch(parts.query)
        if not parts.hostname or parts.fragment or options is None:
            raise BadSetting(
                "a server's URL is a host and a path, then ?seeds=off, ?template=FOLDER or "
                f"?seeds=off&template=FOLDER at most: {_USAGE}"
            )
        base_url = f"{parts.scheme}://{parts.netloc}{parts.path.rstrip('/')}"
        template = unquote(options["template"] or "")
        return cls(found["model"], base_url, seeds=not options["no_seeds"], template=template)

    def __str__(self) -> str:
        options = [] if self.seeds else ["seeds=off"]
        options += [f"template={quote(self.template)}"] if self.template else []
        return f"{self.model}@{self.base_url}" + ("?" if options else "") + "&".join(options)

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
