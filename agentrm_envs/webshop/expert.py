"""The expert: a careful customer, who reads what the pages show and knows nothing else.

It searches for the words of the instruction, opens the product whose title and price fit
best, reads its features and description as long as words of the instruction are unaccounted
for, and goes back for another product while there are steps for it. It writes names as the
pages show them, which whoever learns from it can copy.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from agentrm_envs.core import TextEnv
from agentrm_envs.errors import NoPlan
from agentrm_envs.webshop.analyzer import terms
from agentrm_envs.webshop.env import WebShopEnv
from agentrm_envs.webshop.pages import Page, Piece
from agentrm_envs.webshop.visit import Place

_LIMIT = re.compile(r",? and price lower than ([0-9.]+) dollars")
_DOLLARS = re.compile(r"\$([0-9.]+)")
_FILLERS = frozenset(
    term
    for term in terms(
        "i i'm am im me my we you your he she looking look find search get buy want need would "
        "like please can could help show some any one ones something have has having should must "
        "also which who what so too very really comes come made make from under than less lower "
        "price dollars option version item product thing do does ideally kind type set "
        "prefer preferably them let us after hunting"
    )
)
"""Words that say nothing of the product."""
_PARTS = ("Features", "Description")


def plan(env: TextEnv) -> list[str]:
    """What a careful customer does from here to the purchase, at most the steps left.

    It leaves the environment in the state that it found it in.
    """
    inner = env.unwrapped
    if not isinstance(inner, WebShopEnv):
        raise TypeError(f"webshop's expert shops in a WebShopEnv, not a {type(inner).__name__}")
    if inner.protocol != "webshop":
        raise NoPlan(f"webshop's expert does not shop by the protocol {inner.protocol}")
    start = inner.snapshot()
    left = inner.max_steps - len(start.actions)
    customer = Customer(inner.instruction)
    actions: list[str] = []
    try:
        while len(actions) < left and inner.place.page != "done":
            action = customer.choose(inner.page(), inner.place, left - len(actions))
            actions.append(action)
            inner.step(action)
    finally:
        inner.restore(start)
    return actions


@dataclass(slots=True)
class Candidate:
    """A product as far as it has been looked at."""

    unseen: set[str]
    """Words of the instruction that were not found yet."""
    dear: bool
    options: list[str] = field(default_factory=list)
    """The values to choose, one an option."""
    doubtful: bool = False
    """Whether some option has no value that the instruction names."""
    read: list[str] = field(default_factory=list)

    @property
    def flaws(self) -> tuple[bool, bool, int]:
        """The fewer, the better."""
        return self.dear, self.doubtful, len(self.unseen)


class Customer:
    """One customer's wish and what they remember of the products they saw."""

    def __init__(self, instruction: str) -> None:
        limit = _LIMIT.search(instruction)
        self.limit = float(limit.group(1)) if limit else float("inf")
        self.text = _LIMIT.sub("", instruction).lower()
        self.words = [word for word in self.text.split() if set(terms(word)) - _FILLERS]
        self.wanted = set(terms(" ".join(self.words))) - _FILLERS
        self.known: dict[str, Candidate] = {}
        self.opened: set[str] = set()

    def choose(self, page: Page, place: Place, left: int) -> str:
        """The next action, with `left` steps to take, this one included."""
        if place.page == "index":
            return f"search[{_query(self.words)}]"
        if place.page == "results":
            return self._open(page)
        if place.page == "part":
            self._read(self._candidate(place), place.part, _texts(page))
            return "click[< Prev]"
        return self._judge(page, place, left)

    def _open(self, page: Page) -> str:
        """Click the product that looks best and was not opened, or the best of the opened."""
        listed = [at for at, piece in enumerate(page) if piece.kind == "link"]
        for at in listed:
            title, price = page[at + 1].text, page[at + 2].text
            self.known.setdefault(
                page[at].text,
                Candidate(self.wanted - set(terms(title)), self._too_dear(price)),
            )
        names = [page[at].text for at in listed]
        fresh = [name for name in names if name not in self.opened]
        if not names:
            return "click[Back to Search]"
        best = min(names, key=lambda name: self.known[name].flaws)
        if fresh and self.known[best].flaws > (False, False, 0):
            best = min(fresh, key=lambda name: self.known[name].flaws)
        return f"click[{best}]"

    def _judge(self, page: Page, place: Place, left: int) -> str:
        candidate = self._candidate(place)
        if place.asin not in self.opened:
            self.opened.add(place.asin)
            self._inspect(candidate, page)
        chosen = {value for _, value in place.options}
        open_options = [value for value in candidate.options if value not in chosen]
        spare = left - len(open_options) - 1
        unread = [part for part in _PARTS if part not in candidate.read]
        if not any(candidate.flaws):
            return _bought(open_options)
        hopeless = candidate.dear or candidate.doubtful
        if unread and spare >= 2 and not hopeless:
            return f"click[{unread[0]}]"
        if spare >= 2 + len(place.options):
            return "click[< Prev]"
        return _bought(open_options)

    def _inspect(self, candidate: Candidate, page: Page) -> None:
        """Read a product's page: its title, its price and what can be chosen."""
        group: list[str] = []
        for piece in [*page, Piece("text", "")]:
            if piece.kind == "option":
                group += [piece.text] if piece.text else []
            elif group:
                value = self._named(group)
                candidate.doubtful |= value is None
                candidate.options += [value] if value is not None else []
                group = []
        text = _texts(page)
        candidate.unseen -= set(terms(" ".join([text, *candidate.options])))
        candidate.dear = candidate.dear or self._too_dear(text)

    def _read(self, candidate: Candidate, part: str, text: str) -> None:
        candidate.read.append(part)
        candidate.unseen -= set(terms(text))

    def _candidate(self, place: Place) -> Candidate:
        return self.known.setdefault(place.asin, Candidate(set(self.wanted), dear=False))

    def _named(self, values: list[str]) -> str | None:
        """The longest of the values that the instruction names."""
        named = [
            value
            for value in values
            if re.search(rf"(?<![\w-]){re.escape(value)}(?![\w-])", self.text)
        ]
        return max(named, key=len, default=None)

    def _too_dear(self, text: str) -> bool:
        prices = [float(price.rstrip(".")) for price in _DOLLARS.findall(text)]
        return bool(prices) and max(prices) > self.limit


def _bought(options: list[str]) -> str:
    return f"click[{options[0]}]" if options else "click[Buy Now]"


def _texts(page: Page) -> str:
    """What a page tells of the product itself: all text but the instruction."""
    return " ".join(piece.text for piece in page[2:] if piece.kind == "text")


def _query(words: list[str]) -> str:
    return " ".join(words).translate(str.maketrans("[]", "  ")) or "anything"
