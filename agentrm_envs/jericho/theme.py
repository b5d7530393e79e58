"""A theme: the rooms, things, people and obstacles from which stories of one setting are drawn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Literal

from pydantic import TypeAdapter

Kind = Literal[
    "door",
    "box",
    "chest",
    "tool",
    "wear",
    "dark",
    "trade",
    "ask",
    "machine",
    "code",
    "search",
    "timed",
]


@dataclass(frozen=True, slots=True)
class Thing:
    """A noun phrase without article, and what one sees on examining it."""

    name: str
    text: str
    article: str = ""
    """`some` for what cannot be counted; else it follows from the name."""
    plural: bool = False
    words: str = ""
    """Further words that mean it, separated by blanks."""
    written: str = ""
    """What one reads on it."""

    @property
    def indefinite(self) -> str:
        article = self.article or ("an" if self.name[0] in "aeiou" else "a")
        return f"{article} {self.name}"


@dataclass(frozen=True, slots=True)
class Room:
    name: str
    texts: Sequence[str]
    """The same place in other words; a story has one of them."""
    scenery: Sequence[Thing] = ()


@dataclass(frozen=True, slots=True)
class Gate:
    """An obstacle: with its item, or without one, it yields another item or leads to a room.

    In its texts `{reward}` is the item that it yields and `{way}` where its room lies.
    """

    kind: Kind
    done: str
    """Said once, when it is overcome. For `wear` and `timed`, the room tells that."""
    thing: Thing | None = None
    """What stands there: the door, the chest, the person."""
    listed: str = ""
    """The sentence on it in the room's description."""
    after: str = ""
    """The sentence once it is overcome; empty where it stays the same."""
    item: Thing | None = None
    """What one must have, wear, light, give, read or put in."""
    room: Room | None = None
    hint: str = ""
    """Said when one tries without the item, or talks to the person."""
    verbs: Sequence[str] = ()
    """For `tool`: the verbs that do it, the usual one first. For `ask`: the topic's words."""
    lever: Thing | None = None
    """For `machine`: what starts it."""
    put: str = ""
    """For `machine`: said when the item is in its place."""
    turns: int = 0
    """For `machine`: how long the way stays open, 0 for ever. For `timed`: half its period."""
    closes: str = ""
    """Said when a way closes again."""

    @property
    def passage(self) -> bool:
        return self.room is not None


@dataclass(frozen=True, slots=True)
class Finale:
    """What a story is about: its goal, and the place to which the last items must come."""

    title: str
    goal: str
    intro: str
    thing: Thing
    listed: str
    verb: str
    """How each part comes to the thing: `put`, `give`, `tie` or the verb of a tool."""
    parts: Sequence[Thing]
    each: Sequence[str]
    """Said when a part has come there, as many as parts; the last is followed by `done`."""
    done: str
    hint: str
    person: bool = False


@dataclass(frozen=True, slots=True)
class Theme:
    name: str
    split: Literal["train", "test"]
    rooms: Sequence[Room]
    """Open from the start; a story begins in the first."""
    gates: Sequence[Gate]
    finales: Sequence[Finale]
    clutter: Sequence[Thing]
    """Things that one can carry and that serve nothing."""


@cache
def themes() -> dict[str, Theme]:
    """Every theme by name, sorted."""
    folder = resources.files(__package__) / "themes"
    files = sorted(file.name for file in folder.iterdir() if file.name.endswith(".json"))
    found = (TypeAdapter(Theme).validate_json((folder / file).read_bytes()) for file in files)
    return {theme.name: theme for theme in found}
