"""The invented papers and authors of the academia application."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import combinations

from agentrm_envs.tool_query.invention import Inventor, words

SEED = "agentrm papers 1"
GROUPS, MEMBERS = 40, 7
"""Research groups, and authors in each: papers are mostly written within a group."""
PAPERS = 420
YEARS = range(2008, 2024)


@dataclass(frozen=True, slots=True)
class Paper:
    title: str
    authors: tuple[str, ...]
    year: int
    venue: str
    citations: int
    keywords: tuple[str, ...]
    journal: bool
    cites: tuple[str, ...]
    """Titles of older papers."""


class Network:
    """Papers that cite each other, and authors who write together."""

    def __init__(self, papers: Sequence[Paper], organizations: Mapping[str, str]) -> None:
        self.papers = {paper.title: paper for paper in papers}
        self.organizations = dict(organizations)
        """By author."""
        self.together: dict[str, dict[str, list[str]]] = {name: {} for name in organizations}
        """By author and coauthor, the papers of both."""
        for paper in papers:
            for one, other in combinations(paper.authors, 2):
                self.together[one].setdefault(other, []).append(paper.title)
                self.together[other].setdefault(one, []).append(paper.title)


@cache
def network() -> Network:
    """The one network, drawn from a seed when it is first asked for."""
    rng = random.Random(SEED)
    inventor = Inventor(rng)
    groups = [[inventor.person() for _ in range(MEMBERS)] for _ in range(GROUPS)]
    organizations: dict[str, str] = {}
    for group in groups:
        home = rng.choice(words()["organizations"])
        for name in group:
            away = rng.random() < 0.35
            organizations[name] = rng.choice(words()["organizations"]) if away else home
    papers: list[Paper] = []
    for year in sorted(rng.choices(YEARS, k=PAPERS)):
        papers.append(_paper(rng, inventor, year, groups, papers))
    return Network(papers, organizations)


def _paper(
    rng: random.Random,
    inventor: Inventor,
    year: int,
    groups: Sequence[Sequence[str]],
    older: Sequence[Paper],
) -> Paper:
    authors = rng.sample(rng.choice(groups), rng.randint(1, 4))
    if rng.random() < 0.2:
        guest = rng.choice(rng.choice(groups))
        authors += [guest] if guest not in authors else []
    venue = rng.choice(words()["venues"])
    return Paper(
        title=inventor.unique(lambda: _title(rng)),
        authors=tuple(authors),
        year=year,
        venue=venue,
        citations=int(rng.paretovariate(0.9) * rng.randint(1, 12)) % 997,
        keywords=tuple(rng.sample(words()["topics"], rng.randint(2, 4))),
        journal=venue.startswith(("Journal", "Transactions", "Letters")),
        cites=tuple(paper.title for paper in rng.sample(older, min(len(older), rng.randint(0, 4)))),
    )


def _title(rng: random.Random) -> str:
    method, problem = rng.choice(words()["methods"]), rng.choice(words()["problems"])
    setting = f" {rng.choice(words()['settings'])}" if rng.random() < 0.5 else ""
    return f"{method} for {problem}{setting}"
