"""Look-ups that the movie questions share."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from typing import Any

from agentrm_envs.tool_query.films import Film, Person, catalogue
from agentrm_envs.tool_query.programs import Asker, require


def any_film(rng: random.Random) -> Film:
    return rng.choice(list(catalogue().films.values()))


def any_films(rng: random.Random, count: int) -> list[Film]:
    return rng.sample(list(catalogue().films.values()), count)


def another_film(rng: random.Random, one: Film, traits: Callable[[Film], set[Any]]) -> Film:
    """Another film that has some of the same traits."""
    wanted = traits(one)
    others = [f for f in catalogue().films.values() if f.id != one.id and wanted & traits(f)]
    require(bool(others), "no such film")
    return rng.choice(others)


def everyone() -> Sequence[Person]:
    return list(catalogue().people.values())


def actors_of(film: Film) -> list[Person]:
    return [catalogue().people[role.person] for role in film.cast]


def film_id(ask: Asker, title: str) -> str:
    found = ask("get_search_movie", movie_name=title)[0]
    require(found["title"] == title, "another film comes first")
    return str(found["id"])


def details(ask: Asker, title: str) -> dict[str, Any]:
    told: dict[str, Any] = ask("get_movie_details", movie_id=film_id(ask, title))
    return told


def cast_of(ask: Asker, title: str) -> list[dict[str, Any]]:
    cast: list[dict[str, Any]] = ask("get_movie_cast", movie_id=film_id(ask, title))["cast"]
    return cast


def with_job(ask: Asker, title: str, job: str) -> list[dict[str, Any]]:
    crew = ask("get_movie_crew", movie_id=film_id(ask, title))["crew"]
    return [each for each in crew if each["job"] == job]
