"""Tells the tools of an application: `python -m agentrm_envs.tools weather --as openai`."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from agentrm_envs.tool_operation.sheet.tools import TOOLBOX as SHEET
from agentrm_envs.tool_operation.todo.tools import TOOLBOX as TODO
from agentrm_envs.tool_query.applications import APPLICATIONS
from agentrm_envs.tools import rendering
from agentrm_envs.tools.specification import Tool

Tools = Sequence[Tool[Any]]
TOOLS: Mapping[str, Tools] = {
    **{name: list(app.tools) for name, app in APPLICATIONS.items()},
    "todo": list(TODO),
    "sheet": list(SHEET),
}
"""By application: the first three are ToolQuery's, the others ToolOperation's."""
FORMS: Mapping[str, Callable[[Tools], str]] = {
    "brief": rendering.brief,
    "agentboard": rendering.agentboard,
    "openai": lambda tools: json.dumps(rendering.openai_functions(tools), indent=1),
    "table": rendering.table,
}
_HEAD = """# Which tools are there?

The tools of [ToolQuery and ToolOperation](environments.md), with the names and parameters of
AgentBoard's. `python -m agentrm_envs.tools weather --as openai` prints an application's as
functions for OpenAI's chat completions, `--as agentboard` in the layout of AgentBoard's prompts.
This page is made by `python -m agentrm_envs.tools --page`."""


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m agentrm_envs.tools", description=__doc__)
    parser.add_argument("app", nargs="?", choices=list(TOOLS), help="default: all of them")
    parser.add_argument("--as", dest="form", choices=list(FORMS), default="brief")
    parser.add_argument("--page", action="store_true", help="the page of the documentation")
    arguments = parser.parse_args()
    if arguments.page:
        print(page(), end="")
        return
    for app in [arguments.app] if arguments.app else TOOLS:
        print(FORMS[arguments.form](TOOLS[app]))


def page() -> str:
    """The text of docs/tools.md."""
    parts = [f"## {app}\n\n{rendering.table(tools)}" for app, tools in TOOLS.items()]
    return "\n\n".join([_HEAD, *parts]) + "\n"


if __name__ == "__main__":
    main()
