"""The questions of the weather application."""

from __future__ import annotations

import datetime
import random
from collections.abc import Mapping

from agentrm_envs.tool_query.lookups_weather import (
    KINDS,
    daily,
    distance,
    either,
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

TODAYS = (datetime.date(2019, 1, 5), datetime.date(2023, 12, 20))
"""The first and the last day that a user's current date may be."""
_NUMBER = ("Please give a number.", "Answer with a number.", "Please answer with a number.")
_DATE = ("Answer in the form YYYY-MM-DD.", "Please give the date as YYYY-MM-DD.")
_TOWN = ("Answer with the city's name.", "Please name the city.")


def init(rng: random.Random) -> dict[str, str]:
    """What the user's device knows: a day and a town."""
    first, last = TODAYS
    day = first + datetime.timedelta(days=rng.randrange((last - first).days))
    return {"current_date": day.isoformat(), "current_location": town_name(rng)}


def recent_temperature(ask: Asker, rng: random.Random) -> Question:
    kind = rng.choice(sorted(KINDS))
    days = rng.choice((1, 1, 2, 3, 5))
    when = "yesterday" if days == 1 else f"{days} days ago"
    where = here(ask)
    day = today(ask) - datetime.timedelta(days=days)
    value = daily(ask, "get_historical_temp", where, day)[temperature(kind)][0]
    goal = rng.choice(
        (
            f"What was the {kind} temperature here {when}?",
            f"{when.capitalize()} felt odd. What was the {kind} temperature where I am {when}?",
            f"Tell me the {kind} temperature of {when} at my location.",
        )
    )
    return Question(f"{goal} {rng.choice(_NUMBER)}", value)


def forecast_temperature(ask: Asker, rng: random.Random) -> Question:
    kind = rng.choice(sorted(KINDS))
    days = rng.choice((1, 2, 3, 4))
    when = "tomorrow" if days == 1 else f"in {days} days"
    town = town_name(rng)
    where = find(ask, town)
    day = today(ask) + datetime.timedelta(days=days)
    value = daily(ask, "get_temp_forecast", where, day)[temperature(kind)][0]
    goal = rng.choice(
        (
            f"I fly to {town} {when}. What {kind} temperature is forecast there for that day?",
            f"What will the {kind} temperature in {town} be {when}?",
        )
    )
    return Question(f"{goal} {rng.choice(_NUMBER)}", value)


def range_on_a_day(ask: Asker, rng: random.Random) -> Question:
    town, day = town_name(rng), past(ask, rng, 40)
    series = daily(ask, "get_historical_temp", find(ask, town), day)
    value = round(series[temperature("highest")][0] - series[temperature("lowest")][0], 1)
    goal = rng.choice(
        (
            f"By how many degrees did the temperature vary in {town} on {day}?",
            f"How far apart were the highest and the lowest temperature of {day} in {town}?",
        )
    )
    return Question(f"{goal} {rng.choice(_NUMBER)}", value)


def warmer_town(ask: Asker, rng: random.Random) -> Question:
    towns, day = town_names(rng, rng.choice((2, 2, 3))), past(ask, rng, 60)
    warm = rng.random() < 0.5
    means = {
        town: daily(ask, "get_historical_temp", find(ask, town), day)[temperature("average")][0]
        for town in towns
    }
    word = "warmer" if warm else "colder"
    goal = rng.choice(
        (
            f"Which city was {word} on average on {day}: {either(towns)}?",
            f"On {day}, where was the average temperature {'higher' if warm else 'lower'}, "
            f"in {either(towns)}?",
        )
    )
    return Question(f"{goal} {rng.choice(_TOWN)}", best(means, smallest=not warm))


def extreme_day(ask: Asker, rng: random.Random) -> Question:
    town, count = town_name(rng), rng.choice((3, 5, 7))
    kind, warm = rng.choice(sorted(KINDS)), rng.random() < 0.5
    where = find(ask, town)
    first, last = last_days(today(ask), count)
    series = daily(ask, "get_historical_temp", where, first, last)
    values = dict(zip(series["time"], series[temperature(kind)], strict=True))
    goal = (
        f"Of the {count} days before today, on which was the {kind} temperature in {town} "
        f"the {'greatest' if warm else 'smallest'}?"
    )
    return Question(f"{goal} {rng.choice(_DATE)}", best(values, smallest=not warm))


def count_days(ask: Asker, rng: random.Random) -> Question:
    town, count = town_name(rng), rng.choice((5, 7, 10))
    thing, tool, name = rng.choice(_FALLS)
    where = find(ask, town)
    first, last = last_days(today(ask), count)
    number = sum(value > 0 for value in daily(ask, tool, where, first, last)[name])
    require(0 < number < count, "every day or none")
    goal = rng.choice(
        (
            f"On how many of the {count} days before today did it {thing} in {town}?",
            f"Count the days with {thing} in {town} among the {count} days before today.",
        )
    )
    return Question(f"{goal} {rng.choice(_NUMBER)}", number)


def total(ask: Asker, rng: random.Random) -> Question:
    thing, tool, name = rng.choice(_FALLS)
    count = rng.choice((3, 5, 7))
    where = here(ask)
    first, last = last_days(today(ask), count)
    amount = round(sum(daily(ask, tool, where, first, last)[name]), 2)
    require(amount > 0, "nothing fell")
    unit = "millimetres" if thing == "rain" else "centimetres"
    goal = rng.choice(
        (
            f"How many {unit} of {thing} fell here in the {count} days before today altogether?",
            f"What is the total {thing}fall at my location over the {count} days before today, "
            f"in {unit}?",
        )
    )
    return Question(f"{goal} {rng.choice(_NUMBER)}", amount)


def days_with_both(ask: Asker, rng: random.Random) -> Question:
    town, day = town_name(rng), past(ask, rng, 200)
    last = day + datetime.timedelta(days=rng.choice((4, 6, 9)))
    where = find(ask, town)
    require(last < ask.state.today, "not all past")
    rain = daily(ask, "get_historical_rain", where, day, last)
    snow = daily(ask, "get_historical_snow", where, day, last)
    rows = zip(rain["time"], rain["rain_sum"], snow["snowfall_sum"], strict=True)
    both = [day for day, wet, white in rows if wet > 0 and white > 0]
    require(0 < len(both) <= 4, "no such days, or too many")
    goal = f"On which days from {day} to {last} did {town} have both rain and snow?"
    return Question(f"{goal} Answer with a list ['YYYY-MM-DD', ...].", both)


def drier_day(ask: Asker, rng: random.Random) -> Question:
    town, tomorrow = town_name(rng), rng.random() < 0.5
    gaps = sorted(rng.sample(range(1, 12), 2))
    where = find(ask, town)
    sign = 1 if tomorrow else -1
    days = [today(ask) + datetime.timedelta(days=sign * gap) for gap in gaps]
    tool = "get_rain_forecast" if tomorrow else "get_historical_rain"
    first, last = min(days), max(days)
    series = daily(ask, tool, where, first, last, key=False)
    for day in days:
        ask.need(tool, **where, start_date=day.isoformat(), end_date=day.isoformat())
    rain = dict(zip(series["time"], series["rain_sum"], strict=True))
    chosen = {day.isoformat(): rain[day.isoformat()] for day in days}
    words = [f"in {gap} days" if tomorrow else f"{gap} days ago" for gap in gaps]
    verb = "will it rain" if tomorrow else "did it rain"
    goal = f"When {verb} less in {town}: {words[0]} or {words[1]}?"
    return Question(f"{goal} {rng.choice(_DATE)}", best(chosen, smallest=True))


def higher_town(ask: Asker, rng: random.Random) -> Question:
    towns = town_names(rng, rng.choice((2, 3, 3)))
    heights = {town: height(ask, find(ask, town)) for town in towns}
    goal = rng.choice(
        (
            f"Which city lies highest above the sea: {either(towns)}?",
            f"I like mountains. Which of these cities has the greatest elevation: {either(towns)}?",
        )
    )
    return Question(f"{goal} {rng.choice(_TOWN)}", best(heights))


def height_difference(ask: Asker, rng: random.Random) -> Question:
    town = town_name(rng)
    there, mine = height(ask, find(ask, town)), height(ask, here(ask))
    require(there != mine, "the same height")
    word = "higher" if there > mine else "lower"
    goal = rng.choice(
        (
            f"I am going to {town}. How many metres {word} than my location is it?",
            f"How much {word} is {town} than the place where I am, in metres?",
        )
    )
    return Question(f"{goal} {rng.choice(_NUMBER)}", abs(there - mine))


def how_far(ask: Asker, rng: random.Random) -> Question:
    town = town_name(rng)
    value = distance(ask, here(ask), find(ask, town))
    goal = rng.choice(
        (
            f"How many kilometres is it from my location to {town}?",
            f"I have a meeting in {town}. How far is that from where I am, in kilometres?",
        )
    )
    return Question(f"{goal} {rng.choice(_NUMBER)}", value)


def nearest_town(ask: Asker, rng: random.Random) -> Question:
    towns, near = town_names(rng, rng.choice((2, 3))), rng.random() < 0.6
    start = here(ask)
    ways = {town: distance(ask, start, find(ask, town)) for town in towns}
    goal = f"Which city is {'nearest to' if near else 'farthest from'} me: {either(towns)}?"
    return Question(f"{goal} {rng.choice(_TOWN)}", best(ways, smallest=near))


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
    goal = f"How good {'is the air today' if now else 'was the air yesterday'} in {town}?"
    return Question(f"{goal} Answer with the air quality level.", level)


def today_and_yesterday(ask: Asker, rng: random.Random) -> Question:
    where = here(ask)
    day = today(ask)
    told = ask("get_current_temp", **where, current_date=day.isoformat())
    now = told["daily"][temperature("average")][0]
    before = daily(ask, "get_historical_temp", where, day - datetime.timedelta(days=1))[
        temperature("average")
    ][0]
    require(now != before, "the same")
    goal = "Is it warmer here today than yesterday, by the average temperature?"
    word = rng.choice(("Answer Yes or No.", "Please answer with Yes or No."))
    return Question(f"{goal} {word}", "Yes" if now > before else "No")


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
_FALLS = (
    ("rain", "get_historical_rain", "rain_sum"),
    ("snow", "get_historical_snow", "snowfall_sum"),
)
