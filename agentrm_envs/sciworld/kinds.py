"""The thirty kinds of ScienceWorld's tasks: how many variations each has, and how they split."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

Task = TypeVar("Task")


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of task: scienceworld 1.2.3 has `variations` of it, numbered from 0."""

    variations: int
    steps: int
    """Steps that an episode may take: ETO's `max_steps.json`, or ours where it has none."""

    def numbers(self, split: str) -> range:
        """The variations of a split, by the simulator's own rule.

        Quarters in order: two for training, one for development, the rest for the test.
        """
        quarter = self.variations // 4
        bounds = {"train": (0, 2), "dev": (2, 3)}
        if split == "test":
            return range(3 * quarter, self.variations)
        first, last = bounds[split]
        return range(first * quarter, last * quarter)


KINDS: dict[str, Kind] = {
    "boil": Kind(30, 100),
    "change-the-state-of-matter-of": Kind(30, 80),
    "chemistry-mix": Kind(32, 60),
    "chemistry-mix-paint-secondary-color": Kind(36, 15),
    "chemistry-mix-paint-tertiary-color": Kind(36, 30),
    "find-animal": Kind(300, 15),
    "find-living-thing": Kind(300, 15),
    "find-non-living-thing": Kind(300, 15),
    "find-plant": Kind(300, 15),
    "freeze": Kind(30, 80),
    "grow-fruit": Kind(126, 60),
    "grow-plant": Kind(126, 30),
    "identify-life-stages-1": Kind(14, 30),
    "identify-life-stages-2": Kind(10, 30),
    "inclined-plane-determine-angle": Kind(168, 60),
    "inclined-plane-friction-named-surfaces": Kind(1386, 80),
    "inclined-plane-friction-unnamed-surfaces": Kind(162, 120),
    "lifespan-longest-lived": Kind(125, 10),
    "lifespan-longest-lived-then-shortest-lived": Kind(125, 12),
    "lifespan-shortest-lived": Kind(125, 10),
    "measure-melting-point-known-substance": Kind(436, 120),
    "measure-melting-point-unknown-substance": Kind(300, 120),
    "melt": Kind(30, 80),
    "mendelian-genetics-known-plant": Kind(120, 120),
    "mendelian-genetics-unknown-plant": Kind(480, 120),
    "power-component": Kind(20, 20),
    "power-component-renewable-vs-nonrenewable-energy": Kind(20, 30),
    "test-conductivity": Kind(900, 30),
    "test-conductivity-of-unknown-substances": Kind(600, 30),
    "use-thermometer": Kind(540, 30),
}

_OLD_PREFIX = re.compile(r"^task-[0-9ab]+-")
_NUMBER = re.compile(r"0|[1-9][0-9]{0,8}")


def kind_name(upstream: str) -> str:
    """Today's name of a kind: ETO has older ones, as `task-4-grow-fruit`, some in brackets."""
    plain = _OLD_PREFIX.sub("", upstream).replace("(", "").replace(")", "")
    return plain.replace("mendellian", "mendelian")


def in_rounds(by_kind: Mapping[str, Sequence[Task]]) -> list[Task]:
    """The tasks in rounds of one of each kind, so that the first ones are of many kinds.

    Every other round goes from the kinds with many steps to those with few: both ends of the
    list are quick to play.
    """
    kinds = sorted(by_kind, key=lambda kind: (KINDS[kind].steps, kind))
    ordered: list[Task] = []
    for number in range(max(map(len, by_kind.values()), default=0)):
        turn = [by_kind[kind][number] for kind in kinds if number < len(by_kind[kind])]
        ordered += turn if number % 2 == 0 else reversed(turn)
    return ordered


def exists(kind: str, number: str) -> bool:
    """Whether `number` is a variation's number, as it is written in task ids."""
    known = KINDS.get(kind)
    return known is not None and bool(_NUMBER.fullmatch(number)) and int(number) < known.variations
