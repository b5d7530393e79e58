"""What to do in a plot: its walkthrough, its subgoals and the commands that matter in it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from agentrm_envs.jericho.behaviour import told
from agentrm_envs.jericho.plot import Obstacle, Plot
from agentrm_envs.jericho.theme import Finale, Thing


@dataclass(frozen=True, slots=True)
class Solution:
    walkthrough: list[str]
    """Without the waits that ways with their own time ask for."""
    subgoals: list[str]
    """Sentences of the story, in the order of the walkthrough."""
    commands: list[str]
    """What may change something somewhere in the story, for lists of valid actions; sorted."""


def solve(plot: Plot) -> Solution:
    """The story's solution: every obstacle in turn, its item fetched before."""
    walk = _Walk(plot)
    for obstacle in plot.obstacles:
        walk.overcome(obstacle)
    for part in plot.finale.parts:
        walk.fetch(part)
    for part in plot.finale.parts:
        walk.go(plot.finale_at)
        walk.actions.append(bring(plot.finale, part))
    return Solution(walk.actions, _subgoals(plot), sorted(set(_commands(plot))))


def bring(finale: Finale, part: Thing) -> str:
    """The command that takes a part to where the story ends."""
    joint = {"put": "in", "give": "to", "tie": "to", "pour": "on"}
    if finale.verb in joint:
        return f"{finale.verb} {part.name} {joint[finale.verb]} {finale.thing.name}"
    return f"{finale.verb} {finale.thing.name} with {part.name}"


class _Walk:
    """A way through the plot, grown action by action."""

    def __init__(self, plot: Plot) -> None:
        self.plot = plot
        self.at = 0
        self.actions: list[str] = []
        self.held: set[str] = set()

    def go(self, room: int) -> None:
        self.actions += self.plot.route(self.at, room)
        self.at = room

    def fetch(self, thing: Thing) -> None:
        """Have the thing: it lies somewhere, or was got with an obstacle overcome."""
        if thing.name not in self.held:
            self.go(self.plot.lying[thing.name])
            self._take(thing)

    def overcome(self, obstacle: Obstacle) -> None:
        gate = obstacle.gate
        if gate.item is not None:
            self.fetch(gate.item)
            if gate.item.written:
                self.actions.append(f"read {gate.item.name}")
        self.go(obstacle.at)
        self.actions += list(actions(obstacle))
        if obstacle.beyond is not None:
            self.go(obstacle.beyond)
            if obstacle.reward is not None:
                self._take(obstacle.reward)
        elif obstacle.reward is not None:
            if gate.kind in ("trade", "ask", "search"):
                self.held.add(obstacle.reward.name)
            else:
                self._take(obstacle.reward)

    def _take(self, thing: Thing) -> None:
        self.actions.append(f"take {thing.name}")
        self.held.add(thing.name)


def actions(obstacle: Obstacle) -> Iterator[str]:
    """The commands that overcome an obstacle where it stands, its item in hand."""
    gate = obstacle.gate
    thing = gate.thing.name if gate.thing else ""
    item = gate.item.name if gate.item else ""
    match gate.kind:
        case "door":
            yield f"unlock {thing} with {item}"
        case "box":
            yield f"unlock {thing} with {item}"
            yield f"open {thing}"
        case "chest":
            yield f"open {thing}"
        case "tool":
            yield f"{gate.verbs[0]} {thing} with {item}"
        case "wear":
            yield f"wear {item}"
        case "dark":
            yield f"light {item}"
        case "trade":
            yield f"give {item} to {thing}"
        case "ask":
            yield f"ask {thing} about {gate.verbs[0]}"
        case "machine":
            assert gate.lever is not None
            yield f"put {item} in {thing}"
            yield f"pull {gate.lever.name}"
        case "code":
            yield f"set {thing} to {obstacle.code}"
        case "search":
            yield f"search {thing}"
        case "timed":
            pass


def _subgoals(plot: Plot) -> list[str]:
    """What is said as each obstacle is overcome, as the last things are got, and at the end."""
    found = []
    for obstacle in plot.obstacles:
        by_arriving = obstacle.gate.kind in ("wear", "timed")
        assert obstacle.beyond is not None or not by_arriving
        text = (
            plot.texts[obstacle.beyond or 0] if by_arriving else told(obstacle.gate.done, obstacle)
        )
        found.append(text)
    got = {
        o.reward.name
        for o in plot.obstacles
        if o.reward and o.gate.kind in ("trade", "ask", "search")
    }
    found += [f"You take the {part.name}" for part in plot.finale.parts if part.name not in got]
    return [*found, *plot.finale.each[:-1], plot.finale.done]


def _commands(plot: Plot) -> Iterator[str]:
    for thing in plot.things.values():
        yield f"take {thing.name}"
        yield f"drop {thing.name}"
    for obstacle in plot.obstacles:
        # A number or a topic has to be read first, so that no list may tell it.
        if obstacle.gate.kind not in ("code", "ask"):
            yield from actions(obstacle)
    for part in plot.finale.parts:
        yield bring(plot.finale, part)
