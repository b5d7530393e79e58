"""AgentBoard's commands: which there are in a view, their moves, and why others fail."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache

from agentrm_envs.babyai.navigation import Ways
from agentrm_envs.babyai.view import Sighting, View
from agentrm_envs.babyai.world import DROP, FORWARD, LEFT, PICKUP, RIGHT, TOGGLE

CHECK = "check available actions"
NOT_RECOGNIZED = "The action is not recognized. Please check valid actions."
NO_CHANGE = "No change in state."

_BLOCKED = "There is a barrier in front of you, you can't move forward."
_EMPTY_HANDS = "You cannot drop the object, as you are not carrying anything."
_NO_ROOM = "You cannot drop the object, as there is already an object in front of you."
_UNDROPPABLE = frozenset({"ball", "box", "key", "lava", "wall"})


@dataclass(frozen=True, slots=True)
class Commands:
    """What can be said now, in AgentBoard's order, and the answers to what cannot be done."""

    moves: dict[str, list[int]] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)

    def reach(self, command: str, way: list[int] | None, then: list[int]) -> bool:
        """Add a command that goes a way and then acts, or the error that there is no way."""
        if way is None:
            self.errors[command] = f"You cannot {command}, as there is no path leading to it."
            return False
        self.moves[command] = way + then
        return True


@lru_cache(maxsize=64)
def commands(view: View, carried: str) -> Commands:
    """Every command in a view; `carried` is the colour and type of what is held, or empty.

    A search comes back to a view for each of its commands; what is returned is shared, so that
    nobody may change it.
    """
    known = Commands({"turn left": [LEFT], "turn right": [RIGHT]})
    sightings = view.sightings()
    things = [thing for thing in sightings if thing.kind != "wall"]
    ways = Ways(view, sightings)
    _add_forward(known, view)
    if not carried:
        _add_numbered(known, "pickup", _without(things, "door", "goal"), ways, [PICKUP])
    _add_drop(known, view, carried)
    _add_doors(known, _only(things, "door"), ways, carried)
    for goal in _only(things, "goal"):
        _add_goal(known, ways.onto(goal))
    _add_numbered(known, "go to", _without(things, "goal"), ways, [])
    known.moves[CHECK] = []
    return known


def _only(things: list[Sighting], kind: str) -> list[Sighting]:
    return [thing for thing in things if thing.kind == kind]


def _without(things: list[Sighting], *kinds: str) -> list[Sighting]:
    return [thing for thing in things if thing.kind not in kinds]


def _add_forward(known: Commands, view: View) -> None:
    barrier = view.barrier()
    if barrier and barrier[1] == 1:
        known.errors["move forward"] = _BLOCKED
    else:
        known.moves["move forward"] = [FORWARD]


def _add_numbered(
    known: Commands, verb: str, things: list[Sighting], ways: Ways, then: list[int]
) -> None:
    """Add `verb name number` for each thing.

    Unlike the observation's, these numbers pass over what cannot be reached; its error is
    filed under the number that it would have had.
    """
    reached: dict[str, int] = {}
    for thing in things:
        number = reached.get(thing.name, 0) + 1
        command = f"{verb} {thing.name} {number}"
        if known.reach(command, ways.facing(thing), then):
            reached[thing.name] = number


def _add_drop(known: Commands, view: View, carried: str) -> None:
    if not carried:
        known.errors["drop"] = _EMPTY_HANDS
    elif view.front() in _UNDROPPABLE:
        known.errors["drop"] = _NO_ROOM
    else:
        known.moves["drop"] = [DROP]


def _add_doors(known: Commands, doors: list[Sighting], ways: Ways, carried: str) -> None:
    count: dict[str, int] = {}
    for door in doors:
        number = count[door.name] = count.get(door.name, 0) + 1
        command = f"go through {door.name} {number}"
        color, state, _ = door.name.split()
        if state == "open":
            known.reach(command, ways.onto(door), [])
            continue
        if state == "locked" and not carried.endswith(" key"):
            why = "as you are not carrying a key."
        elif state == "locked" and carried != f"{color} key":
            why = "as the color of the key you are carrying does not match the color of door."
        else:
            # AgentBoard prints its whole table of counts where the number should stand.
            _add_toggle(known, door, number, ways.facing(door), str(count))
            continue
        known.errors[f"toggle and {command}"] = f"You cannot toggle and {command}, {why}"


def _add_toggle(
    known: Commands, door: Sighting, number: int, way: list[int] | None, count: str
) -> None:
    through = f"go through {door.name} {number}"
    if way is None:
        known.errors[f"toggle and {through}"] = (
            f"You cannot toggle and go through {door.name} {count}, "
            "as there is no path leading to it."
        )
    else:
        known.moves[f"toggle and {through}"] = [*way, TOGGLE, FORWARD]
    if way == []:
        known.moves["toggle"] = [TOGGLE]
    if " closed " in door.name:
        known.errors[through] = (
            f"You cannot {through}, as it is closed. You should toggle it first."
        )


def _add_goal(known: Commands, way: list[int] | None) -> None:
    if way is None:
        known.errors["go to goal"] = "You cannot go to the goal, as there is no path leading to it."
    else:
        known.moves["go to goal"] = way
