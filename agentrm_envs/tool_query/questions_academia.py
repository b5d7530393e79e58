"""The questions of the academia application."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from typing import Any

from agentrm_envs.tool_query.academia import AUTHORS, PAPERS
from agentrm_envs.tool_query.network import network
from agentrm_envs.tool_query.programs import Asker, Program, Question, best, require

_FEW = 6
"""Nodes that a question may make one look at, each with a call of its own."""
_NUMBER = ("Answer with a number.", "Please give me a number.")
_LIST = ("Answer with a list ['name1', 'name2', ...].", "Please give a list ['name1', ...].")
_PAPER = ("Answer with the paper's title.", "Please give the title.")
_AUTHOR = ("Answer with the author's name.", "Please name the author.")


def init(rng: random.Random) -> dict[str, str]:
    """Nothing is known beforehand."""
    return {}


def mutual_coauthors(ask: Asker, rng: random.Random) -> Question:
    one, other = _pair(rng)
    _load(ask, AUTHORS)
    both = sorted(set(_coauthors(ask, one)) & set(_coauthors(ask, other)))
    require(bool(both), "nobody in common")
    if rng.random() < 0.5:
        goal = rng.choice(
            (
                f"How many coauthors do {one} and {other} have in common?",
                f"How many people have written papers with {one} and also with {other}?",
            )
        )
        return Question(f"{goal} {rng.choice(_NUMBER)}", len(both))
    goal = f"Who has collaborated both with {one} and with {other}?"
    return Question(f"{goal} {rng.choice(_LIST)}", both)


def citations_together(ask: Asker, rng: random.Random) -> Question:
    one, other, titles = _joint_papers(ask, rng, least=1)
    total = sum(_paper(ask, title)["n_citation"] for title in titles)
    goal = rng.choice(
        (
            f"How many citations do the papers by {one} and {other} together have?",
            f"Add up the citations of all papers that {one} wrote with {other}.",
        )
    )
    return Question(f"{goal} {rng.choice(_NUMBER)}", total)


def best_paper_together(ask: Asker, rng: random.Random) -> Question:
    one, other, titles = _joint_papers(ask, rng, least=2)
    told = {title: _paper(ask, title) for title in titles}
    if rng.random() < 0.6:
        goal = f"Which paper that {one} wrote with {other} is cited most often?"
        answer = best({title: paper["n_citation"] for title, paper in told.items()})
    else:
        goal = f"Which is the earliest paper that {one} and {other} wrote together?"
        answer = best({title: paper["year"] for title, paper in told.items()}, smallest=True)
    return Question(f"{goal} {rng.choice(_PAPER)}", answer)


def others_on_best_paper(ask: Asker, rng: random.Random) -> Question:
    one, other, titles = _joint_papers(ask, rng, least=2)
    told = {title: _paper(ask, title) for title in titles}
    title = best({title: paper["n_citation"] for title, paper in told.items()})
    rest = sorted(set(told[title]["authors"]) - {one, other})
    require(bool(rest), "nobody else")
    goal = f"Who else wrote the most cited paper by {one} and {other}?"
    return Question(f"{goal} {rng.choice(_LIST)}", rest)


def papers_organizations(ask: Asker, rng: random.Random) -> Question:
    title = _any_paper(rng)
    _load(ask, PAPERS)
    authors = _paper(ask, title)["authors"]
    require(2 <= len(authors) <= _FEW, "too few authors, or too many")
    _load(ask, AUTHORS)
    homes = {_home(ask, name) for name in authors}
    if rng.random() < 0.3:
        goal = f"From how many different organizations are the authors of '{title}'?"
        return Question(f"{goal} {rng.choice(_NUMBER)}", len(homes))
    goal = rng.choice(
        (
            f"Which organizations were involved in the paper '{title}'?",
            f"Where do the authors of '{title}' work? Name every organization once.",
        )
    )
    return Question(f"{goal} {rng.choice(_LIST)}", sorted(homes))


def first_authors_home(ask: Asker, rng: random.Random) -> Question:
    title, last = _any_paper(rng), rng.random() < 0.4
    _load(ask, PAPERS)
    authors = _paper(ask, title)["authors"]
    require(len(authors) > 1, "a single author")
    _load(ask, AUTHORS)
    home = _home(ask, authors[-1 if last else 0])
    goal = f"At which organization is the {'last' if last else 'first'} author of '{title}'?"
    return Question(f"{goal} Answer with the organization's name.", home)


def coauthors_elsewhere(ask: Asker, rng: random.Random) -> Question:
    name = _author(rng)
    _load(ask, AUTHORS)
    coauthors = _coauthors(ask, name)
    require(2 <= len(coauthors) <= _FEW, "too few coauthors, or too many")
    home = _home(ask, name)
    away = sorted(other for other in coauthors if _home(ask, other) != home)
    require(0 < len(away) < len(coauthors), "all of them or nobody")
    if rng.random() < 0.4:
        goal = f"How many of {name}'s coauthors work at another organization than {name}?"
        return Question(f"{goal} {rng.choice(_NUMBER)}", len(away))
    goal = f"Which of {name}'s coauthors work at another organization than {name}?"
    return Question(f"{goal} {rng.choice(_LIST)}", away)


def closest_coauthor(ask: Asker, rng: random.Random) -> Question:
    name = _author(rng)
    _load(ask, AUTHORS)
    coauthors = _coauthors(ask, name)
    require(2 <= len(coauthors) <= _FEW, "too few coauthors, or too many")
    papers = {other: len(_together(ask, name, other)) for other in coauthors}
    goal = rng.choice(
        (
            f"With whom has {name} written the most papers?",
            f"Who is {name}'s most frequent coauthor?",
        )
    )
    return Question(f"{goal} {rng.choice(_AUTHOR)}", best(papers))


def paper_fact(ask: Asker, rng: random.Random) -> Question:
    title = _any_paper(rng)
    _load(ask, PAPERS)
    told = _paper(ask, title)
    field, asked = rng.choice(
        (
            ("year", f"In which year was '{title}' published? Answer with a number."),
            ("venue", f"Where was '{title}' published? Answer with the venue's name."),
            ("n_citation", f"How often has '{title}' been cited? Answer with a number."),
            ("keywords", f"What are the keywords of '{title}'? {rng.choice(_LIST)}"),
        )
    )
    return Question(asked, told[field])


def more_cited_paper(ask: Asker, rng: random.Random) -> Question:
    titles = rng.sample(sorted(network().papers), rng.choice((2, 3)))
    _load(ask, PAPERS)
    cited = {title: _paper(ask, title)["n_citation"] for title in titles}
    goal = f"Which paper has more citations than the other{'s' if len(titles) > 2 else ''}: "
    goal += f"{', '.join(map(_quoted, titles[:-1]))} or {_quoted(titles[-1])}?"
    return Question(f"{goal} {rng.choice(_PAPER)}", best(cited))


def best_reference(ask: Asker, rng: random.Random) -> Question:
    title = _any_paper(rng)
    _load(ask, PAPERS)
    references = ask("neighbourCheck", graph=PAPERS, node=title)
    require(2 <= len(references) <= _FEW, "too few references, or too many")
    told = {each: _paper(ask, each) for each in references}
    form = rng.randrange(3)
    if form == 0:
        goal = f"Which of the papers that '{title}' cites has the most citations?"
        answer = best({each: paper["n_citation"] for each, paper in told.items()})
        return Question(f"{goal} {rng.choice(_PAPER)}", answer)
    if form == 1:
        goal = f"Which is the oldest of the papers cited by '{title}'?"
        answer = best({each: paper["year"] for each, paper in told.items()}, smallest=True)
        return Question(f"{goal} {rng.choice(_PAPER)}", answer)
    journals = sum(paper["doc_type"] == "Journal" for paper in told.values())
    require(0 < journals < len(told), "all of them or none")
    goal = f"How many of the papers that '{title}' cites appeared in a journal?"
    return Question(f"{goal} {rng.choice(_NUMBER)}", journals)


def shared_keywords(ask: Asker, rng: random.Random) -> Question:
    one, other = rng.sample(sorted(network().papers), 2)
    _load(ask, PAPERS)
    both = sorted(set(_paper(ask, one)["keywords"]) & set(_paper(ask, other)["keywords"]))
    require(bool(both), "no keyword in common")
    goal = f"Which keywords do '{one}' and '{other}' have in common?"
    return Question(f"{goal} {rng.choice(_LIST)}", both)


def best_connected_author(ask: Asker, rng: random.Random) -> Question:
    title = _any_paper(rng)
    _load(ask, PAPERS)
    authors = _paper(ask, title)["authors"]
    require(2 <= len(authors) <= _FEW, "too few authors, or too many")
    _load(ask, AUTHORS)
    known = {name: len(_coauthors(ask, name)) for name in authors}
    goal = f"Which author of '{title}' has collaborated with the most people?"
    return Question(f"{goal} {rng.choice(_AUTHOR)}", best(known))


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


def _joint_papers(ask: Asker, rng: random.Random, *, least: int) -> tuple[str, str, Sequence[str]]:
    one, other = _pair(rng)
    require(least <= len(network().together[one][other]) <= _FEW, "too few papers, or too many")
    _load(ask, AUTHORS)
    titles = _together(ask, one, other)
    _load(ask, PAPERS)
    return one, other, titles


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


def _quoted(title: str) -> str:
    return f"'{title}'"
