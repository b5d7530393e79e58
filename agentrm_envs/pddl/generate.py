"""Makes the built-in problems: `python -m agentrm_envs.pddl.generate` writes both task files.

The same seed gives the same bytes. Every problem is solved by the expert before it is admitted.
No two have the same start and goal, and no test problem is another problem with its objects
renamed.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice, pairwise
from pathlib import Path

from agentrm_envs.errors import NoPlan
from agentrm_envs.pddl.env import FAMILIES, builtin_domain, world
from agentrm_envs.pddl.expert import find_plan
from agentrm_envs.pddl.reader import read_problem
from agentrm_envs.pddl.shape import shape
from agentrm_envs.task_files import listing, write_tables

SEED = "agentrm pddl 1"
SPARE, TRAIN, TEST = 30, 120, 30
"""Problems of each family, in the order in which they are drawn. The spare ones are in neither
split: for trying things out without touching a test problem."""
LENGTHS = range(3, 19)
"""Actions of the expert's plan, at least and at most: the step limit is 30."""
LONG = 14
"""Longer plans are admitted one time in four, so that most problems leave room for errors."""
DOMAINS = {
    "gripper": "gripper-rooms",
    "blockworld": "block-towers",
    "barman": "barman-bar",
    "tyreworld": "tyre-change",
}


@dataclass(frozen=True, slots=True)
class Draft:
    """A problem before it is written: typed objects (type or "", names), facts and goals."""

    objects: tuple[tuple[str, tuple[str, ...]], ...]
    init: tuple[str, ...]
    goal: tuple[str, ...]


def main() -> None:
    write_tables(Path(__file__).parent, files())


def files(seed: str = SEED) -> dict[str, str]:
    """The text of each split's task file, one task a line."""
    tables: dict[str, dict[str, dict[str, str]]] = {"train": {}, "test": {}}
    for family in FAMILIES:
        for split, texts in zip(tables, _splits(family, seed), strict=True):
            tables[split] |= {
                f"{family}/{split}-{number:03}": {"family": family, "problem": text}
                for number, text in enumerate(texts)
            }
    return {split: listing(table) for split, table in tables.items()}


def _splits(family: str, seed: str) -> tuple[list[str], list[str]]:
    """The training and the test problems of a family."""
    drawn = problems(family, seed)
    early = list(islice(drawn, SPARE + TRAIN))
    known = {_shape(family, text) for text in early}
    test: list[str] = []
    for text in drawn:
        form = _shape(family, text)
        if form not in known:
            known.add(form)
            test.append(text)
        if len(test) == TEST:
            break
    return early[SPARE:], test


def _shape(family: str, problem: str) -> str:
    return shape(read_problem(problem, builtin_domain(family), family))


def problems(family: str, seed: str) -> Iterator[str]:
    """Problems without end, no two with the same start and goal."""
    rng = random.Random(f"{seed} {family}")
    seen: set[tuple[tuple[str, ...], tuple[str, ...]]] = set()
    while True:
        draft = DRAFTS[family](rng)
        key = (tuple(sorted(draft.init)), tuple(sorted(draft.goal)))
        if key in seen:
            continue
        seen.add(key)
        text = written(draft, DOMAINS[family])
        length = plan_length(family, text)
        if length in LENGTHS and (length <= LONG or rng.random() < 0.25):
            yield text


def plan_length(family: str, problem: str) -> int:
    """Actions in the expert's plan; 0 where there is none, or nothing to do."""
    grounded = world({"family": family, "problem": problem}).problem
    try:
        return len(find_plan(grounded, grounded.init))
    except NoPlan:
        return 0


def written(draft: Draft, domain: str) -> str:
    """The draft as PDDL."""
    objects = " ".join(
        " ".join(names) + (f" - {kind}" if kind else "") for kind, names in draft.objects
    )
    init = " ".join(f"({fact})" for fact in draft.init)
    goal = " ".join(f"({fact})" for fact in draft.goal)
    return (
        f"(define (problem made) (:domain {domain})\n(:objects {objects})\n"
        f"(:init {init})\n(:goal (and {goal})))"
    )


def gripper(rng: random.Random) -> Draft:
    """Balls in two or three rooms that belong in other rooms; one may be in hand."""
    rooms = tuple(f"room{letter}" for letter in "abc"[: rng.choice((2, 2, 3))])
    balls = _numbered("ball", rng.randint(1, 4))
    hands = ("left", "right")
    place = {ball: rng.choice(rooms) for ball in balls}
    carried = {balls[0]: rng.choice(hands)} if rng.random() < 0.25 else {}
    moved = rng.sample(balls, rng.randint(1, len(balls)))
    goal = [f"at {b} {rng.choice([r for r in rooms if r != place[b]])}" for b in sorted(moved)]
    init = [f"room {room}" for room in rooms] + [f"ball {ball}" for ball in balls]
    init += [f"gripper {hand}" for hand in hands] + [f"at-robby {rng.choice(rooms)}"]
    init += [f"free {hand}" for hand in hands if hand not in carried.values()]
    init += [f"carry {b} {carried[b]}" if b in carried else f"at {b} {place[b]}" for b in balls]
    return Draft((("", (*rooms, *balls, *hands)),), tuple(init), tuple(goal))


