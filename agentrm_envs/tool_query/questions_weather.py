"""The questions of the weather application."""

from __future__ import annotations

import datetime
import random
from collections.abc import Mapping

from agentrm_envs.tool_query.lookups_weather import (
    KINDS,
    daily,
    distance,
    find,
    height,
    here,
    last_days,
    past,
    temperature,
    today,
    town_name,
    town_names,
)
from agentrm_envs.tool_query.programs import Asker, Program, Question, best, require
from agentrm_envs.tool_query.wording import either

TODAYS = (datetime.date(2019, 1, 5), datetime.date(2023, 12, 20))
"""The first and the last day that a user's current date may be."""
_FALLS = {
    "rain": ("get_historical_rain", "rain_sum", "millimetres"),
    "snow": ("get_historical_snow", "snowfall_sum", "centimetres"),
}


def init(rng: random.Random) -> dict[str, str]:
    """What the user's device knows: a day and a town."""
    first, last = TODAYS
    day = first + datetime.timedelta(days=rng.randrange((last - first).days))
    return {"current_date": day.isoformat(), "current_location": town_name(rng)}


def recent_temperature(ask: Asker, rng: random.Random) -> Question:
    kind, days = rng.choice(sorted(KINDS)), rng.choice((1, 1, 2, 3, 5))
    where = here(ask)
    day = today(ask) - datetime.timedelta(days=days)
    value = daily(ask, "get_historical_temp", where, day)[temperature(kind)][0]
    when = "yesterday" if days == 1 else f"{days} days ago"
    return Question(value, "number", {"kind": kind, "when": when})


def forecast_temperature(ask: Asker, rng: random.Random) -> Question:
    kind, days, town = rng.choice(sorted(KINDS)), rng.choice((1, 2, 3, 4)), town_name(rng)
    where = find(ask, town)
    day = today(ask) + datetime.timedelta(days=days)
    value = daily(ask, "get_temp_forecast", where, day)[temperature(kind)][0]
    when = "tomorrow" if days == 1 else f"in {days} days"
    return Question(value, "number", {"kind": kind, "when": when, "town": town})


def range_on_a_day(ask: Asker, rng: random.Random) -> Question:
    town, day = town_name(rng), past(ask, rng, 40)
    series = daily(ask, "get_historical_temp", find(ask, town), day)
    value = round(series[temperature("highest")][0] - series[temperature("lowest")][0], 1)
    return Question(value, "number", {"town": town, "day": day})


def warmer_town(ask: Asker, rng: random.Random) -> Question:
    towns, day = town_names(rng, rng.choice((2, 2, 3))), past(ask, rng, 60)
    warm = rng.random() < 0.5
    means = {
        town: daily(ask, "get_historical_temp", find(ask, town), day)[temperature("average")][0]
        for town in towns
    }
    words = ("warmest" if warm else "coldest") if len(towns) > 2 else "warmer" if warm else "colder"
    slots = {"day": day, "towns": either(towns), "word": words}
    return Question(best(means, smallest=not warm), "town", slots)


def extreme_day(ask: Asker, rng: random.Random) -> Question:
    town, count = town_name(rng), rng.choice((3, 5, 7))
    kind, warm = rng.choice(sorted(KINDS)), rng.random() < 0.5
    where = find(ask, town)
    series = daily(ask, "get_historical_temp", where, *last_days(today(ask), count))
    values = dict(zip(series["time"], series[temperature(kind)], strict=True))
    slots = {"town": town, "count": count, "kind": kind, "word": "greatest" if warm else "smallest"}
    return Question(best(values, smallest=not warm), "day", slots)


def count_days(ask: Asker, rng: random.Random) -> Question:
    town, count, thing = town_name(rng), rng.choice((5, 7, 10)), rng.choice(sorted(_FALLS))
    tool, name, _ = _FALLS[thing]
    where = find(ask, town)
    series = daily(ask, tool, where, *last_days(today(ask), count))
    number = sum(value > 0 for value in series[name])
    require(0 < number < count, "every day or none")
    return Question(number, "number", {"town": town, "count": count, "thing": thing})


def total(ask: Asker, rng: random.Random) -> Question:
    thing, count = rng.choice(sorted(_FALLS)), rng.choice((3, 5, 7))
    tool, name, unit = _FALLS[thing]
    where = here(ask)
    amount = round(sum(daily(ask, tool, where, *last_days(today(ask), count))[name]), 2)
    require(amount > 0, "nothing fell")
    return Question(amount, "number", {"thing": thing, "count": count, "unit": unit})


