"""The tools told to people and to other programs: `python -m agentrm_envs.tools`."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from agentrm_envs.tools.__main__ import FORMS, TOOLS, main, page

PAGE = Path(__file__).parents[2] / "docs" / "tools.md"


def told(capsys, monkeypatch, *arguments: str) -> str:
    monkeypatch.setattr(sys, "argv", ["tools", *arguments])
    main()
    return capsys.readouterr().out


def test_the_documentation_has_every_tool():
    assert PAGE.read_text("utf-8") == page()
    for tools in TOOLS.values():
        assert all(f"`{tool.signature}`" in page() for tool in tools)


def test_there_are_agentboards_seventy_six_tools():
    counts = {app: len(tools) for app, tools in TOOLS.items()}
    assert counts == {"academia": 9, "movie": 16, "weather": 19, "todo": 12, "sheet": 20}


@pytest.mark.parametrize("form", sorted(FORMS))
def test_every_form_names_every_tool(form, capsys, monkeypatch):
    for app, tools in TOOLS.items():
        text = told(capsys, monkeypatch, app, "--as", form)
        assert all(tool.name in text for tool in tools)
        if form == "openai":
            assert [each["function"]["name"] for each in json.loads(text)] == [
                tool.name for tool in tools
            ]
    assert len(told(capsys, monkeypatch)) > len(told(capsys, monkeypatch, "weather"))
