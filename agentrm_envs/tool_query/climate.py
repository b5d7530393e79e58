"""Weather as a pure function of place and day: plausible for the latitude, height and season.

It is nobody's record: the same place and day always have the same weather, in any process, and
forecasts and records of a day agree.
"""

from __future__ import annotations

import datetime
import math
from dataclasses import dataclass
from functools import lru_cache

from agentrm_envs.tool_query.globe import elevation, weather_cell
from agentrm_envs.tool_query.noise import smooth, uniform

_LAPSE = 0.006
"""Degrees Celsius that a metre of height costs."""
_FREEZING = 1.0
"""Mean temperature in degrees Celsius under which it snows; up to 3 above, both fall."""


@dataclass(frozen=True, slots=True)
class Day:
    """One day's weather at a place."""

    highest: float
    lowest: float
    mean: float
    """Degrees Celsius, to a tenth."""
    rain: float
    """Millimetres, to a tenth."""
    snow: float
    """Centimetres, in steps of 0.07 as Open-Meteo derives them from a tenth of a millimetre."""
    air_quality: int
    """European air quality index of fine dust (PM2.5), from 0."""


@lru_cache(maxsize=16_384)
def weather(latitude: float, longitude: float, day: datetime.date) -> Day:
    """The weather at the grid point of these degrees."""
    north, east = weather_cell(latitude, longitude)
    cell = f"{north} {east}"
    number = day.toordinal()
    region = f"{round(north / 3)} {round(east / 3)}"
    mean = _expected(north, region, latitude, longitude, day) + _spell(cell, region, number)
    swing = 2.0 + 2.5 * uniform(f"dry {region}") + 2.5 * uniform(f"swing {cell} {number}")
    lean = 0.8 * (uniform(f"lean {cell} {number}") - 0.5)
    water = _precipitation(cell, region, north, day)
    melted = min(1.0, max(0.0, (mean - _FREEZING) / 3 + 0.5))
    return Day(
        highest=round(mean + swing + lean, 1),
        lowest=round(mean - swing + lean, 1),
        mean=round(mean, 1),
        rain=round(water * melted, 1),
        snow=round(round(water * (1 - melted), 1) * 0.7, 2),
        air_quality=_dust(cell, region, number, water),
    )


def _expected(
    north: float, region: str, latitude: float, longitude: float, day: datetime.date
) -> float:
    """The mean temperature that the latitude, the height and the season make likely."""
    yearly = 27.0 - 0.0072 * north**2 - _LAPSE * elevation(latitude, longitude)
    warmest = 0.555 if north >= 0 else 0.055
    season = math.cos(2 * math.pi * (day.timetuple().tm_yday / 365.25 - warmest))
    inland = 0.6 + 0.7 * uniform(f"inland {region}")
    return yearly + 0.27 * abs(north) * inland * season


def _spell(cell: str, region: str, number: int) -> float:
    """The weather's own moods: weeks of a region, days of a place."""
    weeks = 9.0 * (smooth(f"weeks {region}", number / 6) - 0.5)
    return weeks + 5.0 * (smooth(f"days {cell}", number / 1.5) - 0.5)


def _precipitation(cell: str, region: str, north: float, day: datetime.date) -> float:
    """Millimetres of water, frozen or not; none on most days."""
    number = day.toordinal()
    wetness = 0.18 + 0.3 * uniform(f"wet {region}")
    if abs(north) < 23:
        turn = math.cos(2 * math.pi * (day.timetuple().tm_yday / 365.25 - 0.6))
        wetness += 0.2 * (turn if north >= 0 else -turn)
    front = smooth(f"front {region}", number / 2.5)
    if 0.6 * front + 0.4 * uniform(f"shower {cell} {number}") > 0.25 + wetness:
        return 0.0
    amount = -math.log(1 - uniform(f"amount {cell} {number}"))
    return round(0.1 + 6.5 * amount * (0.5 + wetness), 1)


def _dust(cell: str, region: str, number: int, water: float) -> int:
    usual = 8 + 52 * uniform(f"dust {region}") ** 2
    index = usual * (0.4 + 1.3 * smooth(f"air {cell}", number / 2)) - min(water, 10)
    return max(1, round(index))
