"""The movie application: AgentBoard's sixteen tools on invented films."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from agentrm_envs.tool_query.application import Application, with_common
from agentrm_envs.tool_query.films import Film, Person, catalogue
from agentrm_envs.tool_query.tmdb import (
    Facts,
    alternative_titles,
    details,
    external_ids,
    film_cast,
    film_crew,
    film_keywords,
    person_cast,
    person_crew,
    person_details,
    production_companies,
    production_countries,
    translations,
)
from agentrm_envs.tools.specification import (
    Arguments,
    Result,
    Schema,
    Tool,
    ToolFailure,
    fields,
    plainly,
    text,
)

UNKNOWN = (
    '{"success":false,"status_code":34,'
    '"status_message":"The resource you requested could not be found."}'
)
INVALID = (
    '{"success":false,"status_code":6,'
    '"status_message":"Invalid id: The pre-requisite id is invalid or not found."}'
)
_NOT_COMPARED = frozenset(
    ("overview", "biography", "vote_average", "genres", "revenue", "budget", "release_date")
)
State = tuple[()]
"""Nothing is kept between calls: the films do not change."""


def _about_film(told: Callable[[Film], Facts]) -> Callable[[State, Arguments], Result[State]]:
    def handler(state: State, arguments: Arguments) -> Result[State]:
        key = arguments["movie_id"].strip()
        film = catalogue().film(key)
        if film is None:
            raise ToolFailure(UNKNOWN if _could_be_id(key) else INVALID)
        return Result(state, told(film))

    return handler


def _about_person(told: Callable[[Person], Facts]) -> Callable[[State, Arguments], Result[State]]:
    def handler(state: State, arguments: Arguments) -> Result[State]:
        key = arguments["person_id"].strip()
        person = catalogue().person(key)
        if person is None:
            raise ToolFailure(UNKNOWN if _could_be_id(key) else INVALID)
        return Result(state, told(person))

    return handler


def _could_be_id(key: str) -> bool:
    return key.isdecimal() or (key[:2] in ("tt", "nm") and key[2:].isdecimal())


def _search_movie(state: State, arguments: Arguments) -> Result[State]:
    film = catalogue().search_film(arguments["movie_name"])
    if film is None:
        raise ToolFailure("ERROR | IndexError(list index out of range)")
    found = {"id": film.id, "overview": film.overviews["US"], "title": film.title}
    return Result(state, [found])


def _search_person(state: State, arguments: Arguments) -> Result[State]:
    person = catalogue().search_person(arguments["person_name"])
    return Result(state, [] if person is None else [{"id": person.id, "name": person.name}])


def _film_tool(
    name: str, description: str, told: Callable[[Film], Facts], *keys: str
) -> Tool[State]:
    parameters: Mapping[str, Schema] = {"movie_id": text("The film's id.")}
    return Tool(name, description, _about_film(told), parameters, returns=_returned(keys))


def _person_tool(
    name: str, description: str, told: Callable[[Person], Facts], *keys: str
) -> Tool[State]:
    parameters: Mapping[str, Schema] = {"person_id": text("The person's id.")}
    return Tool(name, description, _about_person(told), parameters, returns=_returned(keys))


def _returned(keys: Sequence[str]) -> Schema:
    return fields(**{key: plainly(key.replace("_", " ").capitalize() + ".") for key in keys})


TOOLS = with_common(
    [
        Tool(
            "get_search_movie",
            "Find a film by its name.",
            _search_movie,
            {"movie_name": text("The film's name.")},
            returns=_returned(["id", "overview", "title"]),
        ),
        _film_tool(
            "get_movie_details",
            "Get a film's budget, genres, revenue, vote average and release date.",
            details,
            "budget",
            "genres",
            "revenue",
            "vote_average",
            "release_date",
        ),
        _film_tool(
            "get_movie_production_companies",
            "Get the companies that produced a film.",
            production_companies,
            "production_companies",
        ),
        _film_tool(
            "get_movie_production_countries",
            "Get the countries that a film was produced in.",
            production_countries,
            "production_countries",
        ),
        _film_tool("get_movie_cast", "Get up to 10 members of a film's cast.", film_cast, "cast"),
        _film_tool(
            "get_movie_crew",
            "Get up to 10 members of a film's crew, director, producers and writers first.",
            film_crew,
            "crew",
        ),
        _film_tool("get_movie_keywords", "Get a film's keywords.", film_keywords, "keywords"),
        Tool(
            "get_search_person",
            "Find a person by name.",
            _search_person,
            {"person_name": text("The person's name.")},
            returns=_returned(["id", "name"]),
        ),
        _person_tool(
            "get_person_details",
            "Get a person's biography, birthday and place of birth.",
            person_details,
            "biography",
            "birthday",
            "place_of_birth",
        ),
        _person_tool(
            "get_person_cast", "Get up to 10 films that a person acted in.", person_cast, "cast"
        ),
        _person_tool(
            "get_person_crew", "Get up to 10 films that a person worked on.", person_crew, "crew"
        ),
        _person_tool(
            "get_person_external_ids",
            "Get a person's ids at IMDB, Facebook, Instagram and Twitter.",
            external_ids,
            "imdb_id",
            "facebook_id",
            "instagram_id",
            "twitter_id",
        ),
        _film_tool(
            "get_movie_alternative_titles",
            "Get a film's titles in other countries.",
            alternative_titles,
            "titles",
            "id",
        ),
        _film_tool(
            "get_movie_translation",
            "Get a film's overview in English, Chinese, German and Dutch.",
            translations,
            "translations",
            "id",
        ),
    ]
)


def _mentions(question: str) -> list[str]:
    known = catalogue()
    titles = {film.title for film in known.films.values() if film.title in question}
    return sorted(titles | {p.name for p in known.people.values() if p.name in question})


def _cleaned(value: Any) -> Any:
    """Without what changes with time at TMDB, which AgentBoard does not compare."""
    if isinstance(value, list):
        return [_cleaned(each) for each in value]
    if not isinstance(value, dict):
        return value
    return {key: each for key, each in value.items() if key not in _NOT_COMPARED}


MOVIE: Application[State] = Application("movie", TOOLS, lambda init: (), _mentions, _cleaned)
