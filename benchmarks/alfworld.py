"""Times ALFWorld's steps, snapshots and loading, beside stock TextWorld in the same run.

    python benchmarks/alfworld.py [--games FOLDER] [--textworld] [--json]

Without FOLDER it plays built-in households. FOLDER holds alfworld's game files
(`.../game.tw-pddl`); with `--textworld` each is also played by stock TextWorld, and every
observation, list of admissible commands and end must be the same before anything is printed.
TextWorld's planner is compiled when it is installed: give it a virtual environment of its own,
with `alfworld textworld[pddl]` and this package.

Both play the same random walks of admissible commands. Every step makes the full list of
admissible commands, as TextWorld does.
"""

from __future__ import annotations

import argparse
import json
import random
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Protocol

import agentrm_envs
from agentrm_envs.alfworld.engine import Engine
from agentrm_envs.alfworld.menu import Menu
from agentrm_envs.alfworld.reader import read_game
from agentrm_envs.alfworld.wording import Wording

STEPS = 60
GAMES = 8


@dataclass(frozen=True, slots=True)
class Turn:
    """What a simulator shows after a command."""

    text: str
    commands: list[str]
    won: bool


class Game(Protocol):
    def start(self) -> Turn: ...

    def step(self, command: str) -> Turn: ...


@dataclass(frozen=True, slots=True)
class Times:
    """Means over the games; the speed counts steps with the list of admissible commands."""

    load_ms: float
    steps_per_second: float


class Ours:
    """A game file on our engine, from its text to its turns."""

    def __init__(self, file: Path) -> None:
        household, grammar = read_game(file.read_text(encoding="utf-8"), str(file))
        self.engine = Engine(household)
        self.wording = Wording(self.engine, grammar)
        self.menu = Menu(self.engine, self.wording)
        self.state = self.engine.start

    def start(self) -> Turn:
        goal = self.engine.household.goal.text
        look = self.wording.look(self.state)
        return self._turn(
            f"-= Welcome to TextWorld, ALFRED! =-\n\n{look}\n\nYour task is to: {goal}"
        )

    def step(self, command: str) -> Turn:
        chosen = self.commands[command]
        self.state = self.engine.after(self.state, chosen)
        return self._turn(self.wording.answer(chosen, self.state))

    def _turn(self, text: str) -> Turn:
        self.commands = self.menu.commands(self.state)
        return Turn(text, sorted(self.commands), self.engine.won(self.state))


class Stock:
    """The same file on TextWorld, as alfworld sets it up."""

    def __init__(self, file: Path) -> None:
        import textworld
        from alfworld.agents.environment.alfred_tw_env import AlfredDemangler

        wanted = textworld.EnvInfos(won=True, admissible_commands=True)
        self.env = AlfredDemangler(textworld.start(str(file), wanted))
        self.env.load(str(file))

    def start(self) -> Turn:
        return self._turn(self.env.reset())

    def step(self, command: str) -> Turn:
        return self._turn(self.env.step(command)[0])

    def _turn(self, state: Any) -> Turn:
        return Turn(state.feedback, list(state.admissible_commands), bool(state.won))


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--games", type=Path, help="a folder with game.tw-pddl files")
    parser.add_argument("--textworld", action="store_true", help="play them in TextWorld too")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    if options.textworld and options.games is None:
        parser.error("--textworld needs --games")
    found: dict[str, Any] = {"environment": asdict(environment())}
    if options.games is not None:
        files = sorted(options.games.rglob("game.tw-pddl"))
        files = files[:: max(1, len(files) // GAMES)][:GAMES]
        ours, walks = play(Ours, files)
        found["engine on game files"] = asdict(ours)
        if options.textworld:
            stock, same = play(Stock, files)
            if same != walks:
                raise SystemExit("TextWorld's turns differ from ours")
            found["textworld"] = asdict(stock)
            found["times as fast"] = ours.steps_per_second / stock.steps_per_second
    found["snapshot and restore, us"] = rewinding()
    print(json.dumps(found, indent=None if options.json else 1))


def play(make: Callable[[Path], Game], files: list[Path]) -> tuple[Times, list[list[Turn]]]:
    """Walk at random through each game, the same walk for the same turns."""
    loading = stepping = 0.0
    walks = []
    for number, file in enumerate(files):
        began = time.perf_counter()
        game = make(file)
        turns = [game.start()]
        loading += time.perf_counter() - began
        rng = random.Random(number)
        began = time.perf_counter()
        for _ in range(STEPS):
            turns.append(game.step(rng.choice(turns[-1].commands)))
        stepping += time.perf_counter() - began
        walks.append(turns)
    return Times(1e3 * loading / len(files), len(files) * STEPS / stepping), walks


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
