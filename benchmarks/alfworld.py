"""Times ALFWorld's steps, snapshots and loading.

    python benchmarks/alfworld.py [--games FOLDER] [--json]

It plays built-in households, and the engine alone plays alfworld's game files
(`.../game.tw-pddl`) in FOLDER where one is given. Both take random walks of admissible commands,
and every step makes the full list of them, as TextWorld does.
"""

from __future__ import annotations

import argparse
import json
import random
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import agentrm_envs
from agentrm_envs.alfworld.engine import Engine
from agentrm_envs.alfworld.menu import Menu
from agentrm_envs.alfworld.reader import read_game
from agentrm_envs.alfworld.wording import Wording

STEPS = 60
GAMES = 8


@dataclass(frozen=True, slots=True)
class Times:
    """Means over the games; the speed counts steps with the list of admissible commands."""

    load_ms: float
    steps_per_second: float


class Game:
    """A game file on the engine, from its text to its observations."""

    def __init__(self, file: Path) -> None:
        household, grammar = read_game(file.read_text(encoding="utf-8"), str(file))
        self.engine = Engine(household)
        self.wording = Wording(self.engine, grammar)
        self.menu = Menu(self.engine, self.wording)
        self.state = self.engine.start
        self.commands = self.menu.commands(self.state)

    def step(self, text: str) -> str:
        command = self.commands[text]
        self.state = self.engine.after(self.state, command)
        self.commands = self.menu.commands(self.state)
        return self.wording.answer(command, self.state)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--games", type=Path, help="a folder with game.tw-pddl files")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    found: dict[str, Any] = {"environment": asdict(environment())}
    if options.games is not None:
        files = sorted(options.games.rglob("game.tw-pddl"))
        found["engine on game files"] = asdict(play(files[:: max(1, len(files) // GAMES)][:GAMES]))
    found["snapshot and restore, us"] = rewinding()
    print(json.dumps(found, indent=None if options.json else 1))


def play(files: list[Path]) -> Times:
    """Walk at random through each game file."""
    loading = stepping = 0.0
    for number, file in enumerate(files):
        began = time.perf_counter()
        game = Game(file)
        loading += time.perf_counter() - began
        rng = random.Random(number)
        began = time.perf_counter()
        for _ in range(STEPS):
            game.step(rng.choice(sorted(game.commands)))
        stepping += time.perf_counter() - began
    return Times(1e3 * loading / len(files), len(files) * STEPS / stepping)


def environment() -> Times:
    """The whole environment on built-in households, each step with its valid actions."""
    env = agentrm_envs.make("alfworld")
    rng = random.Random(0)
    loading = stepping = 0.0
    steps = 0
    for task in env.tasks[:60]:
        began = time.perf_counter()
        env.reset(options={"task": task})
        loading += time.perf_counter() - began
        began = time.perf_counter()
        done = False
        while not done:
            _, _, terminated, truncated, _ = env.step(rng.choice(env.valid_actions()))
            done = terminated or truncated
            steps += 1
        stepping += time.perf_counter() - began
    return Times(1e3 * loading / 60, steps / stepping)


def rewinding() -> float:
    """Microseconds of a snapshot and its restoring."""
    env = agentrm_envs.make("alfworld")
    env.reset(options={"task": env.tasks[0]})
    began = time.perf_counter()
    for _ in range(1_000):
        env.restore(env.snapshot())
    return 1e6 * (time.perf_counter() - began) / 1_000


if __name__ == "__main__":
    main()