def days_with_both(ask: Asker, rng: random.Random) -> Question:
    town, first = town_name(rng), past(ask, rng, 200)
    last = first + datetime.timedelta(days=rng.choice((4, 6, 9)))
    where = find(ask, town)
    require(last < ask.state.today, "not all past")
    rain = daily(ask, "get_historical_rain", where, first, last)
    snow = daily(ask, "get_historical_snow", where, first, last)
    rows = zip(rain["time"], rain["rain_sum"], snow["snowfall_sum"], strict=True)
    both = [day for day, wet, white in rows if wet > 0 and white > 0]
    require(0 < len(both) <= 4, "no such days, or too many")
    return Question(both, "days", {"town": town, "first": first, "last": last})


def drier_day(ask: Asker, rng: random.Random) -> Question:
    town, future = town_name(rng), rng.random() < 0.5
    gaps = sorted(rng.sample(range(2, 12), 2))
    where = find(ask, town)
    now = today(ask)
    days = [now + datetime.timedelta(days=gap if future else -gap) for gap in gaps]
    tool = "get_rain_forecast" if future else "get_historical_rain"
    series = daily(ask, tool, where, min(days), max(days), key=False)
    for day in days:
        ask.need(tool, **where, start_date=day.isoformat(), end_date=day.isoformat())
    rain = dict(zip(series["time"], series["rain_sum"], strict=True))
    driest = best({day.isoformat(): rain[day.isoformat()] for day in days}, smallest=True)
    slots = {"town": town, "one": gaps[0], "other": gaps[1]}
    return Question(driest, "day", slots, "future" if future else "past")


def higher_town(ask: Asker, rng: random.Random) -> Question:
    towns = town_names(rng, rng.choice((2, 3, 3)))
    heights = {town: height(ask, find(ask, town)) for town in towns}
    return Question(best(heights), "town", {"towns": either(towns)})


def height_difference(ask: Asker, rng: random.Random) -> Question:
    town = town_name(rng)
    there, mine = height(ask, find(ask, town)), height(ask, here(ask))
    require(there != mine, "the same height")
    word = "higher" if there > mine else "lower"
    return Question(abs(there - mine), "number", {"town": town, "word": word})


def how_far(ask: Asker, rng: random.Random) -> Question:
    town = town_name(rng)
    return Question(distance(ask, here(ask), find(ask, town)), "number", {"town": town})


def nearest_town(ask: Asker, rng: random.Random) -> Question:
    towns, near = town_names(rng, rng.choice((2, 3))), rng.random() < 0.6
    start = here(ask)
    ways = {town: distance(ask, start, find(ask, town)) for town in towns}
    slots = {"towns": either(towns), "word": "nearest to" if near else "farthest from"}
    return Question(best(ways, smallest=near), "town", slots)


def air_level(ask: Asker, rng: random.Random) -> Question:
    town, now = town_name(rng), rng.random() < 0.5
    where = find(ask, town)
    day = today(ask)
    if now:
        told = ask("get_current_air_quality_index", **where, current_date=day.isoformat())
        index = told["daily"]["european_aqi_pm2_5"][0]
    else:
        day -= datetime.timedelta(days=1)
        index = daily(ask, "get_historical_air_quality_index", where, day)["european_aqi_pm2_5"][0]
    level = ask("get_air_quality_level", air_quality_index=index)
    return Question(level, "level", {"town": town}, "today" if now else "yesterday")


def today_and_yesterday(ask: Asker, rng: random.Random) -> Question:
    where = here(ask)
    day = today(ask)
    told = ask("get_current_temp", **where, current_date=day.isoformat())
    now = told["daily"][temperature("average")][0]
    earlier = daily(ask, "get_historical_temp", where, day - datetime.timedelta(days=1))
    before = earlier[temperature("average")][0]
    require(now != before, "the same")
    return Question("Yes" if now > before else "No", "yes or no", {})


PROGRAMS: Mapping[str, Program] = {
    program.__name__: program
    for program in (
        recent_temperature,
        forecast_temperature,
        range_on_a_day,
        warmer_town,
        extreme_day,
        count_days,
        total,
        days_with_both,
        drier_day,
        higher_town,
        height_difference,
        how_far,
        nearest_town,
        air_level,
        today_and_yesterday,
    )
}
