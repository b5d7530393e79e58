"""How AgentBoard tells a page as text."""

from __future__ import annotations

from dataclasses import replace

from agentrm_envs.webshop.pages import Page


def told(page: Page) -> str:
    """A page in AgentBoard's words; the instruction is not repeated on it."""
    marks = {"button": "\n[{}] ", "link": "\n[{}] ", "option": "[{}]", "text": "\n{} "}
    marked = (
        ("[[{}]]" if piece.clicked else marks[piece.kind]).format(piece.text)
        for piece in page
        if is_seen(piece.text) and piece.text != "Instruction:"
    )
    return "".join(marked)


def indented(page: Page) -> Page:
    """The last text as it stands in AgentBoard's template of attributes: on a line of its own."""
    return [*page[:-1], replace(page[-1], text=f"\n{' ' * 28}{page[-1].text}")]


def is_seen(text: str) -> bool:
    """Whether AgentBoard shows a text: blanks are spaces and ends of line to it, however told."""
    return bool(text.replace("\n", "").replace("\\n", "").replace(" ", ""))


def latin(text: str) -> str:
    """Without what is outside Latin-1, which AgentBoard leaves out of pages."""
    return text.encode("latin-1", errors="ignore").decode("latin-1")
