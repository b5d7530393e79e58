"""Times BabyAI's steps and snapshots, beside AgentGym's wrapper in the same run.

    python benchmarks/babyai.py [--upstream DIR] [--json]

DIR holds a checkout of the upstream's repository, under its own name:

    git clone https://github.com/WooooDyy/AgentGym DIR/AgentGym

AgentGym's class is AgentBoard's text wrapper on the installed minigrid. Both play the same
commands at every level but one, under the rules for labelled tasks; before anything is timed, their
observations must be the same. Times are microseconds of one call, the best of several rounds
taken in turns; resets are not timed. Upstream lists the valid commands at every step, so
listing them is timed with our steps too; the second line is a step that nobody asks for them.
"""

from __future__ import annotations

import argparse
import copy
import importlib.util
import json
import random
import statistics
import sys
import time
import warnings
from collections.abc import Callable, Sequence
from contextlib import redirect_stdout
from functools import partial
from io import StringIO
from pathlib import Path
from types import ModuleType
from typing import Any

from agentrm_envs.babyai.env import BabyAIEnv
from agentrm_envs.babyai.levels import LEVELS, gym_id

MAX_STEPS = 30
ROUNDS = 5
SEED = 90_000
PLAYED = tuple(level for level in LEVELS if level != "PutNextS7N4Carrying")
"""There, upstream's first observation still shows on the floor what is already carried."""
NONSENSE = "open the door"

Episode = tuple[str, Sequence[str]]
"""A level and the commands to play there."""
Player = Callable[[str, Sequence[str]], tuple[list[str], float]]
"""Plays commands at a level: the observations, and the seconds that the steps took."""


class Labelled(BabyAIEnv):
    """Every level with a subgoal that is never shown, so that only the step limit ends it."""

    def _find(self, task_id: str) -> Any:
        return {**super()._find(task_id), "subgoals": [["shown in no observation"]]}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=Raw)
    parser.add_argument("--upstream", type=Path, metavar="DIR", help="a checkout of upstream")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    arguments = parser.parse_args()
    numbers = measure(arguments.upstream)
    if arguments.json:
        print(json.dumps(numbers, sort_keys=True))
        return
    for name, number in numbers.items():
        print(f"{name:44} {number:10.2f}")
    if arguments.upstream is None:
        print("upstream was not measured: see --help for --upstream DIR")


class Raw(argparse.RawDescriptionHelpFormatter):
    """Leaves the module's docstring as it is."""


def measure(upstream: Path | None) -> dict[str, float]:
    """Microseconds a call, and how many times faster than upstream."""
    episodes = [(level, _commands(level)) for level in PLAYED]
    players = {"ours: step and list": _ours(listing=True), "ours: step": _ours(listing=False)}
    wrapper = None if upstream is None else _wrapper(upstream)
    if wrapper is not None:
        players["AgentGym: step"] = _theirs(wrapper)
        _require_same_answers(players["ours: step"], players["AgentGym: step"], episodes)
    rounds = [
        {name: _round(play, episodes) for name, play in players.items()} for _ in range(ROUNDS)
    ]
    numbers = {f"{name}, us": min(each[name] for each in rounds) for name in players}
    numbers |= _snapshots()
    if wrapper is not None:
        numbers["AgentGym: deepcopy, us"] = _copies(wrapper)
        listed, theirs = numbers["ours: step and list, us"], numbers["AgentGym: step, us"]
        numbers["steps: times faster"] = theirs / listed
        saved = numbers["ours: snapshot, us"] + numbers["ours: restore, us"]
        numbers["snapshots: times faster"] = numbers["AgentGym: deepcopy, us"] / saved
    return numbers


def _commands(level: str) -> list[str]:
    """Random commands, one in ten of them nonsense."""
    rng = random.Random(level)
    env = Labelled("babyai", MAX_STEPS)
    env.reset(options={"task": f"{level}/{SEED}"})
    played = []
    for _ in range(MAX_STEPS):
        played.append(NONSENSE if rng.random() < 0.1 else rng.choice(env.valid_actions()))
        env.step(played[-1])
    return played


