"""Times the tools: reading a call, carrying it out, and a step with its snapshot.

    python benchmarks/tools.py [--scores] [--json]

The same text of a call is read by our reader and, beside it in the same run, by Python's `json`
and `ast.literal_eval`; upstream's own way, `eval`, is timed for comparison, since it executes what
a model writes. AgentBoard's tools cannot be timed: they answer through the web. Times are
microseconds of one call, the best of several rounds taken in turns.

`--scores` also plays every test task of ToolQuery: as the expert, at random, and by a simple
heuristic that calls, of the tools it has arguments for, those whose names and descriptions share
most words with the question, and answers with the last thing it was told.
"""

from __future__ import annotations

import argparse
import ast
import datetime
import json
import random
import re
import statistics
import time
from collections import defaultdict
from collections.abc import Callable
from functools import partial
from typing import Any

import agentrm_envs
from agentrm_envs.tool_query.applications import APPLICATIONS
from agentrm_envs.tool_query.climate import weather
from agentrm_envs.tool_query.env import ToolQueryEnv
from agentrm_envs.tools.call import read_call
from agentrm_envs.tools.literals import read_literal
from agentrm_envs.tools.validation import check

ROUNDS = 7
SPAN = {"latitude": 40.71, "longitude": -74.0, "start_date": "2015-05-01", "end_date": "2015-05-07"}
Choose = Callable[[ToolQueryEnv, random.Random], str]


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--scores", action="store_true", help="play all test tasks, too")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    arguments = parser.parse_args()
    numbers = times() | (scores() if arguments.scores else {})
    if arguments.json:
        print(json.dumps(numbers, sort_keys=True))
        return
    for name, number in numbers.items():
        print(f"{name:56} {number:10.3f}")


def times() -> dict[str, float]:
    as_json, as_python = json.dumps(SPAN), repr(SPAN)
    action = f"get_historical_temp with Action Input: {as_json}"
    tool = next(t for t in APPLICATIONS["weather"].tools if t.name == "get_historical_temp")
    env = _env()
    env.reset(options={"task": "weather/test-000"})
    for step in agentrm_envs.expert("tool_query")(env)[:2]:
        env.step(step)
    calls: dict[str, Callable[[], Any]] = {
        "read JSON, ours": partial(read_literal, as_json),
        "read JSON, json.loads": partial(json.loads, as_json),
        "read a Python literal, ours": partial(read_literal, as_python),
        "read a Python literal, ast.literal_eval": partial(ast.literal_eval, as_python),
        "read a Python literal, eval as upstream": partial(eval, as_python),
        "read a call": partial(read_call, action),
        "check four arguments": partial(check, tool, SPAN),
        "answer a call about a week": lambda: env.problem.box.answer(env.episode.state, action),
        "answer a call that is refused": lambda: env.problem.box.answer(None, "look around"),
        "snapshot + restore": lambda: env.restore(env.snapshot()),
        "list of valid actions": env.valid_actions,
        "reset": lambda: env.reset(options={"task": "weather/test-000"}),
    }
    best = dict.fromkeys(calls, float("inf"))
    for _ in range(ROUNDS):
        for name, call in calls.items():
            best[name] = min(best[name], _microseconds(call))
    numbers = {f"{name}, us": number for name, number in best.items()}
    return numbers | {"a day's weather, first time, us": _first_days()}


def _first_days() -> float:
    """Microseconds for a day's weather that was never asked for."""
    days = [datetime.date(1900, 1, 1) + datetime.timedelta(n) for n in range(2_000)]
    begin = time.perf_counter()
    for day in days:
        weather(12.5, 77.5, day)
    return 1e6 * (time.perf_counter() - begin) / len(days)


def scores() -> dict[str, float]:
    """Mean score and success of each way of playing, by application."""
    told: dict[str, list[tuple[float, bool]]] = defaultdict(list)
    env = _env()
    for task in env.tasks:
        app = task.partition("/")[0]
        env.reset(options={"task": task})
        told[f"expert, {app}"].append(_played(env, agentrm_envs.expert("tool_query")(env)))
        for name, choose in (("random", at_random), ("heuristic", Curious().choose)):
            env.reset(options={"task": task})
            told[f"{name}, {app}"].append(_finished(env, choose, random.Random(task)))
    numbers: dict[str, float] = {}
    for name in sorted(told):
        numbers[f"mean score, {name}"] = statistics.fmean(score for score, _ in told[name])
        numbers[f"success, {name}"] = statistics.fmean(won for _, won in told[name])
    return numbers


def _played(env: ToolQueryEnv, actions: list[str]) -> tuple[float, bool]:
    for action in actions:
        info = env.step(action)[-1]
    return info["score"], info["success"]


def _finished(env: ToolQueryEnv, choose: Choose, rng: random.Random) -> tuple[float, bool]:
    while True:
        *_, terminated, truncated, info = env.step(choose(env, rng))
        if terminated or truncated:
            return info["score"], info["success"]


def at_random(env: ToolQueryEnv, rng: random.Random) -> str:
    return rng.choice(env.valid_actions())


class Curious:
    """Calls what sounds like the question, nothing twice, and answers with what it heard last."""

    CALLS = 10

    def __init__(self) -> None:
        self.made: list[str] = []

    def choose(self, env: ToolQueryEnv, rng: random.Random) -> str:
        options = env.valid_actions()
        answers = [each for each in options if each.startswith("finish")]
        calls = [
            each
            for each in options
            if each not in self.made and not each.startswith(("finish", "check_valid"))
        ]
        if not calls or len(self.made) >= self.CALLS:
            heard = [value for kind, value in env.episode.facts if kind == "value"]
            told = [each for each in answers if heard and json.dumps(heard[-1]) in each]
            return rng.choice(told or answers)
        wanted = _words(env.problem.task["goal"])
        best = max(calls, key=lambda each: (self._likeness(env, each, wanted), each))
        self.made.append(best)
        return best

    def _likeness(self, env: ToolQueryEnv, action: str, wanted: set[str]) -> int:
        """Words in common with the question; a tool that takes no arguments comes before others."""
        name = action.partition(" ")[0]
        tool = next(tool for tool in env.problem.app.tools if tool.name == name)
        common = len(wanted & _words(f"{name} {tool.description} {action}"))
        return common if tool.parameters else common + 100


def _words(text: str) -> set[str]:
    return {word for word in re.split(r"[^a-z]+", text.lower()) if len(word) > 2}


def _env() -> ToolQueryEnv:
    env = agentrm_envs.make("tool_query")
    assert isinstance(env, ToolQueryEnv)
    return env


def _microseconds(call: Callable[[], Any], calls: int = 300) -> float:
    begin = time.perf_counter()
    for _ in range(calls):
        call()
    return 1e6 * (time.perf_counter() - begin) / calls


if __name__ == "__main__":
    main()
