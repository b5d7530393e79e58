"""Calls that random play can make: about what the goal names and what observations have told."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Mapping, Sequence
from itertools import permutations, product
from typing import Any

from agentrm_envs.tool_query.application import Application
from agentrm_envs.tools.call import write_call
from agentrm_envs.tools.specification import Tool

Facts = tuple[tuple[str, Any], ...]
"""Kinds of things (`film`, `person`, `name`, `place`, `day`, `index`, `value`) and the things."""
MOST_FACTS = 60
"""The oldest are forgotten."""
MOST_CALLS = 12
"""Suggested calls of one tool."""
_KIND_OF = {
    "movie_id": "film",
    "person_id": "person",
    "movie_name": "name",
    "person_name": "name",
    "name": "name",
    "node": "name",
    "answer": "value",
    "air_quality_index": "index",
    "current_date": "day",
}
_PAIRS = {("node1", "node2"): "name", ("start_date", "end_date"): "day"}
_PLACES = (("latitude", "longitude"), ("latitude1", "longitude1", "latitude2", "longitude2"))


def learned(facts: Facts, value: Any) -> Facts:
    """The facts with those that a result tells."""
    known = dict.fromkeys(facts)
    for fact in _facts(value):
        known.pop(fact, None)
        known[fact] = None
    return tuple(known)[-MOST_FACTS:]


def suggested(app: Application[Any], mentions: Sequence[str], facts: Facts) -> list[str]:
    """The calls that these facts allow, sorted."""
    things: dict[str, list[Any]] = {"name": list(mentions), "value": ["Yes", "No", *mentions]}
    for kind, thing in facts:
        things.setdefault(kind, []).append(thing)
    calls = {
        write_call(tool.name, arguments)
        for tool in app.tools
        for arguments in list(_arguments(tool, things))[-MOST_CALLS:]
    }
    return sorted(calls)


def _arguments(tool: Tool[Any], things: Mapping[str, list[Any]]) -> Iterator[dict[str, Any]]:
    """All the arguments that a tool can be called with."""
    choices: list[list[dict[str, Any]]] = []
    left = list(tool.parameters)
    for places in _PLACES:
        if tuple(left[: len(places)]) == places:
            left = left[len(places) :]
            choices.append(_located(places, things.get("place", [])))
    for pair, kind in _PAIRS.items():
        if tuple(left) == pair:
            left = []
            found = permutations(things.get(kind, []), 2)
            choices.append([dict(zip(pair, two, strict=True)) for two in found])
            if kind == "day":
                choices[-1] += [dict.fromkeys(pair, day) for day in things.get(kind, [])]
    for name in left:
        options = tool.parameters[name].get("enum") or things.get(_KIND_OF[name], [])
        choices.append([{name: option} for option in options])
    for chosen in product(*choices):
        yield {name: value for part in chosen for name, value in part.items()}


def _located(names: Sequence[str], places: Sequence[tuple[float, float]]) -> list[dict[str, Any]]:
    found = permutations(places, len(names) // 2)
    return [
        dict(zip(names, (degree for place in each for degree in place), strict=True))
        for each in found
    ]


def _facts(value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict):
        if "id" in value:
            yield ("film" if "title" in value else "person"), str(value["id"])
        if "latitude" in value and "name" in value:
            yield "place", (value["latitude"], value["longitude"])
        for key, each in value.items():
            if key == "european_aqi_pm2_5" and isinstance(each, list):
                yield from (("index", index) for index in each)
            yield from _facts(each)
    elif isinstance(value, list):
        for each in value[:12]:
            yield from _facts(each)
    elif isinstance(value, str) and value:
        yield from _words(value)
    elif isinstance(value, int | float):
        yield "value", value


def _words(text: str) -> Iterator[tuple[str, Any]]:
    yield "value", text[:300]
    try:
        day = datetime.date.fromisoformat(text)
    except ValueError:
        if len(text) <= 200:
            yield "name", text
        return
    if datetime.date(1000, 1, 1) < day < datetime.date(9000, 1, 1):
        for days in (-1, 0, 1):
            yield "day", (day + datetime.timedelta(days=days)).isoformat()
