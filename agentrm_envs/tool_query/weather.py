"""The weather application: AgentBoard's nineteen tools on a climate of our own."""

from __future__ import annotations

import datetime
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from agentrm_envs.tool_query import globe, misfits
from agentrm_envs.tool_query.answers import DECIMALS
from agentrm_envs.tool_query.application import Application, with_common
from agentrm_envs.tool_query.places import places, search
from agentrm_envs.tool_query.series import (
    RAIN,
    SNOW,
    TEMPERATURE,
    Series,
    air,
    cleaned,
    covers,
    day_of,
    pieces,
)
from agentrm_envs.tool_query.spans import span
from agentrm_envs.tools.specification import (
    Arguments,
    Result,
    Schema,
    Tool,
    ToolFailure,
    date,
    number,
    plainly,
    text,
)

LEVELS = ((20, "good"), (40, "fair"), (60, "moderate"), (80, "poor"), (100, "very poor"))
_NORTH, _EAST = number("Degrees north."), number("Degrees east.")
_PLACE: Mapping[str, Schema] = {
    "latitude": {**_NORTH, "minimum": -90, "maximum": 90},
    "longitude": {**_EAST, "minimum": -180, "maximum": 180},
}
_SPAN = {
    **_PLACE,
    "start_date": date("The first day (YYYY-MM-DD)."),
    "end_date": date("The last day (YYYY-MM-DD)."),
}
_ENDS = {"latitude1": _NORTH, "longitude1": _EAST, "latitude2": _NORTH, "longitude2": _EAST}
_TODAY = {**_PLACE, "current_date": date("The day (YYYY-MM-DD).")}


@dataclass(frozen=True, slots=True)
class Weather:
    """An episode's state: the user's day and town, which no tool changes."""

    today: datetime.date
    town: str


def _past(shaped: Series, state: Weather, arguments: Arguments) -> Result[Weather]:
    days = span(arguments, lambda day: day < state.today, "earlier")
    return Result(state, shaped(arguments["latitude"], arguments["longitude"], days))


def _future(shaped: Series, state: Weather, arguments: Arguments) -> Result[Weather]:
    days = span(arguments, lambda day: day > state.today, "later")
    return Result(state, shaped(arguments["latitude"], arguments["longitude"], days))


def _current(shaped: Series, state: Weather, arguments: Arguments) -> Result[Weather]:
    # As upstream, any day is answered: what counts as current is the caller's word.
    day = day_of(arguments["current_date"])
    return Result(state, shaped(arguments["latitude"], arguments["longitude"], [day]))


def _date(state: Weather, arguments: Arguments) -> Result[Weather]:
    return Result(state, state.today.isoformat())


def _location(state: Weather, arguments: Arguments) -> Result[Weather]:
    return Result(state, state.town)


def _coordinates(state: Weather, arguments: Arguments) -> Result[Weather]:
    found = search(arguments["name"])
    if not found:
        raise ToolFailure("ERROR | KeyError('results')")
    results = [
        {
            "name": place.name,
            "latitude": place.latitude,
            "longitude": place.longitude,
            "country_code": place.country_code,
        }
        for place in found
    ]
    return Result(state, {"results": results})


def _elevation(state: Weather, arguments: Arguments) -> Result[Weather]:
    metres = globe.elevation(arguments["latitude"], arguments["longitude"])
    return Result(state, {"elevation": [float(metres)]})


def _distance(state: Weather, arguments: Arguments) -> Result[Weather]:
    north1, east1, north2, east2 = (arguments[name] for name in _ENDS)
    if max(abs(north1), abs(north2)) > 90:
        raise ToolFailure("ERROR | ValueError(Latitude must be in the [-90; 90] range.)")
    # As in geopy, which AgentBoard asks, longitudes may go round the earth.
    ends = (north1, math.remainder(east1, 360), north2, math.remainder(east2, 360))
    return Result(state, round(globe.distance(*ends), DECIMALS))


def _level(state: Weather, arguments: Arguments) -> Result[Weather]:
    index = arguments["air_quality_index"]
    return Result(state, next((level for top, level in LEVELS if index <= top), "extremely poor"))


