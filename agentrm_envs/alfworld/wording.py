"""What a household says: commands and answers in the words of alfworld's two grammars."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from agentrm_envs.alfworld import household as traits
from agentrm_envs.alfworld.engine import Command, Engine, State, bits

Grammar = Literal["put", "move"]
GRAMMARS: tuple[Grammar, ...] = ("put", "move")
"""`put`: "put X in/on Y", of the paper's prompts; `move`: "move X to Y", of alfworld 0.4."""
NOTHING = "Nothing happens."
_AROUND = "You are in the middle of a room. Looking quickly around you, you see"
_HELP = """\
Available commands:
  look:                             look around your current location
  inventory:                        check your current inventory
  go to (receptacle):               move to a receptacle
  open (receptacle):                open a receptacle
  close (receptacle):               close a receptacle
  take (object) from (receptacle):  take an object from a receptacle
  move (object) to (receptacle):  place an object in or on a receptacle
  examine (something):              examine a receptacle or an object
  use (object):                     use an object
  heat (object) with (receptacle):  heat an object using a receptacle
  clean (object) with (receptacle): clean an object using a receptacle
  cool (object) with (receptacle):  cool an object using a receptacle
  slice (object) with (object):     slice an object using a sharp object
"""


class Wording:
    """The texts of one household in one grammar."""

    def __init__(self, engine: Engine, grammar: Grammar) -> None:
        names = engine.household.names
        self.engine = engine
        self.grammar = grammar
        self.things = [names[thing.id] for thing in engine.things]
        self.places = [names[each.id] for each in engine.receptacles]
        self.locations = [names[location] for location in engine.locations]

    def command(self, command: Command) -> str:
        """The command as one has to write it."""
        thing = self.things[command.thing]
        place = self._place(command)
        match command.verb:
            case "goto":
                return f"go to {place}"
            case "examine" | "open" | "close":
                return f"{command.verb} {place}"
            case "inspect":
                return f"examine {thing}"
            case "use":
                return f"use {thing}"
            case "take":
                return f"take {thing} from {place}"
            case "put":
                return self._put(thing, place, "move {} to {}", "put {} in/on {}")
            case "heat" | "clean" | "cool":
                return f"{command.verb} {thing} with {place}"
            case "slice":
                return f"slice {thing} with {place}"
        return command.verb

    def answer(self, command: Command, state: State) -> str:
        """What is said after a command that led to `state`."""
        thing = self.things[command.thing]
        place = self._place(command)
        match command.verb:
            case "look":
                return self.look(state)
            case "inventory":
                return self._inventory(state)
            case "help":
                return _HELP
            case "goto":
                where = place if self.grammar == "move" else self.locations[command.location]
                return f"You arrive at {where}. {self._contents(state, command.place)}"
            case "examine":
                return self._contents(state, command.place)
            case "inspect":
                return self._inspect(state, command.thing)
            case "open":
                return f"You open the {place}. {self._contents(state, command.place)}"
            case "close":
                return f"You close the {place}."
            case "take":
                return f"You pick up the {thing} from the {place}."
            case "put":
                move, put = "You move the {} to the {}.", "You put the {} in/on the {}."
                return self._put(thing, place, move, put)
            case "use":
                return f"You turn on the {thing}."
            case "slice":
                return f"You sliced the {thing} with the {place}."
        return f"You {command.verb} the {thing} using the {place}."

    def opening(self, state: State) -> str:
        """What one sees at the beginning."""
        if self.engine.places_at[state.at]:
            return self.look(state)
        seen = _listed([f"a {self.places[place]}" for place, _ in self.engine.routes])
        return f"{_AROUND} {seen}."

    def look(self, state: State) -> str:
        """What one sees on looking around."""
        places = self.engine.places_at[state.at]
        if not places:
            # The grammar asks for the receptacles of where one is; at the beginning, for all.
            return f"{_AROUND} nothing."
        # Only what lay in one receptacle of the location and was moved to another counts.
        loose = [
            f"a {self.things[thing]}"
            for thing in range(len(self.things))
            if state.near[state.at] >> thing & 1
            for place in places
            if state.taken[place] >> thing & 1
        ]
        facing = _listed([self.places[place] for place in places])
        return f"You are facing the {facing}. Next to it, you see {_listed(loose)}."

    def _place(self, command: Command) -> str:
        """The receptacle's name, or that of what cuts."""
        names = self.things if command.verb == "slice" else self.places
        return names[command.place]

    def _put(self, thing: str, place: str, move: str, put: str) -> str:
        return (move if self.grammar == "move" else put).format(thing, place)

    def _contents(self, state: State, place: int) -> str:
        name = self.places[place]
        if not self.engine.accessible(state, place):
            return f"The {name} is closed."
        seen = _listed([f"a {self.things[thing]}" for thing in bits(state.inside[place])])
        if self.engine.receptacles[place].openable:
            return f"The {name} is open. In it, you see {seen}."
        return f"On the {name}, you see {seen}."

    def _inventory(self, state: State) -> str:
        if not state.held:
            return "You are not carrying anything."
        held = _listed([f"a {self.things[thing]}" for thing in bits(state.held)])
        return f"You are carrying: {held}."

    def _inspect(self, state: State, thing: int) -> str:
        name = self.things[thing]
        own = self.engine.things[thing].traits
        if traits.CONTAINER in own:
            inside = _listed([f"a {self.things[t]}" for t in bits(self.engine.carried[thing])])
            return f"This is a normal {name}. In it, you see {inside}."
        clean, hot = state.clean >> thing & 1, state.hot >> thing & 1
        cool, sliced = state.cool >> thing & 1, state.sliced >> thing & 1
        warmth = "hot" if hot else "cool" if cool else ""
        words = " and ".join(word for word in (warmth, "clean" if clean else "") if word)
        if sliced:
            return f"This is a {words} sliced {name}." if words else f"This is a sliced {name}."
        if words:
            return f"This is a {'cold' if words == 'cool' else words} {name}."
        if traits.TOGGLEABLE in own and state.used >> thing & 1:
            return f"This {name} is on."
        return f"There's nothing special about {name}."


def _listed(names: Sequence[str]) -> str:
    if len(names) < 2:
        return names[0] if names else "nothing"
    return ", ".join(names[:-1]) + f", and {names[-1]}"
