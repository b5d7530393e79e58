"""The questions of the academia application."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from typing import Any

from agentrm_envs.tool_query.academia import AUTHORS, PAPERS
from agentrm_envs.tool_query.network import network
from agentrm_envs.tool_query.programs import Asker, Program, Question, best, require
from agentrm_envs.tool_query.wording import either

_FEW = 6
"""Nodes that a question may make one look at, each with a call of its own."""


def init(rng: random.Random) -> dict[str, str]:
    """Nothing is known beforehand."""
    return {}


def mutual_coauthors(ask: Asker, rng: random.Random) -> Question:
    one, other = _pair(rng)
    _load(ask, AUTHORS)
    both = sorted(set(_coauthors(ask, one)) & set(_coauthors(ask, other)))
    require(bool(both), "nobody in common")
    slots = {"one": one, "other": other}
    if rng.random() < 0.5:
        return Question(len(both), "number", slots, "count")
    return Question(both, "names", slots, "names")


def citations_together(ask: Asker, rng: random.Random) -> Question:
    one, other, told = _joint_papers(ask, rng, least=1)
    total = sum(paper["n_citation"] for paper in told.values())
    return Question(total, "number", {"one": one, "other": other})


def best_paper_together(ask: Asker, rng: random.Random) -> Question:
    one, other, told = _joint_papers(ask, rng, least=2)
    slots = {"one": one, "other": other}
    if rng.random() < 0.6:
        return Question(_most_cited(told), "title", slots, "cited")
    return Question(_earliest(told), "title", slots, "earliest")


def others_on_best_paper(ask: Asker, rng: random.Random) -> Question:
    one, other, told = _joint_papers(ask, rng, least=2)
    rest = sorted(set(told[_most_cited(told)]["authors"]) - {one, other})
    require(bool(rest), "nobody else")
    return Question(rest, "names", {"one": one, "other": other})


def papers_organizations(ask: Asker, rng: random.Random) -> Question:
    title = _any_paper(rng)
    authors = _authors(ask, title)
    _load(ask, AUTHORS)
    homes = {_home(ask, name) for name in authors}
    if rng.random() < 0.3:
        return Question(len(homes), "number", {"paper": title}, "count")
    return Question(sorted(homes), "names", {"paper": title}, "names")


def first_authors_home(ask: Asker, rng: random.Random) -> Question:
    title, last = _any_paper(rng), rng.random() < 0.4
    authors = _authors(ask, title)
    _load(ask, AUTHORS)
    home = _home(ask, authors[-1 if last else 0])
    slots = {"paper": title, "word": "last" if last else "first"}
    return Question(home, "organization", slots)


def coauthors_elsewhere(ask: Asker, rng: random.Random) -> Question:
    name = _author(rng)
    _load(ask, AUTHORS)
    coauthors = _coauthors(ask, name)
    require(2 <= len(coauthors) <= _FEW, "too few coauthors, or too many")
    home = _home(ask, name)
    away = sorted(other for other in coauthors if _home(ask, other) != home)
    require(0 < len(away) < len(coauthors), "all of them or nobody")
    if rng.random() < 0.4:
        return Question(len(away), "number", {"author": name}, "count")
    return Question(away, "names", {"author": name}, "names")


def closest_coauthor(ask: Asker, rng: random.Random) -> Question:
    name = _author(rng)
    _load(ask, AUTHORS)
    coauthors = _coauthors(ask, name)
    require(2 <= len(coauthors) <= _FEW, "too few coauthors, or too many")
    papers = {other: len(_together(ask, name, other)) for other in coauthors}
    return Question(best(papers), "person", {"author": name})


def paper_fact(ask: Asker, rng: random.Random) -> Question:
    title = _any_paper(rng)
    _load(ask, PAPERS)
    told = _paper(ask, title)
    forms = {"year": "number", "venue": "venue", "n_citation": "number", "keywords": "names"}
    field = rng.choice(sorted(forms))
    return Question(told[field], forms[field], {"paper": title}, field)


def more_cited_paper(ask: Asker, rng: random.Random) -> Question:
    titles = rng.sample(sorted(network().papers), rng.choice((2, 3)))
    _load(ask, PAPERS)
    told = {title: _paper(ask, title) for title in titles}
    return Question(_most_cited(told), "title", {"papers": either(titles, quoted=True)})


def best_reference(ask: Asker, rng: random.Random) -> Question:
    title = _any_paper(rng)
    _load(ask, PAPERS)
    references = ask("neighbourCheck", graph=PAPERS, node=title)
    require(2 <= len(references) <= _FEW, "too few references, or too many")
    told = {each: _paper(ask, each) for each in references}
    what, slots = rng.choice(("cited", "oldest", "journals")), {"paper": title}
    if what == "cited":
        return Question(_most_cited(told), "title", slots, what)
    if what == "oldest":
        return Question(_earliest(told), "title", slots, what)
    journals = sum(paper["doc_type"] == "Journal" for paper in told.values())
    require(0 < journals < len(told), "all of them or none")
    return Question(journals, "number", slots, what)


def shared_keywords(ask: Asker, rng: random.Random) -> Question:
    one, other = rng.sample(sorted(network().papers), 2)
    _load(ask, PAPERS)
    both = sorted(set(_paper(ask, one)["keywords"]) & set(_paper(ask, other)["keywords"]))
    require(bool(both), "no keyword in common")
    return Question(both, "names", {"one": one, "other": other})


def best_connected_author(ask: Asker, rng: random.Random) -> Question:
    title = _any_paper(rng)
    authors = _authors(ask, title)
    _load(ask, AUTHORS)
    known = {name: len(_coauthors(ask, name)) for name in authors}
    return Question(best(known), "person", {"paper": title})


PROGRAMS: Mapping[str, Program] = {
    program.__name__: program
    for program in (
        mutual_coauthors,
        citations_together,
        best_paper_together,
        others_on_best_paper,
        papers_organizations,
        first_authors_home,
        coauthors_elsewhere,
        closest_coauthor,
        paper_fact,
        more_cited_paper,
        best_reference,
        shared_keywords,
        best_connected_author,
    )
}


def _any_paper(rng: random.Random) -> str:
    return rng.choice(sorted(network().papers))


def _author(rng: random.Random) -> str:
    return rng.choice(sorted(network().organizations))


def _pair(rng: random.Random) -> tuple[str, str]:
    """Two authors who have written together."""
    one = _author(rng)
    known = sorted(network().together[one])
    require(bool(known), "no coauthors")
    return one, rng.choice(known)


def _joint_papers(
    ask: Asker, rng: random.Random, *, least: int
) -> tuple[str, str, dict[str, dict[str, Any]]]:
    """Two authors, and what is told about each of their joint papers, by title."""
    one, other = _pair(rng)
    require(least <= len(network().together[one][other]) <= _FEW, "too few papers, or too many")
    _load(ask, AUTHORS)
    titles = _together(ask, one, other)
    _load(ask, PAPERS)
    return one, other, {title: _paper(ask, title) for title in titles}


def _authors(ask: Asker, title: str) -> Sequence[str]:
    _load(ask, PAPERS)
    authors: list[str] = _paper(ask, title)["authors"]
    require(2 <= len(authors) <= _FEW, "too few authors, or too many")
    return authors


def _most_cited(told: Mapping[str, Mapping[str, Any]]) -> str:
    return str(best({title: paper["n_citation"] for title, paper in told.items()}))


def _earliest(told: Mapping[str, Mapping[str, Any]]) -> str:
    return str(best({title: paper["year"] for title, paper in told.items()}, smallest=True))


def _load(ask: Asker, graph: str) -> None:
    ask(f"load{graph}", key=False)


def _coauthors(ask: Asker, name: str) -> list[str]:
    found: list[str] = ask("neighbourCheck", graph=AUTHORS, node=name)
    return found


def _together(ask: Asker, one: str, other: str) -> list[str]:
    titles: list[str] = ask("authorEdgeCheck", node1=one, node2=other)["collaborative_papers"]
    return titles


def _paper(ask: Asker, title: str) -> dict[str, Any]:
    told: dict[str, Any] = ask("paperNodeCheck", node=title)
    return told


def _home(ask: Asker, name: str) -> str:
    return str(ask("authorNodeCheck", node=name)["org"])
