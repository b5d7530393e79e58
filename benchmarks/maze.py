"""Times the maze's steps and snapshots, beside AgentGym's class in the same run.

    python benchmarks/maze.py [--upstream DIR] [--json]

DIR holds checkouts of the two repositories of upstream's environment, under their own names:

    git clone https://github.com/abdulhaim/LMRL-Gym DIR/LMRL-Gym
    git clone https://github.com/WooooDyy/AgentGym DIR/AgentGym

Both play the same episodes, of 50 moves at most, from the 25 official starts; before anything
is timed, their observations, rewards and ends must be the same. Times are microseconds of one
call, the best of several rounds taken in turns; resets are not timed. Upstream's drawing
library, tokenizer class and debugger are not needed to walk and are replaced by empty modules.
"""

from __future__ import annotations

import argparse
import contextlib
import importlib
import io
import json
import random
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

import agentrm_envs
from agentrm_envs.maze.grid import MOVES

MAX_STEPS = 50
ROUNDS = 7
EPISODES_EACH = 4
ODD_ACTIONS = ("Move up", "move up ", "look", "")

Answer = tuple[str, float, bool]
Play = Callable[[int, Sequence[str]], tuple[list[Answer], float]]
"""Plays actions from a numbered start: the answers, and the seconds that the steps took."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=Raw)
    parser.add_argument("--upstream", type=Path, metavar="DIR", help="checkouts of upstream")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    arguments = parser.parse_args()
    numbers = measure(arguments.upstream)
    if arguments.json:
        print(json.dumps(numbers, sort_keys=True))
        return
    for name, number in numbers.items():
        print(f"{name:40} {number:10.2f}")
    if arguments.upstream is None:
        print("upstream was not measured: see --help for --upstream DIR")


class Raw(argparse.RawDescriptionHelpFormatter):
    """Leaves the module's docstring as it is."""


def measure(upstream: Path | None) -> dict[str, float]:
    """Microseconds a call, and how many times faster than upstream."""
    episodes = _episodes(random.Random(0))
    ours = _ours()
    numbers: dict[str, float] = {}
    if upstream is None:
        numbers["ours: step, us"] = min(_round(ours, episodes) for _ in range(ROUNDS))
        numbers |= _snapshots()
        return numbers
    server = _upstream_server(upstream)
    theirs = _theirs(server)
    _require_same_answers(ours, theirs, episodes)
    rounds = [(_round(ours, episodes), _round(theirs, episodes)) for _ in range(ROUNDS)]
    our_step, their_step = (min(times) for times in zip(*rounds, strict=True))
    numbers["ours: step, us"] = our_step
    numbers["AgentGym: step, us"] = their_step
    numbers["steps: times faster"] = their_step / our_step
    numbers |= _snapshots()
    their_copy = min(_microseconds(server.env[0].copy) for _ in range(ROUNDS))
    numbers["AgentGym: copy, us"] = their_copy
    numbers["snapshots: times faster"] = their_copy / numbers["ours: snapshot + restore, us"]
    return numbers


def _episodes(rng: random.Random) -> list[tuple[int, list[str]]]:
    """Random episodes from every start, one action in twenty of them illegal."""
    actions = [*list(MOVES) * 19, *ODD_ACTIONS]
    return [
        (start, rng.choices(actions, k=MAX_STEPS))
        for _ in range(EPISODES_EACH)
        for start in range(25)
    ]


def _round(play: Play, episodes: Sequence[tuple[int, list[str]]]) -> float:
    """Microseconds a step, over all the episodes."""
    played = [play(start, actions) for start, actions in episodes]
    return 1e6 * sum(seconds for _, seconds in played) / sum(len(answers) for answers, _ in played)


def _require_same_answers(
    ours: Play, theirs: Play, episodes: Sequence[tuple[int, list[str]]]
) -> None:
    for start, actions in episodes:
        here, there = ours(start, actions)[0], theirs(start, actions)[0]
        if here != there:
            raise SystemExit(f"start {start}: we answer {here}, upstream {there}")


def _ours() -> Play:
    env = agentrm_envs.make("maze", data="official", max_steps=MAX_STEPS)

    def play(start: int, actions: Sequence[str]) -> tuple[list[Answer], float]:
        env.reset(options={"task": f"lmrlgym_maze_{start}"})
        answers: list[Answer] = []
        begin = time.perf_counter()
        for action in actions:
            observation, reward, terminated, _, _ = env.step(action)
            answers.append((observation, reward, terminated))
            if terminated:
                break
        return answers, time.perf_counter() - begin

    return play


def _theirs(server: Any) -> Play:
    def play(start: int, actions: Sequence[str]) -> tuple[list[Answer], float]:
        server.reset(0, start)
        answers: list[Answer] = []
        begin = time.perf_counter()
        for action in actions:
            answer = server.step(0, action)
            answers.append((answer["observation"], answer["reward"], answer["done"]))
            if answer["done"]:
                break
        return answers, time.perf_counter() - begin

    return play


def _upstream_server(folder: Path) -> Any:
    """AgentGym's environment class with one environment in it, imported from the checkouts."""
    package = folder / "AgentGym" / "agentenv-lmrlgym" / "agentenv_lmrlgym"
    for needed in (package / "maze", folder / "LMRL-Gym" / "llm_rl_scripts" / "maze"):
        if not needed.is_dir():
            raise SystemExit(f"{needed} is missing: clone upstream as --help says")
    _put_empty_module("IPython", embed=None)
    _put_empty_module("skimage")
    _put_empty_module("skimage.draw", disk=None, random_shapes=None, rectangle=None)
    _put_empty_module("transformers")
    _put_empty_module("transformers.tokenization_utils", PreTrainedTokenizer=object)
    # The package itself would start a web server's imports.
    _put_empty_module("agentenv_lmrlgym").__path__ = [str(package)]
    sys.path.insert(0, str(folder / "LMRL-Gym"))
    server = importlib.import_module("agentenv_lmrlgym.maze.environment").Lmrlgym_MazeEnv()
    with contextlib.redirect_stdout(io.StringIO()):
        server.create()
    return server


def _put_empty_module(name: str, **attributes: Any) -> ModuleType:
    module = sys.modules[name] = ModuleType(name)
    for attribute, value in attributes.items():
        setattr(module, attribute, value)
    return module


def _snapshots() -> dict[str, float]:
    """Microseconds of a snapshot and a restore, ten steps into an episode."""
    env = agentrm_envs.make("maze", data="official", max_steps=MAX_STEPS)
    env.reset(options={"task": "lmrlgym_maze_0"})
    for _ in range(10):
        env.step("move right")
    snapshot = env.snapshot()

    def there_and_back() -> None:
        env.restore(env.snapshot())

    def restore_and_step() -> None:
        env.restore(snapshot)
        env.step("move left")

    calls = {"snapshot + restore": there_and_back, "restore + step": restore_and_step}
    return {
        f"ours: {name}, us": min(_microseconds(call) for _ in range(ROUNDS))
        for name, call in calls.items()
    }


def _microseconds(call: Callable[[], Any], calls: int = 2_000) -> float:
    begin = time.perf_counter()
    for _ in range(calls):
        call()
    return 1e6 * (time.perf_counter() - begin) / calls


if __name__ == "__main__":
    main()
