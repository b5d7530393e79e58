"""The invented films and people of the movie application."""

from __future__ import annotations

import datetime
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from typing import TypeVar

from agentrm_envs.tool_query.invention import Inventor, words
from agentrm_envs.tool_query.places import fold, places

Found = TypeVar("Found")

SEED = "agentrm films 1"
FILMS, ACTORS, MAKERS = 300, 170, 180
COUNTRIES = {
    "US": "United States of America",
    "GB": "United Kingdom",
    "FR": "France",
    "JP": "Japan",
    "CN": "China",
    "IN": "India",
    "DE": "Germany",
    "NL": "Netherlands",
}
GENRES = {
    28: "Action",
    12: "Adventure",
    35: "Comedy",
    80: "Crime",
    18: "Drama",
    14: "Fantasy",
    27: "Horror",
    9648: "Mystery",
    10749: "Romance",
    878: "Science Fiction",
    53: "Thriller",
}
"""TMDB's numbers and names."""
_ALTERNATIVES = ("KR", "ES", "IT", "SE")


@dataclass(frozen=True, slots=True)
class Person:
    id: int
    name: str
    birthday: str
    birthplace: str
    known_for: str
    imdb_id: str
    handle: str


@dataclass(frozen=True, slots=True)
class Role:
    """A person's part in a film: a character, or a job."""

    film: int
    person: int
    what: str


@dataclass(frozen=True, slots=True)
class Film:
    id: int
    title: str
    overviews: Mapping[str, str]
    """By country code."""
    budget: int
    revenue: int
    vote: float
    released: str
    runtime: int
    genres: tuple[int, ...]
    companies: tuple[int, ...]
    countries: tuple[str, ...]
    keywords: tuple[str, ...]
    cast: tuple[Role, ...]
    crew: tuple[Role, ...]
    alternatives: tuple[tuple[str, str], ...]
    """Country codes with the title there."""
    imdb_id: str


class Catalogue:
    """All films and people, with the ways to find them."""

    def __init__(self, films: Sequence[Film], people: Sequence[Person]) -> None:
        self.films = {film.id: film for film in films}
        self.people = {person.id: person for person in people}

    def film(self, key: str) -> Film | None:
        """By number, or by IMDB id as TMDB also allows."""
        return self.films.get(int(key)) if key.isdecimal() else self._by_imdb.get(key)

    def person(self, key: str) -> Person | None:
        return self.people.get(int(key)) if key.isdecimal() else None

    def search_film(self, title: str) -> Film | None:
        """The film of that title, or the first with all of its words."""
        return _best(self._titles, title)

    def search_person(self, name: str) -> Person | None:
        return _best(self._names, name)

    @cached_property
    def parts(self) -> dict[int, list[Role]]:
        """What each person played, by the person's number."""
        return self._roles("cast")

    @cached_property
    def jobs(self) -> dict[int, list[Role]]:
        return self._roles("crew")

    def _roles(self, kind: str) -> dict[int, list[Role]]:
        roles: dict[int, list[Role]] = {number: [] for number in self.people}
        for film in self.films.values():
            for role in film.cast if kind == "cast" else film.crew:
                roles[role.person].append(role)
        return roles

    @cached_property
    def _titles(self) -> dict[str, Film]:
        return {fold(film.title): film for film in self.films.values()}

    @cached_property
    def _names(self) -> dict[str, Person]:
        return {fold(person.name): person for person in self.people.values()}

    @cached_property
    def _by_imdb(self) -> dict[str, Film]:
        return {film.imdb_id: film for film in self.films.values()}


def _best(known: Mapping[str, Found], wanted: str) -> Found | None:
    """What is known by that name, or else the first whose name has all the words wanted."""
    folded = fold(wanted)
    if folded in known or not folded:
        return known.get(folded)
    words = set(folded.split())
    return next((found for name, found in known.items() if words <= set(name.split())), None)


@cache
def catalogue() -> Catalogue:
    """The one catalogue, drawn from a seed when it is first asked for (20 ms)."""
    rng = random.Random(SEED)
    inventor = Inventor(rng)
    people = [_person(rng, inventor, number) for number in range(ACTORS + MAKERS)]
    films = [_film(rng, inventor, number, people) for number in range(FILMS)]
    return Catalogue(films, people)


def _person(rng: random.Random, inventor: Inventor, number: int) -> Person:
    name = inventor.person()
    born = datetime.date(1940, 1, 1) + datetime.timedelta(days=rng.randrange(60 * 365))
    place = rng.choice(places())
    return Person(
        id=3001 + number * 7 + rng.randrange(7),
        name=name,
        birthday=born.isoformat(),
        birthplace=f"{place.name}, {place.country_code}",
        known_for="Acting" if number < ACTORS else "Directing",
        imdb_id=f"nm9{rng.randrange(10**6):06}",
        handle=fold(name).replace(" ", rng.choice(("", "_", "."))),
    )


def _film(rng: random.Random, inventor: Inventor, number: int, people: Sequence[Person]) -> Film:
    film = 20_011 + number * 13 + rng.randrange(13)
    title = inventor.title()
    budget = rng.randrange(20, 1800) * 100_000
    released = datetime.date(1975, 1, 1) + datetime.timedelta(days=rng.randrange(48 * 365))
    actors = rng.sample(people[:ACTORS], rng.randint(3, 5))
    cast = tuple(Role(film, actor.id, inventor.character()) for actor in actors)
    makers = rng.sample(people[ACTORS:], 3)
    jobs = ["Director", "Producer", "Writer"]
    crew = [Role(film, maker.id, job) for maker, job in zip(makers, jobs, strict=True)]
    if rng.random() < 0.3:
        crew.append(Role(film, makers[0].id, "Writer"))
    crew.append(Role(film, rng.choice(people[ACTORS:]).id, "Original Music Composer"))
    elsewhere = rng.sample(_ALTERNATIVES, rng.randint(1, 2))
    return Film(
        id=film,
        title=title,
        overviews=inventor.overviews(),
        budget=budget,
        revenue=int(
            budget * rng.choice((0.2, 0.5, 0.8, 1.3, 2.1, 3.4, 5.0)) * rng.uniform(0.8, 1.2)
        ),
        vote=round(rng.uniform(3.5, 9.0), 3),
        released=released.isoformat(),
        runtime=rng.randint(78, 171),
        genres=tuple(rng.sample(sorted(GENRES), rng.randint(1, 3))),
        companies=tuple(rng.sample(range(len(words()["companies"])), rng.choice((1, 1, 2)))),
        countries=tuple(rng.sample(sorted(COUNTRIES), rng.choice((1, 1, 1, 2)))),
        keywords=tuple(rng.sample(words()["keywords"], rng.randint(2, 4))),
        cast=cast,
        crew=tuple(crew),
        alternatives=tuple((country, inventor.title()) for country in elsewhere),
        imdb_id=f"tt9{rng.randrange(10**6):06}",
    )


def companies(film: Film) -> list[tuple[int, str, str]]:
    """The number, name and country of each production company."""
    codes = sorted(COUNTRIES)
    return [(501 + n, words()["companies"][n], codes[n % len(codes)]) for n in film.companies]