def blockworld(rng: random.Random) -> Draft:
    """Towers of three to five blocks, and some of the relations of other towers."""
    blocks = _numbered("b", rng.randint(3, 5))
    init = ["arm-empty"]
    for tower in _towers(rng, blocks):
        init += [f"on-table {tower[0]}", f"clear {tower[-1]}"]
        init += [f"on {upper} {lower}" for lower, upper in pairwise(tower)]
    wanted = [
        f"on {upper} {lower}" for tower in _towers(rng, blocks) for lower, upper in pairwise(tower)
    ]
    count = rng.randint(1, len(wanted)) if wanted else 0
    goal = sorted(rng.sample(wanted, count)) or [f"on-table {rng.choice(blocks)}"]
    return Draft((("", blocks),), tuple(init), tuple(goal))


def _towers(rng: random.Random, blocks: tuple[str, ...]) -> list[list[str]]:
    """The blocks in random order, cut into towers, each from the table upwards."""
    towers: list[list[str]] = []
    for block in rng.sample(blocks, len(blocks)):
        if towers and rng.random() < 0.6:
            rng.choice(towers).append(block)
        else:
            towers.append([block])
    return towers


def barman(rng: random.Random) -> Draft:
    """Shots of ingredients and cocktails; a glass may be used, and one in hand."""
    shots = _numbered("shot", rng.randint(2, 4))
    ingredients = _numbered("ingredient", rng.randint(2, 3))
    cocktails = _numbered("cocktail", rng.randint(1, 3))
    dispensers = _numbered("dispenser", len(ingredients))
    held = shots[0] if rng.random() < 0.2 else ""
    used = {s: rng.choice(ingredients) for s in shots[1:] if rng.random() < 0.15}
    init = [f"ontable {c}" for c in ("shaker1", *shots) if c != held]
    init += [f"holding left {held}", "handempty right"] if held else []
    init += [] if held else ["handempty left", "handempty right"]
    init += [f"dispenses {d} {i}" for d, i in zip(dispensers, ingredients, strict=True)]
    init += ["clean shaker1", "empty shaker1", *(f"empty {shot}" for shot in shots)]
    init += [f"used {s} {used[s]}" if s in used else f"clean {s}" for s in shots]
    init += ["shaker-empty-level shaker1 l0", "shaker-level shaker1 l0", "next l0 l1", "next l1 l2"]
    for cocktail in cocktails:
        first, second = rng.sample(ingredients, 2)
        init += [f"cocktail-part1 {cocktail} {first}", f"cocktail-part2 {cocktail} {second}"]
    wanted = sorted(rng.sample(shots, rng.randint(1, min(3, len(shots)))))
    mixed = rng.choice((0, 1, 1))
    drinks = [rng.choice(cocktails if i < mixed else ingredients) for i in range(len(wanted))]
    objects = (
        ("shaker", ("shaker1",)),
        ("hand", ("left", "right")),
        ("shot", shots),
        ("ingredient", ingredients),
        ("cocktail", cocktails),
        ("dispenser", dispensers),
        ("level", ("l0", "l1", "l2")),
    )
    goal = [f"contains {shot} {drink}" for shot, drink in zip(wanted, drinks, strict=True)]
    return Draft(objects, tuple(init), tuple(goal))


def tyreworld(rng: random.Random) -> Draft:
    """A stage of changing one wheel, from one of several states, with one or two hubs."""
    hubs = rng.choice((1, 1, 2))
    boot_open = rng.random() < 0.4
    fetched = [tool for tool in ("wrench", "pump", "jack") if boot_open and rng.random() < 0.5]
    init = ["unlocked boot", "isopen boot" if boot_open else "closed boot"]
    init += [f"have {t}" if t in fetched else f"in {t} boot" for t in ("wrench", "pump", "jack")]
    names: dict[str, list[str]] = {"hub": [], "nut": [], "wheel": []}
    choices: list[list[str]] = []
    for i in range(1, hubs + 1):
        hub, nut, spare, flat = f"the-hub{i}", f"nuts{i}", f"r{i}", f"w{i}"
        names["hub"].append(hub)
        names["nut"].append(nut)
        names["wheel"] += [spare, flat]
        loose = "wrench" in fetched and rng.random() < 0.4
        ready = rng.random() < 0.3
        init += [f"intact {spare}", f"in {spare} boot", f"on {flat} {hub}", f"on-ground {hub}"]
        init += [f"{'loose' if loose else 'tight'} {nut} {hub}", f"fastened {hub}"]
        init.append(f"{'inflated' if ready else 'not-inflated'} {spare}")
        stages = [
            [f"inflated {spare}"],
            [f"loose {nut} {hub}"],
            [f"not-on-ground {hub}"],
            [f"have {nut}"],
            [f"have {flat}"],
            [f"in {flat} boot"],
            [f"on {spare} {hub}"],
            [f"on {spare} {hub}", f"inflated {spare}"],
            [f"on {spare} {hub}", f"tight {nut} {hub}"],
        ]
        choices.append(rng.choice(stages))
    goal = sorted({fact for chosen in choices for fact in chosen})
    if rng.random() < 0.25:
        goal.append("closed boot")
    objects = (
        *((kind, tuple(members)) for kind, members in names.items()),
        ("container", ("boot",)),
    )
    return Draft(objects, tuple(init), tuple(goal))


def _numbered(stem: str, count: int) -> tuple[str, ...]:
    return tuple(f"{stem}{number}" for number in range(1, count + 1))


DRAFTS: dict[str, Callable[[random.Random], Draft]] = {
    "gripper": gripper,
    "blockworld": blockworld,
    "barman": barman,
    "tyreworld": tyreworld,
}

if __name__ == "__main__":
    main()
