"""The questions of the movie application."""

from __future__ import annotations

import random
from collections.abc import Mapping

from agentrm_envs.tool_query.lookups_movie import (
    actors_of,
    another_film,
    any_film,
    any_films,
    cast_of,
    details,
    everyone,
    film_id,
    with_job,
)
from agentrm_envs.tool_query.programs import Asker, Program, Question, best, only, require
from agentrm_envs.tool_query.wording import either

_ALL_OF_THEM = 10
"""A list that long may have been cut off, so nothing is asked about all of it."""
_FEW = 4
"""People that a question may make one look up, each with a call of its own."""
_COUNTRIES = {"KR": "South Korea", "ES": "Spain", "IT": "Italy", "SE": "Sweden"}
_LANGUAGES = {"DE": "German", "NL": "Dutch", "CN": "Chinese"}
_SITES = {"IMDB": "imdb_id", "Instagram": "instagram_id"}


def init(rng: random.Random) -> dict[str, str]:
    """Nothing is known beforehand."""
    return {}


def director_detail(ask: Asker, rng: random.Random) -> Question:
    title = any_film(rng).title
    director = only(with_job(ask, title, "Director"))
    told = ask("get_person_details", person_id=str(director["id"]))
    if rng.random() < 0.5:
        return Question(told["place_of_birth"], "place", {"film": title}, "place")
    return Question(told["birthday"], "day", {"film": title}, "day")


def greatest_film(ask: Asker, rng: random.Random) -> Question:
    titles = [film.title for film in any_films(rng, rng.choice((2, 2, 3)))]
    field = rng.choice(("revenue", "vote_average", "budget"))
    values = {title: details(ask, title)[field] for title in titles}
    return Question(best(values), "film", {"films": either(titles, quoted=True)}, field)


def first_film(ask: Asker, rng: random.Random) -> Question:
    titles = [film.title for film in any_films(rng, rng.choice((2, 3)))]
    early = rng.random() < 0.5
    days = {title: details(ask, title)["release_date"] for title in titles}
    slots = {"films": either(titles, quoted=True), "word": "first" if early else "last"}
    return Question(best(days, smallest=early), "film", slots)


def profit(ask: Asker, rng: random.Random) -> Question:
    title = any_film(rng).title
    told = details(ask, title)
    gain = told["revenue"] - told["budget"]
    return Question(abs(gain), "number", {"film": title}, "gain" if gain > 0 else "loss")


def character(ask: Asker, rng: random.Random) -> Question:
    film = any_film(rng)
    actor = rng.choice(actors_of(film)).name
    role = only([each for each in cast_of(ask, film.title) if each["name"] == actor])
    return Question(role["character"], "character", {"film": film.title, "actor": actor})


def actors_other_role(ask: Asker, rng: random.Random) -> Question:
    film = any_film(rng)
    role = rng.choice(film.cast).what
    actor = only([each for each in cast_of(ask, film.title) if each["character"] == role])
    parts = ask("get_person_cast", key=False, person_id=str(actor["id"]))["cast"]
    require(len(parts) < _ALL_OF_THEM, "the list may be cut off")
    others = [part for part in parts if part["id"] != film.id]
    require(bool(others), "no other film")
    other = rng.choice(others)
    slots = {"film": film.title, "role": role, "other": other["title"]}
    return Question(other["character"], "character", slots)


def actors_id(ask: Asker, rng: random.Random) -> Question:
    film, site = any_film(rng), rng.choice(sorted(_SITES))
    role = rng.choice(film.cast).what
    actor = only([each for each in cast_of(ask, film.title) if each["character"] == role])
    told = ask("get_person_external_ids", person_id=str(actor["id"]))
    return Question(told[_SITES[site]], "id", {"film": film.title, "role": role, "site": site})


def oldest_actor(ask: Asker, rng: random.Random) -> Question:
    film, old = any_film(rng), rng.random() < 0.5
    cast = cast_of(ask, film.title)
    require(len(cast) <= _FEW, "many calls")
    days = {
        each["name"]: ask("get_person_details", person_id=str(each["id"]))["birthday"]
        for each in cast
    }
    slots = {"film": film.title, "word": "oldest" if old else "youngest"}
    return Question(best(days, smallest=old), "person", slots)


def shared_actors(ask: Asker, rng: random.Random) -> Question:
    one = any_film(rng)
    other = another_film(rng, one, lambda film: {role.person for role in film.cast})
    casts = [{each["name"] for each in cast_of(ask, film.title)} for film in (one, other)]
    both = sorted(casts[0] & casts[1])
    require(bool(both), "nobody in both")
    return Question(both, "names", {"one": one.title, "other": other.title})


