"""The shape of the earth: distances, the grids that weather services snap to, and heights."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import cache, lru_cache

import numpy as np

from agentrm_envs.tool_query.noise import smooth
from agentrm_envs.tool_query.places import places

_EQUATORIAL = 6378.137
"""Kilometres (WGS 84)."""
_FLATTENING = 1 / 298.257223563
_POLAR = _EQUATORIAL * (1 - _FLATTENING)
_SECOND_ECCENTRICITY = (_EQUATORIAL**2 - _POLAR**2) / _POLAR**2
"""Squared."""
_CONVERGED, _MOST_TURNS = 1e-14, 200
"""Radians between two guesses of the longitude, and guesses."""
_LATITUDE_LINES = 1280
_AIR_GRID = np.float32(0.4)
_NEAR = 0.3
"""Degrees within which a point has the elevation of a town."""


def distance(latitude1: float, longitude1: float, latitude2: float, longitude2: float) -> float:
    """Kilometres along the WGS 84 ellipsoid.

    The geodesic's two integrals (Karney, Algorithms for geodesics, 2013, equations 7 and 8) by
    quadrature; agrees with the geopy that AgentBoard uses to twelve digits. Nearly opposite
    points, where the iteration does not converge, get the distance on a sphere.
    """
    sin1, cos1 = _reduced(latitude1)
    sin2, cos2 = _reduced(latitude2)
    apart = turn = math.radians(longitude2 - longitude1)
    for _ in range(_MOST_TURNS):
        east, north = cos2 * math.sin(turn), cos1 * sin2 - sin1 * cos2 * math.cos(turn)
        sin_arc, cos_arc = math.hypot(east, north), sin1 * sin2 + cos1 * cos2 * math.cos(turn)
        if sin_arc == 0:
            break
        sin_start, cos_start = east / sin_arc, north / sin_arc
        squeeze = _SECOND_ECCENTRICITY * ((cos_start**2) + (sin_start * sin1) ** 2)
        begin = math.atan2(sin1, cos_start * cos1)
        arc = (begin, begin + math.atan2(sin_arc, cos_arc))
        before = turn
        turn = apart + _FLATTENING * sin_start * cos1 * _integral(_lag, squeeze, *arc)
        if abs(turn - before) < _CONVERGED:
            return _POLAR * _integral(_stretch, squeeze, *arc)
    return on_a_sphere(latitude1, longitude1, latitude2, longitude2)


def _reduced(latitude: float) -> tuple[float, float]:
    """Sine and cosine of the latitude on the auxiliary sphere."""
    angle = math.radians(latitude)
    reduced = math.atan2((1 - _FLATTENING) * math.sin(angle), math.cos(angle))
    return math.sin(reduced), math.cos(reduced)


def _stretch(squeeze: float, arc: float) -> float:
    return math.sqrt(1 + squeeze * math.sin(arc) ** 2)


def _lag(squeeze: float, arc: float) -> float:
    return (2 - _FLATTENING) / (1 + (1 - _FLATTENING) * _stretch(squeeze, arc))


def _integral(
    function: Callable[[float, float], float], squeeze: float, begin: float, end: float
) -> float:
    half, middle = (end - begin) / 2, (end + begin) / 2
    return half * math.fsum(
        weight * function(squeeze, middle + half * place) for place, weight in _gauss()
    )


@cache
def _gauss() -> list[tuple[float, float]]:
    """Places in [-1, 1] and their weights: for these integrals, twelve are exact."""
    places, weights = np.polynomial.legendre.leggauss(12)
    return list(zip(places.tolist(), weights.tolist(), strict=True))


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
