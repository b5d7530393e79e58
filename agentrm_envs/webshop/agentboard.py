"""WebShop as AgentBoard has it: three results a page, pages in its own words, and progress.

Source: hkust-nlp/AgentBoard, `agentboard/environment/webshop_env.py`, `tasks/webshop.py` and its
own copy of the shop.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Literal
from urllib.parse import quote_plus

from agentrm_envs.core import Outcome
from agentrm_envs.tools.literals import NotLiteral
from agentrm_envs.tools.python_literals import read_python_literal
from agentrm_envs.webshop import pages
from agentrm_envs.webshop.catalogue import Catalogue
from agentrm_envs.webshop.pages import Page
from agentrm_envs.webshop.product import Goal, Product
from agentrm_envs.webshop.reward import best_reward, reward
from agentrm_envs.webshop.telling import indented, is_seen, latin, told

PER_PAGE = 3
LAST_PAGE = 5
_SHOWN_TOTAL = 15
_WELCOME = "Let us begin shopping \n[Search]"
_NO_BAR = (
    "There is no [Search] button, you should click the [Back to Search] button first to search "
    "something "
)
_NOT_SHOWN = (
    "You can only click the button showed in the observation. Elements within square brackets "
    "(like [Buy Now]) indicate clickable buttons or links. The recent observation is: \n"
)
_NO_PAGE = (
    "The page number is limited to 5, please choose another action. The recent observation is: \n"
)
_NO_ACTION = (
    "Incorrect action format. Please use the correct action format following:\n"
    "Available Actions:\n\nclick[something]: Engage with specific buttons or links.\n"
    "search[something]: Seek specific data on the website. Use this only if a [Search] button "
    "appears in the observation.\n"
    "Note: If you wish to search and there is no [Search] button, click the [Back to Search] "
    "button instead. "
)


@dataclass(frozen=True, slots=True)
class Visit:
    """Where a customer is and how far they came, as a value."""

    page: Literal["init", "search", "item", "part", "end"] = "init"
    query: str = ""
    number: int = 1
    asin: str = ""
    part: str = ""
    options: tuple[tuple[str, str], ...] = ()
    listed: tuple[str, ...] = ()
    """The products of the last page of results."""
    offered: tuple[tuple[str, str], ...] = ()
    """The values of the last product with options, each with its option's name."""
    found: float = 0.0
    """The best reward that any product shown so far could bring, in [0, 1]."""
    opened: float = 0.0
    """The same for products opened."""
    bought: float = 0.0
    shown: str = ""
    """The last observation of a page: errors repeat it."""

    @property
    def progress(self) -> float:
        """AgentBoard's progress rate: a third for each of the three."""
        return self.found / 3 + self.opened / 3 + self.bought / 3


class Refused(Exception):
    """An action that cannot be taken there; the message is what is said of it."""


