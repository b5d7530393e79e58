"""The shop's pages: what is on each, and the two ways in which a page is told as text."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from agentrm_envs.webshop.product import Product

BACK = "Back to Search"
PREVIOUS = "< Prev"
NEXT = "Next >"
BUY = "Buy Now"
SEARCH = "Search"
PARTS = ("Description", "Features", "Reviews", "Attributes")
"""The sub-pages of a product; the last is shown only where the shop shows attributes."""
_SPACES = " \t\n\f\r"
Mode = Literal["text", "text_rich"]
MODES: tuple[Mode, ...] = ("text", "text_rich")


@dataclass(frozen=True, slots=True)
class Piece:
    """A text of a page, and what it is there."""

    kind: Literal["text", "button", "link", "option"]
    text: str
    clicked: bool = False


Page = list[Piece]


def index_page(instruction: str) -> Page:
    return [*_texts("WebShop", "Instruction: ", instruction), _button(SEARCH)]


def results_page(
    instruction: str, products: Sequence[Product], *, number: int, total: int, seen: Iterable[str]
) -> Page:
    """One page of what a search found: `number` counts from 1, `total` is of all pages."""
    page = [*_head(instruction), _text(f"Page {number} (Total results: {total})")]
    page += [_button(PREVIOUS)] if number > 1 else []
    page.append(_button(NEXT))
    for product in products:
        page.append(Piece("link", product.asin, product.asin in seen))
        page += _texts(product.title, product.price_tag)
    return page


def item_page(
    instruction: str, product: Product, *, clicked: Iterable[tuple[str, str]], attributes: bool
) -> Page:
    """A product's page; `clicked` are the (option name, value) pairs that it shows as chosen."""
    chosen = set(clicked)
    page = [*_head(instruction), _button(PREVIOUS)]
    for name, values in product.options.items():
        page += _texts(name)
        page += [Piece("option", value, (name, value) in chosen) for value in values]
    page += _texts(product.title, f"Price: {product.price_tag}", "Rating: N.A.")
    page += [_button(part) for part in PARTS[: 4 if attributes else 3]]
    return [*page, _button(BUY)]


def part_page(instruction: str, product: Product, part: str) -> Page:
    """One of a product's sub-pages. There are no reviews, as upstream never loads them."""
    page = [*_head(instruction), _button(PREVIOUS)]
    if part == "Description":
        return [*page, *_texts(product.description)]
    if part == "Features":
        return [*page, *_texts(*(f" {bullet}" for bullet in product.bullets))]
    if part == "Attributes":
        listed = _texts(*(f" {attribute}" for attribute in product.attributes))
        return [*page, *listed, *_texts(product.category, product.query, product.path)]
    return page


def done_page(asin: str, options: Mapping[str, str], score: float | None) -> Page:
    """The end; upstream prints the score there, which needs `score`."""
    thanks = _texts("Thank you for shopping with us!")
    if score is None:
        return thanks
    listed = json.dumps(dict(options), sort_keys=True)
    for letter in "<>&'":
        listed = listed.replace(letter, f"\\u{ord(letter):04x}")
    code = ("Your code: ", "None", " (Paste it in your MTurk interface.)")
    bought = ("Purchased", "asin", asin, "options", listed, "attrs", "None", "category", "None")
    kinds = ("query", "None", "product category", "None")
    target = ("Target", "asin", "options", "attrs", "price upper", "instuction text")
    rest = ("category", "product category", "query", "Goal ", "None", "Reward")
    end = ("Your score (min 0.0, max 1.0)", f"{score}", "Reward Details ", "None")
    return [*thanks, *_texts(*code, *bought, *kinds, *target, *rest, *end)]


def clickables(page: Page) -> list[str]:
    """Buttons, then products, then options, without doubles; as upstream, an empty option too."""
    buttons = [piece.text.lower() for piece in page if piece.kind == "button"]
    links = [piece.text.lower() for piece in page if piece.kind == "link"]
    options = [piece.text for piece in page if piece.kind == "option"]
    return list(dict.fromkeys([*buttons, *links, *options]))


def told(page: Page, mode: Mode) -> str:
    """The page as an observation, without options that have no text."""
    shown = [piece for piece in page if piece.text]
    return _plain(shown) if mode == "text" else _rich(shown)


def _plain(page: Page) -> str:
    return " [SEP] ".join(piece.text.strip() for piece in page)


def _rich(page: Page) -> str:
    lines = "".join(_line(piece) + "\n" for piece in page)
    clicked = [p.text for p in page if p.kind == "option" and p.clicked]
    return "".join(f"You have clicked {text}.\n" for text in reversed(clicked)) + lines


def _line(piece: Piece) -> str:
    if piece.kind == "text":
        return piece.text
    mark = "clicked button" if piece.clicked else "button"
    before = {"button": "", "link": "\n", "option": "  "}[piece.kind]
    return f"{before}[{mark}] {piece.text} [{mark}_]"


def _head(instruction: str) -> Page:
    return [*_texts("Instruction:", instruction), _button(BACK)]


def _button(text: str) -> Piece:
    return Piece("button", text)


def _text(text: str) -> Piece:
    return Piece("text", text)


def _texts(*texts: str) -> Page:
    """Those that leave something on an upstream page, after its parser has read it."""
    kept = (text if text.strip(_SPACES) else _blank(text) for text in texts)
    return [_text(text) for text in kept if text]


def _blank(text: str) -> str:
    """Blank text is a single space there, or nothing if it is empty or has an end of line."""
    return " " if text and "\n" not in text else ""
