"""Times ALFWorld's steps, snapshots and loading, beside stock TextWorld in the same run.

    python benchmarks/alfworld.py [--games FOLDER] [--json]

It plays built-in households, and where a FOLDER with alfworld's game files (`.../game.tw-pddl`) is
given, some of these, by the engine and, where it is installed (`pip install 'agentrm[textworld]'`),
by TextWorld as it comes. All take the same random walks of admissible commands, every step makes
the full list of them, and both must tell the same. Times are of the processor; memory is what the
process has after the engine's games, and what TextWorld's add.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import time
import warnings
from collections.abc import Callable
from dataclasses import asdict, dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import agentrm_envs
from agentrm_envs.alfworld.env import World
from agentrm_envs.alfworld.reader import read_game

STEPS = 30
GAMES = 4
ROUNDS = 5
"""Of the engine's; their median is told."""
TASKS = 60


@dataclass(frozen=True, slots=True)
class Times:
    """Means over the games; the speed counts steps with the list of admissible commands."""

    load_ms: float
    steps_per_second: float
    memory_mb: float
    told: list[Any]


class Ours:
    """The engine on a game file, from its text to its observations and commands."""

    def load(self, text: str) -> tuple[str, list[str]]:
        household, grammar = read_game(text, "a game file")
        self._world = World(household, grammar)
        self._state = self._world.engine.start
        goal = household.goal.text
        return (
            f"{self._world.wording.opening(self._state)}\n\nYour task is to: {goal}",
            self._listed(),
        )

    def step(self, text: str) -> tuple[str, list[str]]:
        command = self._world.menu.commands(self._state)[text]
        self._state = self._world.engine.after(self._state, command)
        return self._world.wording.answer(command, self._state), self._listed()

    def _listed(self) -> list[str]:
        return sorted(self._world.menu.commands(self._state))


class Stock:
    """TextWorld with alfworld's names on a game file."""

    def __init__(self) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            from alfworld.agents.environment.alfred_tw_env import AlfredDemangler
            from textworld import EnvInfos
            from textworld.envs import PddlEnv
        self._env = AlfredDemangler(PddlEnv(EnvInfos(admissible_commands=True, won=True)))

    def load(self, text: str) -> tuple[str, list[str]]:
        arguments = sys.argv
        self._env.load(json.loads(text))
        state = self._env.reset()
        # TextWorld's translator takes the program's arguments for its own.
        sys.argv = arguments
        return state.feedback.partition("\n\n")[2], state["admissible_commands"]

    def step(self, text: str) -> tuple[str, list[str]]:
        state, _, _ = self._env.step(text)
        return state.feedback, state["admissible_commands"]


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--games", type=Path, help="a folder with game.tw-pddl files")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    # This file's folder comes first on the path, and there it would be the package alfworld.
    sys.path.remove(str(Path(__file__).resolve().parent))
    found: dict[str, Any] = {"environment": environment()}
    if options.games is not None:
        files = sorted(options.games.rglob("game.tw-pddl"))
        chosen = files[:: max(1, len(files) // GAMES)][:GAMES]
        found |= beside([file.read_text(encoding="utf-8") for file in chosen])
    found["snapshot and restore, us"] = rewinding()
    print(json.dumps(found, indent=None if options.json else 1))


def beside(games: list[str]) -> dict[str, Any]:
    """The engine's times on game files, TextWorld's where it is installed, and their ratios."""
    rounds = [play(games, Ours()) for _ in range(ROUNDS)]
    ours = Times(
        median([each.load_ms for each in rounds]),
        median([each.steps_per_second for each in rounds]),
        rounds[-1].memory_mb,
        rounds[-1].told,
    )
    found = {"engine on game files": row(ours)}
    if find_spec("fast_downward") is None:
        return found
    stock = play(games, Stock())
    if stock.told != ours.told:
        raise SystemExit("TextWorld and the engine tell different things")
    found["TextWorld on game files"] = row(stock)
    found["ratio"] = {
        "load": stock.load_ms / ours.load_ms,
        "steps": ours.steps_per_second / stock.steps_per_second,
    }
    return found


def play(games: list[str], simulator: Ours | Stock) -> Times:
    """Walk at random through each game."""
    loading = stepping = 0.0
    before = megabytes()
    told: list[Any] = []
    for number, game in enumerate(games):
        rng = random.Random(number)
        seconds, answer = timed(lambda game=game: simulator.load(game))
        loading += seconds
        for _ in range(STEPS):
            told.append(answer)
            command = rng.choice(answer[1])
            seconds, answer = timed(lambda command=command: simulator.step(command))
            stepping += seconds
        told.append(answer)
    added = megabytes() - (before if isinstance(simulator, Stock) else 0)
    return Times(1e3 * loading / len(games), len(games) * STEPS / stepping, added, told)


def environment() -> dict[str, float]:
    """The whole environment on built-in households, each step with its valid actions."""
    env = agentrm_envs.make("alfworld")
    rng = random.Random(0)
    loading = stepping = 0.0
    steps = 0
    for task in env.tasks[:TASKS]:
        loading += timed(lambda task=task: env.reset(options={"task": task}))[0]
        began = time.process_time()
        done = False
        while not done:
            _, _, terminated, truncated, _ = env.step(rng.choice(env.valid_actions()))
            done = terminated or truncated
            steps += 1
        stepping += time.process_time() - began
    return row(Times(1e3 * loading / TASKS, steps / stepping, megabytes(), []))


def rewinding() -> float:
    """Microseconds of a snapshot and its restoring."""
    env = agentrm_envs.make("alfworld")
    env.reset(options={"task": env.tasks[0]})
    began = time.process_time()
    for _ in range(1_000):
        env.restore(env.snapshot())
    return 1e6 * (time.process_time() - began) / 1_000


def row(times: Times) -> dict[str, float]:
    return {name: value for name, value in asdict(times).items() if name != "told"}


def timed(call: Callable[[], Any]) -> tuple[float, Any]:
    """Seconds of the processor, and what the call returned."""
    began = time.process_time()
    result = call()
    return time.process_time() - began, result


def median(numbers: list[float]) -> float:
    return sorted(numbers)[len(numbers) // 2]


def megabytes() -> float:
    """The memory of this process on Linux; 0 elsewhere."""
    try:
        lines = Path("/proc/self/status").read_text().splitlines()
    except FileNotFoundError:
        return 0.0
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS")) / 1e3


if __name__ == "__main__":
    main()