@dataclass(frozen=True, slots=True)
class Board:
    """The shop with one goal."""

    catalogue: Catalogue
    goal: Goal
    quirks: bool = False
    """As upstream, let a sixth page be seen; score a product that is opened by its options' last
    values, unless some choice is perfect; have no page for some searches and choices; and know
    products and options of earlier pages where the present one has none."""
    attributes: bool = False

    def begin(self) -> Visit:
        return self._shown(Visit())

    def act(self, visit: Visit, action: str) -> tuple[Visit, Outcome]:
        """What an action leads to, and what is said of it."""
        try:
            after, said = self._moved(visit, action)
        except Refused as refusal:
            return visit, Outcome(f"{refusal}{visit.shown}", visit.progress, terminated=False)
        if said == _NO_ACTION:
            return replace(after, shown=said), Outcome(said, after.progress, terminated=False)
        after = self._scored(self._shown(after, said))
        won = after.bought == 1.0
        return after, Outcome(after.shown, after.progress, after.page == "end", success=won)

    def valid_actions(self, visit: Visit) -> list[str]:
        """A search, or a click on each thing on the page."""
        if visit.page == "init":
            words = self.goal.instruction.partition(", and price lower than")[0]
            return [f"search[{words}]"]
        if visit.page == "end":
            return []
        pieces = [each for each in self._page(visit) if each.kind != "text" and is_seen(each.text)]
        return list(dict.fromkeys(f"click[{piece.text}]" for piece in pieces))

    def _moved(self, visit: Visit, action: str) -> tuple[Visit, str]:
        """The visit after an action, and what is said in place of a page, if anything."""
        if action == "reset[]":
            return self._home(visit), ""
        if action.startswith("search["):
            if visit.page != "init":
                return visit, _NO_BAR
            return replace(self._home(visit), page="search", query=action[7:-1]), ""
        if action.startswith("click["):
            return self._clicked(visit, action[6:-1])
        return visit, _NO_ACTION

    def _clicked(self, visit: Visit, button: str) -> tuple[Visit, str]:
        if button == pages.BUY:
            self._need(visit, "item")
            return replace(visit, page="end"), ""
        if button == pages.BACK:
            self._need(visit, "search", "item", "part")
            return self._home(visit), ""
        if button == pages.NEXT:
            self._need(visit, "search")
            if visit.number >= LAST_PAGE + self.quirks:
                raise Refused(_NO_PAGE)
            return replace(visit, number=visit.number + 1), ""
        if button == pages.PREVIOUS:
            return self._back(visit), ""
        if button in pages.PARTS:
            self._need(visit, "item")
            return replace(visit, page="part", part=button), ""
        if visit.page == "search":
            if button not in visit.listed:
                raise Refused(_NOT_SHOWN)
            return replace(visit, page="item", asin=button, options=()), ""
        if visit.page == "item":
            return self._chosen(visit, button), f"You have clicked {button}."
        return visit, ""

    def _back(self, visit: Visit) -> Visit:
        self._need(visit, "search", "item", "part")
        if visit.page == "part":
            return replace(visit, page="item")
        if visit.page == "item":
            return replace(visit, page="search", options=())
        if visit.number == 1:
            raise Refused(_NO_PAGE)
        return replace(visit, number=visit.number - 1)

    def _chosen(self, visit: Visit, value: str) -> Visit:
        product = self.catalogue.product(visit.asin)
        offered = dict(visit.offered) if self.quirks else _offered(product)
        if value not in offered:
            raise Refused(_NOT_SHOWN)
        chosen = {**dict(visit.options), offered[value]: value}
        return replace(visit, options=tuple(chosen.items()))

    def _need(self, visit: Visit, *wanted: str) -> None:
        if visit.page not in wanted:
            raise Refused(_NOT_SHOWN)

    def _home(self, visit: Visit) -> Visit:
        """The first page; what was reached stays."""
        return Visit(found=visit.found, opened=visit.opened, bought=visit.bought)

    def _listed(self, visit: Visit) -> list[Product]:
        first = (visit.number - 1) * PER_PAGE
        found = self.catalogue.search(visit.query)[first : first + PER_PAGE]
        return [self.catalogue.product(asin) for asin in found]

    def _page(self, visit: Visit) -> Page:
        if visit.page == "search":
            products = self._listed(visit)
            return pages.results_page(
                "", products, number=visit.number, total=_SHOWN_TOTAL, seen=()
            )
        product = self.catalogue.product(visit.asin)
        if visit.page == "part":
            page = pages.part_page("", product, visit.part)
            return indented(page) if product.path and visit.part == "Attributes" else page
        return pages.item_page(
            "", product, clicked=_shown_as_chosen(visit, product), attributes=self.attributes
        )

    def _shown(self, visit: Visit, said: str = "") -> Visit:
        """The visit with what it shows: the page, or what is said in its place."""
        if self._is_lost(visit):
            return replace(visit, shown=f"WEB PAGE: {{{said}}}")
        if visit.page == "search":
            listed = tuple(p.asin for p in self._listed(visit))
            visit = replace(visit, listed=listed or (visit.listed if self.quirks else ()))
        if visit.page == "item":
            offered = tuple(_offered(self.catalogue.product(visit.asin)).items())
            visit = replace(visit, offered=offered or visit.offered)
        if visit.page == "end":
            won = self._bought(visit) == 1.0
            said = "Result: [Success]" if won else "Result: [False]"
        text = said or latin(_WELCOME if visit.page == "init" else told(self._page(visit)))
        return replace(visit, shown=f"WEB PAGE: {{{text}}}")

    def _is_lost(self, visit: Visit) -> bool:
        """Whether upstream's server knows no page of that address, which is shown as nothing.

        A search with a slash within, or with nothing in it, names none (at either end, slashes
        merge with the address's own); one in brackets, and choices, are read as Python.
        """
        if not self.quirks or visit.page == "init":
            return False
        if visit.page == "search":
            query = visit.query.strip("/")
            return not query or "/" in query or query.startswith("[")
        return any("/" in name for name, _ in visit.options) or not _is_python(visit.options)

    def _scored(self, visit: Visit) -> Visit:
        if self._is_lost(visit):
            return visit
        if visit.page == "search":
            return replace(visit, found=max(visit.found, self._best(self._listed(visit))))
        if visit.page in ("item", "part"):
            product = self.catalogue.product(visit.asin)
            opened = self._last(product) if self.quirks else self._best([product])
            return replace(visit, opened=max(visit.opened, opened))
        if visit.page == "end":
            return replace(visit, bought=self._bought(visit))
        return visit

    def _bought(self, visit: Visit) -> float:
        return self._reward(self.catalogue.product(visit.asin), dict(visit.options))

    def _reward(self, product: Product, options: Mapping[str, str]) -> float:
        price = self.catalogue.price(product.asin)
        return reward(product, self.goal, price=price, options=options)[0]

    def _best(self, products: Iterable[Product]) -> float:
        prices = self.catalogue.price
        return max((best_reward(p, self.goal, price=prices(p.asin)) for p in products), default=0.0)

    def _last(self, product: Product) -> float:
        """The reward with every option's last value, or 1 where some choice brings that."""
        if self._best([product]) == 1.0:
            return 1.0
        chosen = {name: values[-1] for name, values in product.options.items() if values}
        return self._reward(product, chosen)


def _is_python(options: Iterable[tuple[str, str]]) -> bool:
    """Whether choices can be read as upstream writes them: its quotes are for encoded values."""
    text = ", ".join(f"{name!r}: '{value}'" for name, value in options)
    try:
        read_python_literal(f"{{{text}}}")
    except NotLiteral:
        return False
    return True


def _offered(product: Product) -> dict[str, str]:
    """The option that each value that is seen stands for; of two, the last."""
    return {
        value: name
        for name, values in product.options.items()
        for value in values
        if is_seen(value)
    }


def _shown_as_chosen(visit: Visit, product: Product) -> list[tuple[str, str]]:
    """AgentBoard looks for the value, in quotes, in the page's address, where it is encoded."""
    address = f"{ {name: quote_plus(value) for name, value in visit.options} }"
    return [
        (name, value)
        for name, values in product.options.items()
        for value in values
        if f"'{value}'" in address
    ]