def _tool(
    name: str,
    description: str,
    handler: Callable[[Weather, Arguments], Result[Weather]],
    parameters: Mapping[str, Schema],
    returned: str,
    misfit: Callable[[Arguments], str] = lambda arguments: "",
) -> Tool[Weather]:
    return Tool(
        name,
        description,
        handler,
        parameters,
        unchecked=frozenset({"start_date", "end_date", "current_date"}),
        unconverted=frozenset({"air_quality_index"}),
        misfit=misfit,
        returns=plainly(returned),
    )


TOOLS = with_common(
    [
        _tool(
            "get_user_current_date",
            "Tell which day it is for the user.",
            _date,
            {},
            "The day as YYYY-MM-DD.",
        ),
        _tool(
            "get_user_current_location",
            "Tell which city the user is in.",
            _location,
            {},
            "The city's name.",
        ),
        _tool(
            "get_historical_temp",
            "Temperatures of days before the current date.",
            partial(_past, TEMPERATURE),
            _SPAN,
            "Highest, lowest and mean temperature of each day.",
        ),
        _tool(
            "get_historical_rain",
            "Rainfall of days before the current date.",
            partial(_past, RAIN),
            _SPAN,
            "Rain of each day.",
        ),
        _tool(
            "get_historical_snow",
            "Snowfall of days before the current date.",
            partial(_past, SNOW),
            _SPAN,
            "Snowfall of each day.",
        ),
        _tool(
            "get_snow_forecast",
            "Snowfall forecast for days after the current date.",
            partial(_future, SNOW),
            _SPAN,
            "Snowfall of each day.",
        ),
        _tool(
            "get_current_snow",
            "Snowfall of the current date.",
            partial(_current, SNOW),
            _TODAY,
            "Snowfall of the day.",
        ),
        _tool(
            "get_current_temp",
            "Temperatures of the current date.",
            partial(_current, TEMPERATURE),
            _TODAY,
            "Highest, lowest and mean temperature of the day.",
        ),
        _tool(
            "get_latitude_longitude",
            "Find a town's latitude and longitude by its name.",
            _coordinates,
            {"name": text("The name of the town.")},
            "Up to three towns, the likeliest first.",
        ),
        _tool(
            "get_elevation",
            "Get the elevation of a place.",
            _elevation,
            _PLACE,
            "Metres above the sea.",
        ),
        _tool(
            "get_temp_forecast",
            "Temperature forecast for days after the current date.",
            partial(_future, TEMPERATURE),
            _SPAN,
            "Highest, lowest and mean temperature of each day.",
        ),
        _tool(
            "get_rain_forecast",
            "Rainfall forecast for days after the current date.",
            partial(_future, RAIN),
            _SPAN,
            "Rain of each day.",
        ),
        _tool(
            "get_current_rain",
            "Rainfall of the current date.",
            partial(_current, RAIN),
            _TODAY,
            "Rain of the day.",
        ),
        _tool(
            "get_distance",
            "Get the distance between two places.",
            _distance,
            _ENDS,
            "Kilometres.",
            misfits.no_degrees,
        ),
        _tool(
            "get_historical_air_quality_index",
            "Air quality index (PM2.5) of days before the current date.",
            partial(_past, air),
            _SPAN,
            "The index of each day.",
        ),
        _tool(
            "get_current_air_quality_index",
            "Air quality index (PM2.5) of the current date.",
            partial(_current, air),
            _TODAY,
            "The index of the day.",
        ),
        _tool(
            "get_air_quality_level",
            "Name the level of an air quality index.",
            _level,
            {"air_quality_index": number("The index.")},
            "From best to worst: good, fair, moderate, poor, very poor, extremely poor.",
            misfits.no_index,
        ),
    ]
)


def _no_zipcode(state: Weather, arguments: Arguments) -> Result[Weather]:
    raise ToolFailure("ERROR | KeyError('zipcode')")


_ZIPCODE = Tool(
    "convert_zipcode_to_address",
    "Fails: AgentBoard has it, and tells nobody of it, but has no address of such a service.",
    _no_zipcode,
    {"zipcode": text()},
    unchecked=frozenset({"zipcode"}),
)


def _begin(init: Mapping[str, Any]) -> Weather:
    return Weather(datetime.date.fromisoformat(init["current_date"]), init["current_location"])


def _mentions(question: str) -> list[str]:
    return sorted({place.name for place in places() if place.name in question})


WEATHER = Application(
    "weather", TOOLS, _begin, _mentions, cleaned, covers, pieces, unlisted=(_ZIPCODE,)
)
