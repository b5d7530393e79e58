"""A scripted server, and an environment without keys, prices and replies of other runs."""

from __future__ import annotations

import pytest

from tests.rewards.server.scripted_server import ScriptedServer


@pytest.fixture(autouse=True)
def environment(monkeypatch, tmp_path):
    for name in ("AGENTRM_API_KEY", "OPENAI_API_KEY", "AGENTRM_PRICES", "AGENTRM_SERVER_PATIENCE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AGENTRM_REPLY_CACHE", str(tmp_path / "replies"))


@pytest.fixture
def server():
    with ScriptedServer() as server:
        yield server