def _ours(*, listing: bool) -> Player:
    env = Labelled("babyai", MAX_STEPS)

    def play(level: str, commands: Sequence[str]) -> tuple[list[str], float]:
        first, _ = env.reset(options={"task": f"{level}/{SEED}"})
        observations = [first]
        began = time.perf_counter()
        for command in commands:
            observations.append(env.step(command)[0])
            if listing:
                env.valid_actions()
        return observations, time.perf_counter() - began

    return play


def _theirs(wrapper: Any) -> Player:
    def play(level: str, commands: Sequence[str]) -> tuple[list[str], float]:
        env = _their_env(wrapper, level)
        observations = [env._get_obs()]
        began = time.perf_counter()
        for command in commands:
            observations.append(env.step(command)[0])
        return observations, time.perf_counter() - began

    return play


def _their_env(wrapper: Any, level: str) -> Any:
    labels = ["shown in no observation"]
    with redirect_stdout(StringIO()):  # minigrid prints each rejected draw of a level
        return wrapper.BabyAI(game_name=gym_id(level), seed=SEED, obs_to_reward=labels)


def _round(play: Player, episodes: Sequence[Episode]) -> float:
    """Microseconds a step, over all the episodes."""
    seconds = sum(play(level, commands)[1] for level, commands in episodes)
    return 1e6 * seconds / sum(len(commands) for _, commands in episodes)


def _require_same_answers(ours: Player, theirs: Player, episodes: Sequence[Episode]) -> None:
    for level, commands in episodes:
        pairs = zip(ours(level, commands)[0], theirs(level, commands)[0], strict=True)
        for number, (here, there) in enumerate(pairs):
            if here != there:
                raise SystemExit(f"{level}, step {number}: we say {here!r}, upstream {there!r}")


def _snapshots() -> dict[str, float]:
    """Microseconds of a snapshot and of a restore: the mean over the levels, and the worst."""
    saves, loads = [], []
    for level in LEVELS:
        env = Labelled("babyai", MAX_STEPS)
        env.reset(options={"task": f"{level}/{SEED}"})
        snapshot = env.snapshot()
        env.step("turn left")
        saves.append(_microseconds(env.snapshot))
        loads.append(_microseconds(partial(env.restore, snapshot)))
    return {
        "ours: snapshot, us": statistics.fmean(saves),
        "ours: restore, us": statistics.fmean(loads),
        "ours: slowest level's restore, us": max(loads),
    }


def _copies(wrapper: Any) -> float:
    """Microseconds of a deep copy of upstream's wrapper: the mean over the levels."""
    envs = [_their_env(wrapper, level) for level in LEVELS]
    return statistics.fmean(_microseconds(partial(copy.deepcopy, env), calls=20) for env in envs)


def _microseconds(call: Callable[[], Any], calls: int = 100) -> float:
    """The best of several rounds of calls."""
    times = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        for _ in range(calls):
            call()
        times.append(time.perf_counter() - began)
    return 1e6 * min(times) / calls


def _wrapper(folder: Path) -> ModuleType:
    """AgentGym's module of the text wrapper, imported from the checkout."""
    file = folder / "AgentGym" / "agentenv-babyai" / "agentenv_babyai" / "environment.py"
    if not file.is_file():
        raise SystemExit(f"{file} is missing: clone upstream as --help says")
    # It asks the old gym for a base class only, and for drawing only when asked to draw.
    _put_empty_module("gym", Env=object)
    _put_empty_module("matplotlib")
    _put_empty_module("matplotlib.pyplot")
    _put_empty_module("PIL", Image=None)
    warnings.filterwarnings("ignore", message=".*2-dimensional vectors.*")
    spec = importlib.util.spec_from_file_location("agentgym_babyai", file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _put_empty_module(name: str, **attributes: Any) -> None:
    module = sys.modules[name] = ModuleType(name)
    for attribute, value in attributes.items():
        setattr(module, attribute, value)


if __name__ == "__main__":
    main()
