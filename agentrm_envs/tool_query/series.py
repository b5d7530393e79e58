"""What Open-Meteo answers about a place and some days: the grid point, units and lists."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Mapping
from typing import Any

from agentrm_envs.tool_query import climate, globe
from agentrm_envs.tool_query.answers import alike
from agentrm_envs.tool_query.climate import Day
from agentrm_envs.tools.specification import ToolFailure

TEMPERATURES = ("temperature_2m_max", "temperature_2m_min", "temperature_2m_mean")
SAME_PLACE = 50.0
"""Kilometres within which AgentBoard takes two results to be of the same place."""
Series = Callable[[float, float, list[datetime.date]], dict[str, Any]]
"""From degrees north and east, and days, to what is answered."""


def _series(units: Mapping[str, str], pick: Callable[[Day], tuple[float, ...]]) -> Series:
    """Makes what Open-Meteo answers: the grid point, the units, and a list for each quantity."""

    def shaped(latitude: float, longitude: float, days: list[datetime.date]) -> dict[str, Any]:
        north, east = globe.weather_cell(latitude, longitude)
        values = [pick(climate.weather(latitude, longitude, day)) for day in days]
        daily: dict[str, Any] = {"time": [day.isoformat() for day in days]}
        daily |= {
            name: list(column)
            for name, column in zip(units, zip(*values, strict=True), strict=True)
        }
        return {
            "latitude": north,
            "longitude": east,
            "daily_units": {"time": "iso8601", **units},
            "daily": daily,
        }

    return shaped


def air(latitude: float, longitude: float, days: list[datetime.date]) -> dict[str, Any]:
    north, east = globe.air_cell(latitude, longitude)
    return {
        "latitude": north,
        "longitude": east,
        "daily_units": {"time": "iso8601", "european_aqi_pm2_5": "EAQI"},
        "daily": {
            "time": [f"{day.isoformat()}T12:00" for day in days],
            "european_aqi_pm2_5": [
                climate.weather(latitude, longitude, day).air_quality for day in days
            ],
        },
    }


TEMPERATURE = _series(
    dict.fromkeys(TEMPERATURES, "°C"), lambda day: (day.highest, day.lowest, day.mean)
)
RAIN = _series({"rain_sum": "mm"}, lambda day: (day.rain,))
SNOW = _series({"snowfall_sum": "cm"}, lambda day: (day.snow,))


def cleaned(value: Any) -> Any:
    """Without temperatures, which AgentBoard does not compare."""
    if not isinstance(value, dict) or "daily" not in value:
        return value
    daily = {name: column for name, column in value["daily"].items() if name not in TEMPERATURES}
    return {**value, "daily": daily}


def covers(wanted: Any, got: Any) -> bool:
    """Alike, or the same quantities of the same place for all the days wanted, or more days.

    AgentBoard asks for the same days exactly, which punishes one call for what two would tell.
    """
    if not (_is_series(wanted) and _is_series(got)):
        return alike(wanted, got)
    if wanted["daily_units"] != got["daily_units"]:
        return False
    points = (wanted["latitude"], wanted["longitude"], got["latitude"], got["longitude"])
    return _rows(wanted) <= _rows(got) and globe.on_a_sphere(*points) < SAME_PLACE


def pieces(value: Any) -> frozenset[Any]:
    """Each day of a series by itself: several calls may tell what one call for them all tells."""
    if not _is_series(value):
        return frozenset()
    about = (value["latitude"], value["longitude"], *value["daily"])
    return frozenset((*about, *row) for row in _rows(value))


def _is_series(value: Any) -> bool:
    return isinstance(value, dict) and "daily" in value and "latitude" in value


def _rows(series: Mapping[str, Any]) -> set[tuple[Any, ...]]:
    return set(zip(*series["daily"].values(), strict=True))


def day_of(text: Any) -> datetime.date:
    """The day that AgentBoard reads in a text, or what its reader says of one that is none."""
    try:
        return datetime.datetime.strptime(text, "%Y-%m-%d").date()
    except (TypeError, ValueError) as error:
        raise ToolFailure(f"ERROR | {type(error).__name__}({error})") from error