def shared_genres(ask: Asker, rng: random.Random) -> Question:
    one = any_film(rng)
    other = another_film(rng, one, lambda film: set(film.genres))
    found = [{genre["name"] for genre in details(ask, f.title)["genres"]} for f in (one, other)]
    both = sorted(found[0] & found[1])
    require(bool(both), "no genre in common")
    return Question(both, "names", {"one": one.title, "other": other.title})


def same_director(ask: Asker, rng: random.Random) -> Question:
    one, other = any_films(rng, 2)
    if rng.random() < 0.5:
        other = another_film(rng, one, lambda film: {film.crew[0].person})
    directors = [only(with_job(ask, film.title, "Director"))["id"] for film in (one, other)]
    answer = "Yes" if directors[0] == directors[1] else "No"
    return Question(answer, "yes or no", {"one": one.title, "other": other.title})


def films_directed(ask: Asker, rng: random.Random) -> Question:
    title = any_film(rng).title
    director = only(with_job(ask, title, "Director"))
    jobs = ask("get_person_crew", person_id=str(director["id"]))["crew"]
    require(len(jobs) < _ALL_OF_THEM, "the list may be cut off")
    count = sum(job["job"] == "Director" for job in jobs)
    return Question(count, "number", {"film": title})


def film_together(ask: Asker, rng: random.Random) -> Question:
    pair = rng.sample(actors_of(any_film(rng)), 2)
    parts = []
    for person in pair:
        found = ask("get_search_person", person_name=person.name)[0]
        parts.append(ask("get_person_cast", person_id=str(found["id"]))["cast"])
        require(len(parts[-1]) < _ALL_OF_THEM, "the list may be cut off")
    one, other = ({part["title"] for part in each} for each in parts)
    slots = {"one": pair[0].name, "other": pair[1].name}
    return Question(only(sorted(one & other)), "film", slots)


def makers_best_film(ask: Asker, rng: random.Random) -> Question:
    maker = rng.choice([each for each in everyone() if each.known_for == "Directing"])
    found = ask("get_search_person", person_name=maker.name)[0]
    jobs = ask("get_person_crew", person_id=str(found["id"]))["crew"]
    directed = [job for job in jobs if job["job"] == "Director"]
    require(len(jobs) < _ALL_OF_THEM and 2 <= len(directed) <= 5, "too many films, or too few")
    told = [ask("get_movie_details", movie_id=str(job["id"])) for job in directed]
    slots = {"maker": maker.name}
    if rng.random() < 0.5:
        top = best({each["title"]: each["vote_average"] for each in told})
        return Question(top, "film", slots, "best")
    return Question(sum(each["revenue"] for each in told), "number", slots, "sum")


def title_abroad(ask: Asker, rng: random.Random) -> Question:
    film = any_film(rng)
    told = ask("get_movie_alternative_titles", movie_id=film_id(ask, film.title))["titles"]
    title = rng.choice(told)
    country = _COUNTRIES[title["iso_3166_1"]]
    return Question(title["title"], "title", {"film": film.title, "country": country})


def translated(ask: Asker, rng: random.Random) -> Question:
    film, country = any_film(rng), rng.choice(sorted(_LANGUAGES))
    told = ask("get_movie_translation", movie_id=film_id(ask, film.title))["translations"]
    overview = only([each for each in told if each["iso_3166_1"] == country])["data"]["overview"]
    return Question(overview, "text", {"film": film.title, "language": _LANGUAGES[country]})


def made_where(ask: Asker, rng: random.Random) -> Question:
    film, what = any_film(rng), rng.choice(("companies", "countries"))
    told = ask(f"get_movie_production_{what}", movie_id=film_id(ask, film.title))
    names = sorted(each["name"] for each in told[f"production_{what}"])
    return Question(names, "names", {"film": film.title}, what)


def shared_keywords(ask: Asker, rng: random.Random) -> Question:
    one = any_film(rng)
    other = another_film(rng, one, lambda film: set(film.keywords))
    first, second = (
        set(ask("get_movie_keywords", movie_id=film_id(ask, film.title))["keywords"])
        for film in (one, other)
    )
    require(bool(first & second), "no keyword in common")
    return Question(sorted(first & second), "names", {"one": one.title, "other": other.title})


PROGRAMS: Mapping[str, Program] = {
    program.__name__: program
    for program in (
        director_detail,
        greatest_film,
        first_film,
        profit,
        character,
        actors_other_role,
        actors_id,
        oldest_actor,
        shared_actors,
        shared_genres,
        same_director,
        films_directed,
        film_together,
        makers_best_film,
        title_abroad,
        translated,
        made_where,
        shared_keywords,
    )
}
