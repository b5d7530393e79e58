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
    either,
    everyone,
    film_id,
    with_job,
)
from agentrm_envs.tool_query.programs import Asker, Program, Question, best, only, require

_ALL_OF_THEM = 10
"""A list that long may have been cut off, so nothing is asked about all of it."""
_TITLE = ("Answer with the film's name.", "Please name the film.")
_NAME = ("Answer with the name.", "Please answer with the person's name.")
_LIST = ("Answer with a list ['name1', 'name2', ...].", "Please give a list ['name1', ...].")
_NUMBER = ("Answer with a number.", "Please give a number.")
_YES = ("Answer Yes or No.", "Please answer with Yes or No.")
_COUNTRIES = {"KR": "South Korea", "ES": "Spain", "IT": "Italy", "SE": "Sweden"}
_LANGUAGES = {"DE": "German", "NL": "Dutch", "CN": "Chinese"}


def init(rng: random.Random) -> dict[str, str]:
    """Nothing is known beforehand."""
    return {}


def director_detail(ask: Asker, rng: random.Random) -> Question:
    title = any_film(rng).title
    director = only(with_job(ask, title, "Director"))
    told = ask("get_person_details", person_id=str(director["id"]))
    if rng.random() < 0.5:
        goal = rng.choice(
            (
                f"Where was the director of '{title}' born?",
                f"What is the birthplace of the person who directed '{title}'?",
            )
        )
        return Question(f"{goal} Answer with the birthplace.", told["place_of_birth"])
    goal = f"On which day was the director of '{title}' born?"
    return Question(f"{goal} Answer in the form YYYY-MM-DD.", told["birthday"])


def greatest_film(ask: Asker, rng: random.Random) -> Question:
    titles = [film.title for film in any_films(rng, rng.choice((2, 2, 3)))]
    field, words = rng.choice(
        (
            ("revenue", "earned the most"),
            ("vote_average", "has the highest rating"),
            ("budget", "had the largest budget"),
        )
    )
    values = {title: details(ask, title)[field] for title in titles}
    goal = f"Which of these films {words}: {either(titles)}?"
    return Question(f"{goal} {rng.choice(_TITLE)}", best(values))


def first_film(ask: Asker, rng: random.Random) -> Question:
    titles, early = [film.title for film in any_films(rng, rng.choice((2, 3)))], rng.random() < 0.5
    days = {title: details(ask, title)["release_date"] for title in titles}
    word = "first" if early else "last"
    goal = rng.choice(
        (
            f"Which film was released {word}, {either(titles)}?",
            f"{either(titles)}: which of them came out {word}?",
        )
    )
    return Question(f"{goal} {rng.choice(_TITLE)}", best(days, smallest=early))


def profit(ask: Asker, rng: random.Random) -> Question:
    title = any_film(rng).title
    told = details(ask, title)
    gain = told["revenue"] - told["budget"]
    goal = (
        f"By how much did the revenue of '{title}' exceed its budget?"
        if gain > 0
        else f"How much more did '{title}' cost than it brought in?"
    )
    return Question(f"{goal} {rng.choice(_NUMBER)}", abs(gain))


def character(ask: Asker, rng: random.Random) -> Question:
    film = any_film(rng)
    actor = actors_of(film)[0].name
    role = only([each for each in cast_of(ask, film.title) if each["name"] == actor])
    goal = rng.choice(
        (
            f"Which character did {actor} play in '{film.title}'?",
            f"What is the role of {actor} in '{film.title}' called?",
        )
    )
    return Question(f"{goal} Answer with the character's name.", role["character"])


def actors_other_role(ask: Asker, rng: random.Random) -> Question:
    film = any_film(rng)
    role = rng.choice(film.cast)
    actor = only([each for each in cast_of(ask, film.title) if each["character"] == role.what])
    parts = ask("get_person_cast", key=False, person_id=str(actor["id"]))["cast"]
    require(len(parts) < _ALL_OF_THEM, "the list may be cut off")
    others = [part for part in parts if part["id"] != film.id]
    require(bool(others), "no other film")
    other = rng.choice(others)
    goal = (
        f"The actor who played {role.what} in '{film.title}' also appears in '{other['title']}'. "
        "As which character?"
    )
    return Question(f"{goal} Answer with the character's name.", other["character"])


def actors_id(ask: Asker, rng: random.Random) -> Question:
    film = any_film(rng)
    role = rng.choice(film.cast)
    site, field = rng.choice((("IMDB", "imdb_id"), ("Instagram", "instagram_id")))
    actor = only([each for each in cast_of(ask, film.title) if each["character"] == role.what])
    told = ask("get_person_external_ids", person_id=str(actor["id"]))
    goal = rng.choice(
        (
            f"What is the {site} id of the actor who plays {role.what} in '{film.title}'?",
            f"I liked {role.what} in '{film.title}'. Give me the actor's {site} id.",
        )
    )
    return Question(f"{goal} Answer with the id.", told[field])


def oldest_actor(ask: Asker, rng: random.Random) -> Question:
    film, old = any_film(rng), rng.random() < 0.5
    cast = cast_of(ask, film.title)
    require(len(cast) <= 4, "many calls")
    days = {
        each["name"]: ask("get_person_details", person_id=str(each["id"]))["birthday"]
        for each in cast
    }
    goal = f"Who is the {'oldest' if old else 'youngest'} member of the cast of '{film.title}'?"
    return Question(f"{goal} {rng.choice(_NAME)}", best(days, smallest=old))


