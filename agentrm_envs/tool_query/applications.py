"""The three applications by name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from agentrm_envs.tool_query.academia import ACADEMIA
from agentrm_envs.tool_query.application import Application
from agentrm_envs.tool_query.movie import MOVIE
from agentrm_envs.tool_query.weather import WEATHER

APPLICATIONS: Mapping[str, Application[Any]] = {app.name: app for app in (ACADEMIA, MOVIE, WEATHER)}
"""In AgentBoard's order; a task id begins with one of the names."""
