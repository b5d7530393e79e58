"""The shape of the earth: distances, the grids that weather services snap to, and heights."""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np

from agentrm_envs.tool_query.noise import smooth
from agentrm_envs.tool_query.places import places

_EQUATORIAL = 6378.137
"""Kilometres (WGS 84)."""
_FLATTENING = 1 / 298.257223563
_LATITUDE_LINES = 1280
_AIR_GRID = np.float32(0.4)
_NEAR = 0.3
"""Degrees within which a point has the elevation of a town."""


def distance(latitude1: float, longitude1: float, latitude2: float, longitude2: float) -> float:
    """Kilometres along the WGS 84 ellipsoid, by Vincenty's inverse formula.

    Agrees with the geopy that AgentBoard uses to a tenth of a millimetre; nearly opposite
    points, where the formula does not converge, get the distance on a sphere.
    """
    polar = _EQUATORIAL * (1 - _FLATTENING)
    u1, u2 = (
        math.atan((1 - _FLATTENING) * math.tan(math.radians(latitude)))
        for latitude in (latitude1, latitude2)
    )
    sin1, cos1, sin2, cos2 = math.sin(u1), math.cos(u1), math.sin(u2), math.cos(u2)
    apart = math.radians(longitude2 - longitude1)
    turn = apart
    for _ in range(200):
        sin_turn, cos_turn = math.sin(turn), math.cos(turn)
        sin_arc = math.hypot(cos2 * sin_turn, cos1 * sin2 - sin1 * cos2 * cos_turn)
        if sin_arc == 0:
            return 0.0
        cos_arc = sin1 * sin2 + cos1 * cos2 * cos_turn
        arc = math.atan2(sin_arc, cos_arc)
        sin_alpha = cos1 * cos2 * sin_turn / sin_arc
        cos2_alpha = 1 - sin_alpha**2
        middle = cos_arc - 2 * sin1 * sin2 / cos2_alpha if cos2_alpha else 0.0
        c = _FLATTENING / 16 * cos2_alpha * (4 + _FLATTENING * (4 - 3 * cos2_alpha))
        inner = middle + c * cos_arc * (2 * middle**2 - 1)
        before = turn
        turn = apart + (1 - c) * _FLATTENING * sin_alpha * (arc + c * sin_arc * inner)
        if abs(turn - before) < 1e-13:
            break
    else:
        return on_a_sphere(latitude1, longitude1, latitude2, longitude2)
    u = cos2_alpha * (_EQUATORIAL**2 - polar**2) / polar**2
    a = 1 + u / 16384 * (4096 + u * (u * (320 - 175 * u) - 768))
    b = u / 1024 * (256 + u * (u * (74 - 47 * u) - 128))
    last = b / 6 * middle * (4 * sin_arc**2 - 3) * (4 * middle**2 - 3)
    shift = b * sin_arc * (middle + b / 4 * (cos_arc * (2 * middle**2 - 1) - last))
    return polar * a * (arc - shift)


def on_a_sphere(latitude1: float, longitude1: float, latitude2: float, longitude2: float) -> float:
    """Kilometres on a sphere of the radius that AgentBoard takes."""
    north1, north2 = math.radians(latitude1), math.radians(latitude2)
    half = math.sin((north2 - north1) / 2) ** 2
    east = math.sin(math.radians(longitude2 - longitude1) / 2) ** 2
    chord = min(1.0, half + math.cos(north1) * math.cos(north2) * east)
    return 2 * 6371 * math.asin(math.sqrt(chord))


def weather_cell(latitude: float, longitude: float) -> tuple[float, float]:
    """The point of the octahedral grid O1280 that Open-Meteo's weather is given for.

    In single precision, as there, so that the numbers print the same.
    """
    step = np.float32(180) / (np.float32(2 * _LATITUDE_LINES) + np.float32(0.5))
    row = round(latitude / float(step) - 0.5)
    row = max(-_LATITUDE_LINES, min(_LATITUDE_LINES - 1, row))
    north = np.float32(row) * step + step / np.float32(2)
    points = 4 * (_LATITUDE_LINES - (row if row >= 0 else -row - 1)) + 16
    width = np.float32(360) / np.float32(points)
    east = np.float32(round(longitude % 360 / float(width)) % points) * width
    return _printed(north), _printed(east - np.float32(360) if east >= 180 else east)


def air_cell(latitude: float, longitude: float) -> tuple[float, float]:
    """The point of the grid of 0.4 degrees that Open-Meteo's air quality is given for."""
    row, column = round((latitude + 90) / 0.4), round((longitude + 180) / 0.4)
    north = np.float32(row) * _AIR_GRID + np.float32(-90)
    return _printed(north), _printed(np.float32(column) * _AIR_GRID + np.float32(-180))


@lru_cache(maxsize=4096)
def elevation(latitude: float, longitude: float) -> int:
    """Metres above the sea: those of a known town nearby, else of made-up hills."""
    for place in places():
        near = abs(place.latitude - latitude) < _NEAR and abs(place.longitude - longitude) < _NEAR
        if near and place.elevation is not None:
            return place.elevation
    hills = smooth(f"hills {round(latitude)} {round(longitude)}", latitude * 7 + longitude * 5)
    return int(4 + 420 * hills**3)


def _printed(value: np.float32) -> float:
    """The double that prints as the single-precision number does."""
    return float(str(value))
