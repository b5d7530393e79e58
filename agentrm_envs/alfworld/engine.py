"""The rules of a household: states of bit masks, and every command that is possible in one.

They are those of alfworld's PDDL domain (alfred.pddl) as TextWorld runs it: going to where one
stands already is no command, a lamp can be used in a closed drawer, nothing has to be open to
heat or cool in it, and only what is held can be examined (the domain means what is in sight too,
but has a comma there that TextWorld takes to be part of a type's name).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal

from agentrm_envs.alfworld import household as traits
from agentrm_envs.alfworld.household import Household

Verb = Literal[
    "look", "inventory", "help", "goto", "examine", "inspect", "open", "close", "take", "put",
    "use", "heat", "clean", "cool", "slice",
]  # fmt: skip
"""`examine` is of a receptacle, `inspect` of a thing."""
_SINKS = frozenset({"sink", "sinkbasin"})
_KNIVES = frozenset({"knife", "butterknife"})


@dataclass(frozen=True, slots=True)
class Command:
    """A possible command; `thing`, `place` and `location` are numbers, -1 for none.

    For `slice`, `place` is the number of the thing that cuts.
    """

    verb: Verb
    thing: int = -1
    place: int = -1
    location: int = -1


@dataclass(frozen=True, slots=True)
class State:
    """Where everything is; a mask has a bit for each thing, by its number."""

    at: int
    inside: tuple[int, ...]
    """A mask of things for each receptacle."""
    taken: tuple[int, ...]
    """For each receptacle, the things that were taken from it and not put back."""
    near: tuple[int, ...]
    """A mask of things for each location."""
    opened: int
    """A mask of receptacles."""
    held: int = 0
    clean: int = 0
    hot: int = 0
    cool: int = 0
    used: int = 0
    sliced: int = 0


class Engine:
    """A household's rules; it holds no state and may be shared."""

    def __init__(self, household: Household) -> None:
        self.household = household
        self.things = household.things
        self.receptacles = household.receptacles
        sites = {place for each in self.receptacles for place in each.locations}
        sites |= {location for _, location in household.near} | {household.start}
        self.locations = sorted(sites)
        numbers = {location: number for number, location in enumerate(self.locations)}
        self.routes = [
            (place, location)
            for place, each in enumerate(self.receptacles)
            for location in sorted(numbers[name] for name in each.locations)
        ]
        self.places_at = [
            [place for place, location in self.routes if location == here]
            for here in range(len(self.locations))
        ]
        self.openable = sum(1 << p for p, each in enumerate(self.receptacles) if each.openable)
        self._traits = {
            trait: sum(1 << t for t, each in enumerate(self.things) if trait in each.traits)
            for trait in traits.TRAITS
        }
        self._knives = sum(1 << t for t, each in enumerate(self.things) if each.kind in _KNIVES)
        self._fits = [
            sum(
                1 << t
                for t, thing in enumerate(self.things)
                if (each.kind, thing.kind) in household.fits
            )
            for each in self.receptacles
        ]
        inner = {thing.id: 1 << number for number, thing in enumerate(self.things)}
        self.carried = [
            sum(inner[a] for a, b in household.carried if b == thing.id) for thing in self.things
        ]
        self.start = self._beginning(numbers)
        self.wanted = self.of_kind(household.goal.thing)
        self.lamps = self.of_kind(household.goal.place) & self._traits[traits.TOGGLEABLE]
        self.targets = [
            p for p, each in enumerate(self.receptacles) if each.kind == household.goal.place
        ]

    def trait(self, name: str) -> int:
        """The mask of the things that have a trait."""
        return self._traits[name]

    def of_kind(self, kind: str) -> int:
        """The mask of the things of a kind."""
        return sum(1 << t for t, thing in enumerate(self.things) if thing.kind == kind)

    def possible(self, state: State, *, helps: bool = False) -> Iterator[Command]:
        """Every command that is possible in the state; `helps` adds the command `help`."""
        yield from self.elsewhere(state.at, helps=helps)
        for place in self.places_at[state.at]:
            yield from self.at_place(state, place)
        yield from self.in_hand(state)

    def elsewhere(self, at: int, *, helps: bool = False) -> Iterator[Command]:
        """What is possible at a location whatever is there: to look, and to go away."""
        yield Command("look")
        yield Command("inventory")
        if helps:
            yield Command("help")
        for place, location in self.routes:
            if location != at:
                yield Command("goto", place=place, location=location)

    def in_hand(self, state: State) -> Iterator[Command]:
        """What is possible with the thing that is held, wherever one is."""
        for thing in bits(state.held):
            yield Command("inspect", thing)
        for knife in bits(state.held & self._knives):
            for thing in bits(state.near[state.at] & self._traits[traits.SLICEABLE]):
                yield Command("slice", thing, knife)

    def after(self, state: State, command: Command) -> State:
        """The state that a possible command leads to."""
        bit, place = 1 << max(command.thing, 0), command.place
        match command.verb:
            case "goto":
                return replace(state, at=command.location)
            case "open":
                return replace(state, opened=state.opened | 1 << place)
            case "close":
                return replace(state, opened=state.opened & ~(1 << place))
            case "take":
                return replace(
                    state,
                    inside=_set(state.inside, place, state.inside[place] & ~bit),
                    taken=_set(state.taken, place, state.taken[place] | bit),
                    near=_set(state.near, state.at, state.near[state.at] & ~bit),
                    held=state.held | bit,
                )
            case "put":
                return replace(
                    state,
                    inside=_set(state.inside, place, state.inside[place] | bit),
                    taken=_set(state.taken, place, state.taken[place] & ~bit),
                    near=_set(state.near, state.at, state.near[state.at] | bit),
                    held=state.held & ~bit,
                )
            case "clean":
                return replace(state, clean=state.clean | bit)
            case "heat":
                return replace(state, hot=state.hot | bit, cool=state.cool & ~bit)
            case "cool":
                return replace(state, cool=state.cool | bit, hot=state.hot & ~bit)
            case "use":
                return replace(state, used=state.used | bit)
            case "slice":
                return replace(state, sliced=state.sliced | bit)
        return state

    def accessible(self, state: State, place: int) -> bool:
        """Whether a receptacle is open, or cannot be closed."""
        return not self.openable >> place & 1 or bool(state.opened >> place & 1)

    def treated(self, state: State) -> int:
        """The mask of the wanted things that are as the goal wants them: clean, hot or cool."""
        match self.household.goal.kind:
            case "clean":
                return self.wanted & self._traits[traits.CLEANABLE] & state.clean
            case "heat":
                return self.wanted & self._traits[traits.HEATABLE] & state.hot
            case "cool":
                return self.wanted & self._traits[traits.COOLABLE] & state.cool
        return self.wanted

    def won(self, state: State) -> bool:
        """Whether the goal holds."""
        kind = self.household.goal.kind
        if kind == "light":
            lamps = self.lamps & state.used
            lit = any(state.inside[place] & lamps for place in self.places_at[state.at])
            return lit and bool(state.held & self.wanted)
        ready = self.treated(state)
        enough = 2 if kind == "two" else 1
        return any((state.inside[place] & ready).bit_count() >= enough for place in self.targets)

    def at_place(self, state: State, place: int) -> Iterator[Command]:
        """What is possible with a receptacle that one stands at."""
        kind = self.receptacles[place].kind
        yield Command("examine", place=place)
        if self.openable >> place & 1:
            yield Command("close" if state.opened >> place & 1 else "open", place=place)
        inside = state.inside[place]
        if self.accessible(state, place):
            if not state.held:
                for thing in bits(inside & self._traits[traits.PICKUPABLE]):
                    yield Command("take", thing, place)
            for thing in bits(state.held & self._fits[place]):
                yield Command("put", thing, place)
        for thing in bits(inside & self._traits[traits.TOGGLEABLE]):
            yield Command("use", thing, place)
        if kind in _SINKS:
            for thing in bits(state.held & self._traits[traits.CLEANABLE]):
                yield Command("clean", thing, place)
        if kind == "microwave":
            for thing in bits(state.held & self._traits[traits.HEATABLE]):
                yield Command("heat", thing, place)
        if kind == "fridge":
            for thing in bits(state.held & self._traits[traits.COOLABLE]):
                yield Command("cool", thing, place)

    def _beginning(self, numbers: dict[str, int]) -> State:
        things = {thing.id: number for number, thing in enumerate(self.things)}
        places = {each.id: number for number, each in enumerate(self.receptacles)}
        inside = [0] * len(self.receptacles)
        near = [0] * len(self.locations)
        for thing, place in self.household.inside:
            inside[places[place]] |= 1 << things[thing]
        for thing, location in self.household.near:
            near[numbers[location]] |= 1 << things[thing]
        already = dict.fromkeys(traits.CONDITIONS, 0)
        for condition, thing in self.household.already:
            already[condition] |= 1 << things[thing]
        return State(
            at=numbers[self.household.start],
            inside=tuple(inside),
            taken=(0,) * len(inside),
            near=tuple(near),
            opened=sum(1 << p for p, each in enumerate(self.receptacles) if each.opened),
            clean=already["isclean"],
            hot=already["ishot"],
            cool=already["iscool"],
            used=already["istoggled"],
            sliced=already["issliced"],
        )


def bits(mask: int) -> Iterator[int]:
    """The numbers of the bits that are set, ascending."""
    while mask:
        lowest = mask & -mask
        yield lowest.bit_length() - 1
        mask ^= lowest


def _set(masks: tuple[int, ...], index: int, mask: int) -> tuple[int, ...]:
    return (*masks[:index], mask, *masks[index + 1 :])
