"""What The Movie Database answers about a film or a person, in the shapes AgentBoard keeps."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from agentrm_envs.tool_query.films import (
    COUNTRIES,
    GENRES,
    Film,
    Person,
    Role,
    catalogue,
    companies,
)

MOST = 10
"""Entries that a list of a cast or a crew has at most, but for a crew of more makers."""
_MAKERS = ("Director", "Producer", "Writer")
_NAMES = {
    "US": ("en", "English", "English"),
    "CN": ("zh", "普通话", "Mandarin"),
    "DE": ("de", "Deutsch", "German"),
    "NL": ("nl", "Nederlands", "Dutch"),
}
Facts = dict[str, Any]


def details(film: Film) -> Facts:
    return {
        "title": film.title,
        "budget": film.budget,
        "genres": [{"id": number, "name": GENRES[number]} for number in film.genres],
        "revenue": film.revenue,
        "vote_average": film.vote,
        "release_date": film.released,
    }


def production_companies(film: Film) -> Facts:
    told = [
        {"id": number, "logo_path": None, "name": name, "origin_country": country}
        for number, name, country in companies(film)
    ]
    return {"production_companies": told}


def production_countries(film: Film) -> Facts:
    told = [{"iso_3166_1": code, "name": COUNTRIES[code]} for code in film.countries]
    return {"production_countries": told}


def film_cast(film: Film) -> Facts:
    return {"cast": [_member(role, "character") for role in film.cast[:MOST]]}


def film_crew(film: Film) -> Facts:
    """All directors, producers and writers, filled up with others to ten, as AgentBoard."""
    first = [role for role in film.crew if role.what in _MAKERS]
    known = {role.person for role in first}
    rest = [role for role in film.crew if role.person not in known]
    return {"crew": [_member(role, "job") for role in (first + rest)[: max(MOST, len(first))]]}


def _member(role: Role, kind: str) -> Facts:
    return {"id": role.person, "name": catalogue().people[role.person].name, kind: role.what}


def film_keywords(film: Film) -> Facts:
    return {"keywords": list(film.keywords)}


def alternative_titles(film: Film) -> Facts:
    titles = [{"iso_3166_1": code, "title": title, "type": ""} for code, title in film.alternatives]
    return {"id": film.id, "titles": titles}


def translations(film: Film) -> Facts:
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


def person_details(person: Person) -> Facts:
    trade = "an actor" if person.known_for == "Acting" else "a filmmaker"
    return {
        "name": person.name,
        "biography": f"{person.name} is {trade}.",
        "birthday": person.birthday,
        "place_of_birth": person.birthplace,
    }


def person_cast(person: Person) -> Facts:
    return {"cast": _films(catalogue().parts[person.id], "character")}


def person_crew(person: Person) -> Facts:
    return {"crew": _films(catalogue().jobs[person.id], "job")}


def _films(roles: Sequence[Role], kind: str) -> list[Facts]:
    films = catalogue().films
    return [
        {"id": role.film, "title": films[role.film].title, kind: role.what} for role in roles[:MOST]
    ]


def external_ids(person: Person) -> Facts:
    return {
        "imdb_id": person.imdb_id,
        "facebook_id": None,
        "instagram_id": person.handle,
        "twitter_id": person.handle.replace(".", ""),
    }
