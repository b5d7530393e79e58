"""The expert: it explores as one who sees only what observations have shown so far."""

from __future__ import annotations

from agentrm_envs.alfworld import perturbed
from agentrm_envs.alfworld.engine import Command, Engine, State, bits
from agentrm_envs.alfworld.env import ALFWorldEnv
from agentrm_envs.core import TextEnv
from agentrm_envs.errors import NoPlan

MAX_ACTIONS = 200
"""Actions after which the expert gives up; it looks into each receptacle at most once."""
_APPLIANCES = {
    "clean": frozenset({"sinkbasin", "sink"}),
    "heat": frozenset({"microwave"}),
    "cool": frozenset({"fridge"}),
}


def plan(env: TextEnv) -> list[str]:
    """The actions from the present state to the goal, with the searching that it takes.

    Where things are it learns only by going and opening; what it has been shown since the
    beginning it remembers. Raises NoPlan where it has looked everywhere in vain.
    """
    inner = env.unwrapped
    if not isinstance(inner, ALFWorldEnv):
        raise TypeError(f"alfworld's expert plans for an ALFWorldEnv, not a {type(inner).__name__}")
    world = inner.world
    explorer = Explorer(world.engine, inner.state, inner.seen)
    return [
        perturbed.command(world.wording.command(command), inner.perturbation)
        for command in explorer.commands()
    ]


class Explorer:
    """Chooses one command after the other from what has been seen."""

    def __init__(self, engine: Engine, state: State, seen: int) -> None:
        self.engine = engine
        self.state = state
        self.seen = seen
        self.goal = engine.household.goal
        self.order = self._search_order()

    def commands(self) -> list[Command]:
        """The commands up to the goal; raises NoPlan where it is not found."""
        chosen: list[Command] = []
        while not self.engine.won(self.state):
            if len(chosen) == MAX_ACTIONS:
                raise NoPlan(f"alfworld's expert gives up after {MAX_ACTIONS} actions")
            chosen.append(self._next())
            self._apply(chosen[-1])
        return chosen

    def _apply(self, command: Command) -> None:
        self.state = self.engine.after(self.state, command)
        shows = command.verb in ("goto", "open", "examine")
        if shows and self.engine.accessible(self.state, command.place):
            self.seen |= 1 << command.place

    def _next(self) -> Command:
        if self.state.held:
            return self._with_thing(next(bits(self.state.held)))
        for place in self._known_places():
            wanted = self.state.inside[place] & self.engine.wanted
            if self.goal.kind != "light" and place in self.engine.targets:
                wanted &= ~self.engine.treated(self.state)
                if self.goal.kind == "two" and place != self._target():
                    wanted = self.state.inside[place] & self.engine.wanted
            for thing in bits(wanted & self.engine.trait("pickupable")):
                return self._at(place) or Command("take", thing, place)
        return self._explore()

    def _with_thing(self, thing: int) -> Command:
        if not self.engine.wanted >> thing & 1:
            return self._lay_down(thing)
        if self.goal.kind == "light":
            return self._light()
        if not self.engine.treated(self.state) >> thing & 1:
            return self._treat(thing)
        place = self._target()
        return self._at(place) or Command("put", thing, place)

    def _light(self) -> Command:
        for place in self._known_places():
            for lamp in bits(self.state.inside[place] & self.engine.lamps):
                return self._at(place, inside=False) or Command("use", lamp, place)
        return self._explore()

    def _treat(self, thing: int) -> Command:
        kinds = _APPLIANCES[self.goal.kind]
        for place, each in enumerate(self.engine.receptacles):
            if each.kind in kinds:
                there = self._at(place, inside=False)
                if there:
                    return there
                match self.goal.kind:
                    case "clean":
                        return Command("clean", thing, place)
                    case "heat":
                        return Command("heat", thing, place)
                return Command("cool", thing, place)
        raise NoPlan(f"there is nothing to {self.goal.kind} with")

    def _lay_down(self, thing: int) -> Command:
        kind = self.engine.things[thing].kind
        fitting = [
            place
            for place, each in enumerate(self.engine.receptacles)
            if (each.kind, kind) in self.engine.household.fits
        ]
        here = self.engine.places_at[self.state.at]
        for place in sorted(fitting, key=lambda place: place not in here):
            return self._at(place) or Command("put", thing, place)
        raise NoPlan("what is held fits nowhere")

    def _explore(self) -> Command:
        for place in self.order:
            if not self.seen >> place & 1:
                return self._at(place) or Command("examine", place=place)
        raise NoPlan("everything was looked at, and something is missing")

    def _at(self, place: int, *, inside: bool = True) -> Command | None:
        """The next command on the way to a receptacle (`inside`: and into it), or None there."""
        if place not in self.engine.places_at[self.state.at]:
            location = next(location for p, location in self.engine.routes if p == place)
            return Command("goto", place=place, location=location)
        if inside and not self.engine.accessible(self.state, place):
            return Command("open", place=place)
        return None

    def _known_places(self) -> list[int]:
        return [place for place in self.order if self.seen >> place & 1]

    def _target(self) -> int:
        """Where to put things: for two of them, where the first already is."""
        if not self.engine.targets:
            raise NoPlan("there is nowhere to put it")
        ready = self.engine.treated(self.state)
        known = [place for place in self.engine.targets if self.seen >> place & 1]
        return max(
            known or self.engine.targets,
            key=lambda place: ((self.state.inside[place] & ready).bit_count(), -place),
        )

    def _search_order(self) -> list[int]:
        """Where the wanted thing may lie comes first, and what stands open before the rest."""
        fits = self.engine.household.fits

        def turn(place: int) -> tuple[bool, bool, int]:
            each = self.engine.receptacles[place]
            return (each.kind, self.goal.thing) not in fits, each.openable, -place

        return sorted(range(len(self.engine.receptacles)), key=turn)
