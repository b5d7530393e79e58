"""TextWorld's own environment beside our engine, on the recorded games of alfworld.

    python -m tests.agentrm_envs.textworld_beside [--splits valid_seen] [--parts 200 --part 3]

plays every recorded game, or one part of them, in both grammars or with `--in-turn` in either:
along its walkthrough, along the recorded expert's trajectory, and at random. It needs the extra
`textworld`, whose planner is compiled on installation, and prints what was played, or stops at the
first difference.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import zlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace

from tqdm import tqdm

from agentrm_envs.alfworld.env import World
from agentrm_envs.alfworld.reader import read_game
from agentrm_envs.alfworld.wording import NOTHING
from tests.agentrm_envs.alfworld_recorded import BANNER, archive, compact, game_file
from tests.agentrm_envs.textworld_stock import Stock, Told, remembering

WANDERED = 30
"""Steps of random play."""
MISSPELT = 0.15
"""The share of these that are not written as they should be."""
_VERBS = {"slice": 30, "heat": 15, "cool": 15, "clean": 15, "use": 5, "put": 4, "move": 4}
_VERBS |= {"take": 6, "open": 4, "close": 2, "go": 4, "examine": 3}
_WANTED = re.compile("knife|microwave|fridge|sink|^go .*lamp|bread|apple|tomato|lettuce|potato")
SPLITS = ("valid_seen", "valid_train", "train")


class Ours:
    """Our engine with its texts and lists, told as TextWorld tells them."""

    def load(self, game: str) -> None:
        household, grammar = read_game(game, "a recorded game")
        self.world = World(household, grammar)

    def reset(self) -> Told:
        self._state = self.world.engine.start
        goal = self.world.engine.household.goal.text
        first = self.world.wording.opening(self._state)
        return replace(self._told(f"{BANNER}{first}\n\nYour task is to: {goal}"), score=0.0)

    def step(self, text: str) -> Told:
        command = self.world.menu.commands(self._state).get(text.strip())
        if command is None:
            return self._told(NOTHING)
        self._state = self.world.engine.after(self._state, command)
        return self._told(self.world.wording.answer(command, self._state))

    def _told(self, text: str) -> Told:
        won = self.world.engine.won(self._state)
        commands = tuple(sorted(self.world.menu.commands(self._state)))
        return Told(text, commands, float(won), won)


def compare(game: Recorded, stock: Stock) -> Counter[str]:
    """Play a game in both, also at random, and count what was compared.

    Raises Differs at the first thing that the two tell differently.
    """
    ours, counts = Ours(), Counter(games=1)
    stock.load(game.file)
    ours.load(game.file)
    for choose in game.plays():
        theirs, own = stock.reset(), ours.reset()
        played: list[str] = []
        while _same(game, theirs, own, played) and (action := choose(theirs.commands)) is not None:
            played.append(action)
            theirs, own = stock.step(action), ours.step(action)
            counts["steps"] += 1
            counts["commands listed"] += len(theirs.commands)
            verb = action.split()[0] if theirs.observation != NOTHING else "nothing happens"
            counts[verb] += 1
        counts["plays"] += 1
        counts["plays won"] += theirs.done
    return counts


class Differs(AssertionError):
    """TextWorld and our engine tell a game differently."""


def _same(game: Recorded, theirs: Told, ours: Told, played: list[str]) -> bool:
    if theirs != ours:
        raise Differs(f"{game.name}, after {played}: TextWorld says {theirs}, and we {ours}")
    return True


Chooser = Callable[[Sequence[str]], str | None]
"""Chooses what to do from the possible commands; None ends the play."""


def planned(actions: Sequence[str]) -> Chooser:
    rest = iter(actions)
    return lambda commands: next(rest, None)


def wandering(rng: random.Random) -> Chooser:
    """Possible commands, what is seldom possible first; now and then one that is misspelt."""
    left = iter(range(WANDERED))

    def choose(commands: Sequence[str]) -> str | None:
        if next(left, None) is None:
            return None
        command = rng.choices(commands, [_weight(commands, each) for each in commands])[0]
        return command if rng.random() > MISSPELT else _misspelt(rng, command)

    return choose


def _weight(commands: Sequence[str], command: str) -> float:
    verb = command.split()[0]
    alike = sum(each.split()[0] == verb for each in commands)
    return _VERBS.get(verb, 1) * (5 if _WANTED.search(command) else 1) / alike


def _misspelt(rng: random.Random, command: str) -> str:
    odd = (
        *(command.upper(), command + ".", command.replace(" ", "  "), f" {command}\n"),
        *(command.partition(" ")[0], command + " 1", re.sub(r"\d+", "9", command), "help me"),
    )
    return rng.choice(odd)


@dataclass(frozen=True, slots=True)
class Recorded:
    """A recorded game in one grammar, and what was played in it."""

    name: str
    file: str
    walkthrough: list[str]
    expert: list[str]
    """The recorded expert's commands; none but in the games for training."""

    def plays(self) -> list[Chooser]:
        known = [planned(each) for each in (self.walkthrough, self.expert) if each]
        return [*known, wandering(random.Random(f"{self.name} {len(self.file)}"))]


def recorded(split: str, *, parts: int = 1, part: int = 0) -> Iterator[Recorded]:
    """Every game of a split, or one part of them, in both grammars one after the other."""
    rows = {
        row["pddl_problem"]: row
        for row in compact(split)
        if zlib.crc32(row["pddl_problem"].encode()) % parts == part
    }
    for files in archive(split):
        old = files["game.tw-pddl"]
        row = rows.get(json.loads(old)["pddl_problem"])
        if row is not None:
            name = f"{row['task']}/{row['trial']}"
            turns = json.loads(files.get("gt_traj.json", "[]"))
            walkthrough, expert = row["walkthrough"], [t["value"].strip() for t in turns[1::2]]
            yield Recorded(name, old, [_put(each) for each in walkthrough], expert)
            moved = [_moved(each) for each in expert]
            yield Recorded(name, game_file(row), walkthrough, moved)


def in_turn(games: Iterable[Recorded]) -> Iterator[Recorded]:
    """Each game in one grammar: the first in the old one, the next in the new one."""
    for i, game in enumerate(games):
        if i % 4 in (0, 3):
            yield game


def _put(command: str) -> str:
    return re.sub("^move (.+) to (.+)$", r"put \1 in/on \2", command)


def _moved(command: str) -> str:
    return re.sub("^put (.+) in/on (.+)$", r"move \1 to \2", command)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--splits", nargs="+", choices=SPLITS, default=SPLITS)
    parser.add_argument("--parts", type=int, default=1, help="of the games, of equal size")
    parser.add_argument("--part", type=int, default=0, help="the one to play")
    parser.add_argument("--in-turn", action="store_true", help="each game in one grammar only")
    parser.add_argument("--stock", action="store_true", help="without `remembering`: slower")
    parsed = parser.parse_args()
    stock = Stock()
    with nullcontext() if parsed.stock else remembering():
        for split in parsed.splits:
            counts = Counter()
            games = recorded(split, parts=parsed.parts, part=parsed.part)
            for game in tqdm(in_turn(games) if parsed.in_turn else games, desc=split):
                counts += compare(game, stock)
            print(json.dumps({"split": split, "part": parsed.part, **counts}), flush=True)


if __name__ == "__main__":
    main()
