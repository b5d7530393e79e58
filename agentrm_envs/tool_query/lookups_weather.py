"""Look-ups that the weather questions share."""

from __future__ import annotations

import datetime
import random
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from agentrm_envs.tool_query.places import Place, fold, places
from agentrm_envs.tool_query.programs import Asker, require

KINDS = {"average": "mean", "highest": "max", "lowest": "min"}


def town_name(rng: random.Random) -> str:
    return rng.choice(_unambiguous()).name


def town_names(rng: random.Random, count: int) -> list[str]:
    return [place.name for place in rng.sample(_unambiguous(), count)]


@cache
def _unambiguous() -> Sequence[Place]:
    """Towns whose name is no part of another's, so that a question means one of them."""
    names = [fold(place.name) for place in places()]
    return [
        place
        for place, name in zip(places(), names, strict=True)
        if sum(name in other for other in names) == 1
    ]


def find(ask: Asker, town: str) -> dict[str, Any]:
    found = ask("get_latitude_longitude", name=town)["results"][0]
    require(found["name"] == town, "another town comes first")
    return {"latitude": found["latitude"], "longitude": found["longitude"]}


def here(ask: Asker) -> dict[str, Any]:
    return find(ask, ask("get_user_current_location"))


def today(ask: Asker) -> datetime.date:
    return datetime.date.fromisoformat(ask("get_user_current_date"))


def past(ask: Asker, rng: random.Random, most: int) -> datetime.date:
    """A day that the question names, so that today's date need not be asked for."""
    today: datetime.date = ask.state.today
    return today - datetime.timedelta(days=rng.randint(1, most))


def last_days(today: datetime.date, count: int) -> tuple[datetime.date, datetime.date]:
    return today - datetime.timedelta(days=count), today - datetime.timedelta(days=1)


def daily(
    ask: Asker,
    tool: str,
    where: Mapping[str, Any],
    first: datetime.date,
    last: datetime.date | None = None,
    *,
    key: bool = True,
) -> dict[str, list[Any]]:
    days: dict[str, Any] = {
        "start_date": first.isoformat(),
        "end_date": (last or first).isoformat(),
    }
    daily: dict[str, list[Any]] = ask(tool, key=key, **where, **days)["daily"]
    return daily


def height(ask: Asker, where: Mapping[str, Any]) -> float:
    return float(ask("get_elevation", **where)["elevation"][0])


def distance(ask: Asker, one: Mapping[str, Any], other: Mapping[str, Any]) -> float:
    ends = {f"{name}1": value for name, value in one.items()}
    return float(ask("get_distance", **ends, **{f"{name}2": v for name, v in other.items()}))


def temperature(kind: str) -> str:
    return f"temperature_2m_{KINDS[kind]}"
