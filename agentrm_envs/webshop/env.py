"""The WebShop environment."""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import suppress
from typing import Any, Literal

from agentrm_envs.core import Outcome, TextEnv
from agentrm_envs.errors import require_known
from agentrm_envs.webshop import official, pages
from agentrm_envs.webshop.agentboard import Board, Visit
from agentrm_envs.webshop.assortment import assortment
from agentrm_envs.webshop.catalogue import Catalogue
from agentrm_envs.webshop.designs import FAMILIES, family
from agentrm_envs.webshop.pages import MODES, Mode
from agentrm_envs.webshop.product import Goal
from agentrm_envs.webshop.reward import reward
from agentrm_envs.webshop.upstream import title_nouns
from agentrm_envs.webshop.visit import Place, Shop
from agentrm_envs.webshop.wording import task_of

Protocol = Literal["webshop", "agentboard"]
PROTOCOLS: tuple[Protocol, ...] = ("webshop", "agentboard")
_FAMILY = re.compile(r"family-(0|[1-9][0-9]{0,5})")
_BRACKETS = str.maketrans("[]", "  ")
_PRICE_WORDS = ", and price lower than"


class WebShopEnv(TextEnv):
    """WebShop's text environment: search, look at products, choose options, buy one.

    World: a shop of products with titles, prices, options and pages of text. Actions:
    `search[words]`, from any page, and `click[name]` of anything on the page that can be
    clicked; anything else changes nothing and costs a step. `mode` is upstream's `text`
    (pieces of a page joined by [SEP]) or `text_rich` (one a line, with what can be clicked
    marked).

    The score is 0 until something is bought, and then upstream's reward of the purchase,
    whose parts are in `info`: the kind of product counts as a factor, and of the wanted
    attributes, options and the price limit the share that is met. Buying ends the task, with
    success where the score is 1; so do `max_steps` actions.

    Where upstream errs, this does not, unless `upstream_quirks`: words for testing
    (`search[<r>]` and the like) work there and can fail; of two options with the same value
    only the last can be chosen; values with a quotation mark or outside ASCII never show as
    clicked in `text_rich`, and words of a query may; the last page prints the score. (With
    official data it is printed as well: nobody sees that page before the end.)

    With `protocol="agentboard"` pages, actions and errors are AgentBoard's, and the score is
    its progress rate: a third each for the best reward that a product shown, a product opened
    and the purchase could or did bring. It allows 30 steps.

    Built-in tasks and products are made by `generate.py` and `assortment.py`; official ones
    are upstream's files, see `official.py`. Source: princeton-nlp/WebShop, `web_agent_site`.
    """

    def __init__(
        self,
        name: str = "webshop",
        max_steps: int = 10,
        *,
        mode: Mode = "text",
        upstream_quirks: bool = False,
        show_attributes: bool = False,
        protocol: Protocol = "webshop",
        **settings: Any,
    ) -> None:
        require_known(name, "mode", mode, MODES)
        require_known(name, "protocol", protocol, PROTOCOLS)
        super().__init__(name, max_steps, **settings)
        self.protocol: Protocol = protocol
        self.mode: Mode = mode
        self.upstream_quirks = upstream_quirks
        self.show_attributes = show_attributes
        self._shop: Shop | None = None
        self._task: Mapping[str, Any] = {}
        self._goal: Goal | None = None
        self._place = Place()
        self._board: Board | None = None
        self._visit = Visit()

    @property
    def shop(self) -> Shop:
        """The shop of the present task."""
        return self._started(self._shop)

    @property
    def goal(self) -> Goal:
        """What to buy; customers are told `goal.instruction`, and nothing else."""
        return self._started(self._goal)

    @property
    def instruction(self) -> str:
        return self.goal.instruction

    @property
    def place(self) -> Place:
        """Where in the shop one is."""
        return self._place

    def page(self) -> pages.Page:
        """What is on the page, piece by piece."""
        return self.shop.page(self._place, self.instruction)

    def available_actions(self) -> dict[str, Any]:
        """Upstream's answer to what can be done: `has_search_bar` and the `clickables`."""
        names = [] if self._place.page == "done" else pages.clickables(self.page())
        return {"has_search_bar": self._place.page == "index", "clickables": names}

    def valid_actions(self) -> list[str]:
        """A click on each thing on the page, or where one can only search, a search for it all."""
        if self._board is not None:
            return self._board.valid_actions(self._visit)
        names = self.available_actions()["clickables"]
        if self._place.page == "index":
            words = self.instruction.partition(_PRICE_WORDS)[0].translate(_BRACKETS)
            return [f"search[{words}]"]
        return [f"click[{name}]" for name in names if name]

    def _find(self, task_id: str) -> Any:
        """A task of the tables; also `family-N`, `human/N` or `synthetic/N` that none lists."""
        family_id = _FAMILY.fullmatch(task_id) if isinstance(task_id, str) else None
        if self.data == "builtin" and family_id and int(family_id.group(1)) < FAMILIES:
            return task_of(family(int(family_id.group(1))))
        kind, slash, _ = task_id.partition("/") if isinstance(task_id, str) else ("", "", "")
        if self.data == "official" and slash and kind in official.KINDS:
            with suppress(KeyError):
                return official.table(kind)[task_id]
        return super()._find(task_id)

    def _start(self, task: Any) -> tuple[str, str]:
        catalogue = self._catalogue(task)
        self._shop = Shop(catalogue, quirks=self.upstream_quirks, attributes=self.show_attributes)
        self._task = task
        self._goal = goal_of(task, catalogue)
        self._place = Place()
        self._board = None
        if self.protocol == "agentboard":
            self._board = Board(catalogue, self._goal, self.upstream_quirks, self.show_attributes)
            self._visit = self._board.begin()
            return self.instruction, self._visit.shown
        return self.instruction, self._told()

    def _act(self, action: str) -> Outcome:
        if self._board is not None:
            self._visit, outcome = self._board.act(self._visit, action)
            return outcome
        self._place = self.shop.moved(self._place, action)
        if self._place.page != "done":
            return Outcome(self._told(), 0.0, terminated=False)
        return self._bought()

    def _save(self) -> tuple[str, Place, Visit]:
        return self._now().task.id, self._place, self._visit

    def _load(self, state: tuple[str, Place, Visit]) -> None:
        task_id, place, visit = state
        task = self._find(task_id)
        if task != self._task:
            self._start(task)
        self._place, self._visit = place, visit

    def _bought(self) -> Outcome:
        catalogue, place = self.shop.catalogue, self._place
        product = catalogue.product(place.asin)
        options = dict(place.options)
        score, parts = reward(
            product, self.goal, price=catalogue.price(place.asin), options=options
        )
        shown = score if self.upstream_quirks or self.data == "official" else None
        text = pages.told(pages.done_page(place.asin, options, shown), self.mode)
        return Outcome(text, score, terminated=True, success=score == 1.0, extra=parts)

    def _told(self) -> str:
        return pages.told(self.page(), self.mode)

    def _catalogue(self, task: Mapping[str, Any]) -> Catalogue:
        if "catalogue" in task:
            return official.catalogue(task["catalogue"])
        return assortment()


def goal_of(task: Mapping[str, Any], catalogue: Catalogue) -> Goal:
    """The goal that a row of a task table describes, about a product of the catalogue."""
    options, asin = task["options"], task["asin"]
    goal = Goal(
        asin=asin,
        instruction=task["instruction"],
        attributes=tuple(task["attributes"]),
        options=options if isinstance(options, Mapping) else tuple(options),
        price_upper=task["price_upper"],
        nouns=_nouns(task["about"]["title"], asin, catalogue) if "about" in task else (),
        **task.get("about", {}),
    )
    return goal if "about" in task else goal.about(catalogue.product(goal.asin))


def _nouns(title: str, asin: str, catalogue: Catalogue) -> tuple[str, ...]:
    """The nouns of a title: those of its product in the shop, found in whichever way."""
    if asin in catalogue and (product := catalogue.product(asin)).title == title:
        return product.nouns
    return tuple(title_nouns(title))