def shared_actors(ask: Asker, rng: random.Random) -> Question:
    one = any_film(rng)
    other = another_film(rng, one, lambda film: {role.person for role in film.cast})
    casts = [{each["name"] for each in cast_of(ask, film.title)} for film in (one, other)]
    both = sorted(casts[0] & casts[1])
    require(bool(both), "nobody in both")
    goal = f"Who acted in both '{one.title}' and '{other.title}'?"
    return Question(f"{goal} {rng.choice(_LIST)}", both)


def shared_genres(ask: Asker, rng: random.Random) -> Question:
    one = any_film(rng)
    other = another_film(rng, one, lambda film: set(film.genres))
    found = [{each["name"] for each in details(ask, film.title)["genres"]} for film in (one, other)]
    both = sorted(found[0] & found[1])
    require(bool(both), "no genre in common")
    goal = f"Which genres do '{one.title}' and '{other.title}' have in common?"
    return Question(f"{goal} {rng.choice(_LIST)}", both)


def same_director(ask: Asker, rng: random.Random) -> Question:
    one = any_film(rng)
    other = any_film(rng)
    if rng.random() < 0.5:
        other = another_film(rng, one, lambda film: {film.crew[0].person})
    require(one.id != other.id, "the same film")
    directors = [only(with_job(ask, film.title, "Director"))["id"] for film in (one, other)]
    goal = f"Did the same person direct '{one.title}' and '{other.title}'?"
    answer = "Yes" if directors[0] == directors[1] else "No"
    return Question(f"{goal} {rng.choice(_YES)}", answer)


def films_directed(ask: Asker, rng: random.Random) -> Question:
    title = any_film(rng).title
    director = only(with_job(ask, title, "Director"))
    jobs = ask("get_person_crew", person_id=str(director["id"]))["crew"]
    require(len(jobs) < _ALL_OF_THEM, "the list may be cut off")
    count = sum(job["job"] == "Director" for job in jobs)
    goal = rng.choice(
        (
            f"How many films did the director of '{title}' direct?",
            f"Count the films directed by the person who directed '{title}'.",
        )
    )
    return Question(f"{goal} {rng.choice(_NUMBER)}", count)


def film_together(ask: Asker, rng: random.Random) -> Question:
    one, other = actors_of(any_film(rng))[:2]
    parts = []
    for person in (one, other):
        found = ask("get_search_person", person_name=person.name)[0]
        parts.append(ask("get_person_cast", person_id=str(found["id"]))["cast"])
        require(len(parts[-1]) < _ALL_OF_THEM, "the list may be cut off")
    titles = [{part["title"] for part in each} for each in parts]
    goal = f"In which film did {one.name} and {other.name} act together?"
    return Question(f"{goal} {rng.choice(_TITLE)}", only(sorted(titles[0] & titles[1])))


def makers_best_film(ask: Asker, rng: random.Random) -> Question:
    maker = rng.choice([each for each in everyone() if each.known_for == "Directing"])
    found = ask("get_search_person", person_name=maker.name)[0]
    jobs = ask("get_person_crew", person_id=str(found["id"]))["crew"]
    directed = [job for job in jobs if job["job"] == "Director"]
    require(len(jobs) < _ALL_OF_THEM and 2 <= len(directed) <= 5, "too many films, or too few")
    details = [ask("get_movie_details", movie_id=str(job["id"])) for job in directed]
    if rng.random() < 0.5:
        goal = f"Which of the films that {maker.name} directed has the highest rating?"
        best_title = best({each["title"]: each["vote_average"] for each in details})
        return Question(f"{goal} {rng.choice(_TITLE)}", best_title)
    goal = f"How much did the films that {maker.name} directed earn altogether?"
    return Question(f"{goal} {rng.choice(_NUMBER)}", sum(each["revenue"] for each in details))


def title_abroad(ask: Asker, rng: random.Random) -> Question:
    film = any_film(rng)
    told = ask("get_movie_alternative_titles", movie_id=film_id(ask, film.title))["titles"]
    title = rng.choice(told)
    country = _COUNTRIES[title["iso_3166_1"]]
    goal = rng.choice(
        (
            f"Under which title was '{film.title}' shown in {country}?",
            f"What is '{film.title}' called in {country}?",
        )
    )
    return Question(f"{goal} Answer with the title.", title["title"])


def translated(ask: Asker, rng: random.Random) -> Question:
    film, country = any_film(rng), rng.choice(sorted(_LANGUAGES))
    told = ask("get_movie_translation", movie_id=film_id(ask, film.title))["translations"]
    overview = only([each for each in told if each["iso_3166_1"] == country])["data"]["overview"]
    goal = f"Give me the {_LANGUAGES[country]} overview of '{film.title}', word for word."
    return Question(f"{goal} Answer with the text.", overview)


def made_where(ask: Asker, rng: random.Random) -> Question:
    film = any_film(rng)
    number = film_id(ask, film.title)
    if rng.random() < 0.5:
        told = ask("get_movie_production_companies", movie_id=number)["production_companies"]
        goal = f"Which companies produced '{film.title}'?"
    else:
        told = ask("get_movie_production_countries", movie_id=number)["production_countries"]
        goal = f"In which countries was '{film.title}' produced?"
    return Question(f"{goal} {rng.choice(_LIST)}", sorted(each["name"] for each in told))


def shared_keywords(ask: Asker, rng: random.Random) -> Question:
    one = any_film(rng)
    other = another_film(rng, one, lambda film: set(film.keywords))
    found = []
    for film in (one, other):
        told = ask("get_movie_keywords", movie_id=film_id(ask, film.title))["keywords"]
        found.append(set(told))
    both = sorted(found[0] & found[1])
    require(bool(both), "no keyword in common")
    goal = f"Which keywords do '{one.title}' and '{other.title}' share?"
    return Question(f"{goal} {rng.choice(_LIST)}", both)


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
