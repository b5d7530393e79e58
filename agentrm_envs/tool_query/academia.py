"""The academia application: AgentBoard's nine tools on an invented network of papers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from agentrm_envs.tool_query.application import Application, with_common
from agentrm_envs.tool_query.network import Network, network
from agentrm_envs.tools.specification import (
    Arguments,
    Result,
    Tool,
    ToolFailure,
    array,
    choice,
    fields,
    plainly,
    text,
)

PAPERS, AUTHORS = "PaperNet", "AuthorNet"
_NODES = frozenset({"node", "node1", "node2"})
"""Whatever is no name of a node is only unknown."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """An episode's state: which nets have been loaded."""

    papers: bool = False
    authors: bool = False


Source = Callable[[], Network]
"""Where the papers and authors come from; asked at each call, so that importing does nothing."""


def tools(source: Source) -> tuple[Tool[Loaded], ...]:
    """The application's tools on a network."""
    return with_common(
        [
            Tool(
                "loadPaperNet",
                "Load PaperNet: papers, with an edge for each citation.",
                _load_papers,
            ),
            Tool(
                "loadAuthorNet",
                "Load AuthorNet: authors, with an edge for each two who wrote together.",
                _load_authors,
            ),
            Tool(
                "neighbourCheck",
                "List a node's neighbours: the papers that a paper cites, or an author's "
                "coauthors.",
                partial(_neighbours, source),
                {
                    "graph": choice(PAPERS, AUTHORS, description="The net."),
                    "node": text("The paper's title or the author's name."),
                },
                unchecked=_NODES,
                misfit=_no_graph,
                returns=fields(neighbors=array()),
            ),
            Tool(
                "paperNodeCheck",
                "Tell about a paper of the PaperNet.",
                partial(_paper, source),
                {"node": text("The paper's title.")},
                unchecked=_NODES,
                returns=fields(
                    authors=plainly("Its authors."),
                    year=plainly("The year of publication."),
                    venue=plainly("Where it was published."),
                    n_citation=plainly("How often it is cited."),
                    keywords=plainly("Its keywords."),
                    doc_type=plainly("Journal or Conference."),
                ),
            ),
            Tool(
                "authorNodeCheck",
                "Tell about an author of the AuthorNet.",
                partial(_author, source),
                {"node": text("The author's name.")},
                unchecked=_NODES,
                returns=fields(name=plainly("The name."), org=plainly("The organization.")),
            ),
            _edge_tool(
                source, AUTHORS, "authorEdgeCheck", papers=plainly("The papers of both authors.")
            ),
            _edge_tool(source, PAPERS, "paperEdgeCheck"),
        ]
    )


def _no_graph(arguments: Arguments) -> str:
    """Upstream looks for neighbours in the name itself where it is not one of the two."""
    graph = arguments["graph"]
    return f"AttributeError({type(graph).__name__!r} object has no attribute 'neighbors')"


def _load_papers(state: Loaded, arguments: Arguments) -> Result[Loaded]:
    return Result(replace(state, papers=True), "PaperNet is loaded.")


def _load_authors(state: Loaded, arguments: Arguments) -> Result[Loaded]:
    return Result(replace(state, authors=True), "AuthorNet is loaded.")


def _neighbours(source: Source, state: Loaded, arguments: Arguments) -> Result[Loaded]:
    graph, node = arguments["graph"], arguments["node"]
    known = _opened(source, state, graph, node)
    return Result(
        state, list(known.papers[node].cites if graph == PAPERS else known.together[node])
    )


def _paper(source: Source, state: Loaded, arguments: Arguments) -> Result[Loaded]:
    node = arguments["node"]
    paper = _opened(source, state, PAPERS, node).papers[node]
    told = {
        "authors": list(paper.authors),
        "year": paper.year,
        "venue": paper.venue,
        "n_citation": paper.citations,
        "keywords": list(paper.keywords),
        "doc_type": "Journal" if paper.journal else "Conference",
    }
    return Result(state, told)


def _author(source: Source, state: Loaded, arguments: Arguments) -> Result[Loaded]:
    node = arguments["node"]
    known = _opened(source, state, AUTHORS, node)
    return Result(state, {"name": node, "org": known.organizations[node]})


def _edge(source: Source, graph: str, state: Loaded, arguments: Arguments) -> Result[Loaded]:
    one, other = arguments["node1"], arguments["node2"]
    known = _opened(source, state, graph, one, other)
    if graph == PAPERS:
        if other in known.papers[one].cites:
            return Result(state, {})
    elif titles := known.together[one].get(other):
        return Result(state, {"collaborative_papers": list(titles)})
    raise ToolFailure(f"There is no edge between {one} and {other}.")


def _opened(source: Source, state: Loaded, graph: str, *nodes: Any) -> Network:
    """The network; answers in upstream's words where the net is not loaded or lacks a node."""
    if not (state.papers if graph == PAPERS else state.authors):
        raise ToolFailure(f"Please load the {graph} first.")
    network = source()
    known = network.papers if graph == PAPERS else network.organizations
    for node in nodes:
        try:
            hash(node)
        except TypeError as error:
            raise ToolFailure(f"TypeError({error})") from error
        if node not in known:
            raise ToolFailure(f"There is no node named {node} in the {graph}.")
    return network


def _edge_tool(source: Source, graph: str, name: str, **returned: Any) -> Tool[Loaded]:
    return Tool(
        name,
        f"Tell about the edge between two nodes of the {graph}.",
        partial(_edge, source, graph),
        {"node1": text("One node."), "node2": text("The other node.")},
        unchecked=_NODES,
        returns=fields(**returned),
    )


def _mentions(question: str) -> list[str]:
    known = network()
    return sorted(name for name in (*known.papers, *known.organizations) if name in question)


ACADEMIA: Application[Loaded] = Application(
    "academia",
    tools(network),
    lambda init: Loaded(),
    _mentions,
    aliases={"neighborCheck": "neighbourCheck"},
)
