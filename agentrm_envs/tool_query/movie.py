"""The movie application: AgentBoard's sixteen tools on invented films."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from agentrm_envs.tool_query.application import Application, with_common
from agentrm_envs.tool_query.films import (
    COUNTRIES,
    GENRES,
    Film,
    Person,
    Role,
    catalogue,
    companies,
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
MOST = 10
"""Entries that a list of a cast or a crew has at most."""
_NAMES = {
    "US": ("en", "English", "English"),
    "CN": ("zh", "普通话", "Mandarin"),
    "DE": ("de", "Deutsch", "German"),
    "NL": ("nl", "Nederlands", "Dutch"),
}
_MAKERS = ("Director", "Producer", "Writer")
_NOT_COMPARED = frozenset(
    ("overview", "biography", "vote_average", "genres", "revenue", "budget", "release_date")
)
State = tuple[()]
"""Nothing is kept between calls: the films do not change."""
Facts = dict[str, Any]


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


def _details(film: Film) -> Facts:
    return {
        "title": film.title,
        "budget": film.budget,
        "genres": [{"id": number, "name": GENRES[number]} for number in film.genres],
        "revenue": film.revenue,
        "vote_average": film.vote,
        "release_date": film.released,
    }


def _companies(film: Film) -> Facts:
    told = [
        {"id": number, "logo_path": None, "name": name, "origin_country": country}
        for number, name, country in companies(film)
    ]
    return {"production_companies": told}


def _countries(film: Film) -> Facts:
    told = [{"iso_3166_1": code, "name": COUNTRIES[code]} for code in film.countries]
    return {"production_countries": told}


def _cast(film: Film) -> Facts:
    return {"cast": [_member(role, "character") for role in film.cast[:MOST]]}


def _crew(film: Film) -> Facts:
    """Directors, producers and writers, then those who are not among them, as AgentBoard."""
    first = [role for role in film.crew if role.what in _MAKERS]
    known = {role.person for role in first}
    rest = [role for role in film.crew if role.person not in known]
    return {"crew": [_member(role, "job") for role in (first + rest)[:MOST]]}


def _member(role: Role, kind: str) -> Facts:
    return {"id": role.person, "name": catalogue().people[role.person].name, kind: role.what}


def _keywords(film: Film) -> Facts:
    return {"keywords": list(film.keywords)}


def _alternatives(film: Film) -> Facts:
    titles = [{"iso_3166_1": code, "title": title, "type": ""} for code, title in film.alternatives]
    return {"id": film.id, "titles": titles}


def _translations(film: Film) -> Facts:
    return {"id": film.id, "translations": [_translation(film, code) for code in film.overviews]}


def _translation(film: Film, country: str) -> Facts:
    language, name, english = _NAMES[country]
    data = {
        "homepage": "",
        "overview": film.overviews[country],
        "runtime": film.runtime,
        "tagline": "",
    }
    return {
        "iso_3166_1": country,
        "iso_639_1": language,
        "name": name,
        "english_name": english,
        "data": data,
    }


def _person(person: Person) -> Facts:
    trade = "an actor" if person.known_for == "Acting" else "a filmmaker"
    return {
        "name": person.name,
        "biography": f"{person.name} is {trade}.",
        "birthday": person.birthday,
        "place_of_birth": person.birthplace,
    }


def _person_cast(person: Person) -> Facts:
    return {"cast": _films(catalogue().parts[person.id], "character")}


def _person_crew(person: Person) -> Facts:
    return {"crew": _films(catalogue().jobs[person.id], "job")}


def _films(roles: Sequence[Role], kind: str) -> list[Facts]:
    films = catalogue().films
    return [
        {"id": role.film, "title": films[role.film].title, kind: role.what} for role in roles[:MOST]
    ]


def _external(person: Person) -> Facts:
    return {
        "imdb_id": person.imdb_id,
        "facebook_id": None,
        "instagram_id": person.handle,
        "twitter_id": person.handle.replace(".", ""),
    }


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
            _details,
            "budget",
            "genres",
            "revenue",
            "vote_average",
            "release_date",
        ),
        _film_tool(
            "get_movie_production_companies",
            "Get the companies that produced a film.",
            _companies,
            "production_companies",
        ),
        _film_tool(
            "get_movie_production_countries",
            "Get the countries that a film was produced in.",
            _countries,
            "production_countries",
        ),
        _film_tool("get_movie_cast", "Get up to 10 members of a film's cast.", _cast, "cast"),
        _film_tool(
            "get_movie_crew",
            "Get up to 10 members of a film's crew, director, producers and writers first.",
            _crew,
            "crew",
        ),
        _film_tool("get_movie_keywords", "Get a film's keywords.", _keywords, "keywords"),
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
            _person,
            "biography",
            "birthday",
            "place_of_birth",
        ),
        _person_tool(
            "get_person_cast", "Get up to 10 films that a person acted in.", _person_cast, "cast"
        ),
        _person_tool(
            "get_person_crew", "Get up to 10 films that a person worked on.", _person_crew, "crew"
        ),
        _person_tool(
            "get_person_external_ids",
            "Get a person's ids at IMDB, Facebook, Instagram and Twitter.",
            _external,
            "imdb_id",
            "facebook_id",
            "instagram_id",
            "twitter_id",
        ),
        _film_tool(
            "get_movie_alternative_titles",
            "Get a film's titles in other countries.",
            _alternatives,
            "titles",
            "id",
        ),
        _film_tool(
            "get_movie_translation",
            "Get a film's overview in English, Chinese, German and Dutch.",
            _translations,
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
