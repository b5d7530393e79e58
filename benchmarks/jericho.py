"""Times Jericho's steps, snapshots and lists of valid actions on both of its Z-machines.

    python benchmarks/jericho.py [--json]

The built-in stories are played along their walkthroughs by fernz and, where jericho is installed
(`pip install 'agentrm[frotz]'`), by its C interpreter in this process; before anything is
counted, both must have told the same. With story files in $AGENTRM_DATA/jericho, the official
tasks are timed too, each on both engines. Times are milliseconds of processor time of one call,
the best of several rounds; starting a story is not timed.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections.abc import Callable, Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from agentrm_envs.assets import ROOT_VARIABLE
from agentrm_envs.errors import MissingData
from agentrm_envs.jericho.env import JerichoEnv
from agentrm_envs.task_lists import task_table

ROUNDS = 3
STORIES = 5
"""Built-in stories that are played: one of each of these many themes."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=Raw)
    parser.add_argument("--json", action="store_true", help="for programs")
    chosen = parser.parse_args()
    # This file's folder comes first on the path, and there it would be the package jericho.
    sys.path.remove(str(Path(__file__).parent))
    engines = ["fernz", *(["jericho"] if find_spec("jericho") else [])]
    results = {data: {each: measured(data, each) for each in engines} for data in tables()}
    for data, row in results.items():
        told = [result.pop("told") for result in row.values()]
        if any(texts != told[0] for texts in told):
            raise SystemExit(f"{data}: the two engines tell different things")
    if chosen.json:
        print(json.dumps(results, indent=1))
        return
    for data, row in results.items():
        for engine, result in row.items():
            numbers = "  ".join(f"{what} {value:.3f}" for what, value in result.items())
            print(f"{data} on {engine} (ms): {numbers}")


class Raw(argparse.RawDescriptionHelpFormatter):
    """Keeps the docstring's lines."""


def tables() -> list[str]:
    """The data there is to play."""
    try:
        official = bool(os.environ.get(ROOT_VARIABLE)) and task_table("jericho", "test", "official")
    except MissingData:
        official = False
    return ["builtin", *(["official"] if official else [])]


def measured(data: str, engine: str) -> dict[str, Any]:
    """Milliseconds of a step, a snapshot, a restore and a list of valid actions; the texts."""
    split = "train" if data == "builtin" else "test"
    table = task_table("jericho", split, data)
    names = [n for n in table if n.endswith("-3")][:STORIES] if data == "builtin" else list(table)
    env = JerichoEnv(split=split, data=data, engine=engine)
    rounds = [[played(env, name, table[name]) for name in names] for _ in range(ROUNDS)]
    kinds = [kind for kind in rounds[0][0] if kind != "told"]
    best = {kind: min(mean(kind, each) for each in rounds) for kind in kinds}
    return {**best, "told": [each["told"] for each in rounds[0]]}


def played(env: JerichoEnv, name: str, task: Mapping[str, Any]) -> dict[str, Any]:
    """One walkthrough: seconds of every call by kind."""
    told = [env.reset(options={"task": name})[0]]
    times: dict[str, Any] = {"step": [], "snapshot": [], "restore": [], "valid actions": []}
    env._valid.clear()
    for action in task["walkthrough"]:
        if len(told) % 6 == 1:
            timed(times["valid actions"], env.valid_actions)
        snapshot = timed(times["snapshot"], env.snapshot)
        told.append(timed(times["step"], lambda action=action: env.step(action))[0])
        after = env.snapshot()
        timed(times["restore"], lambda snapshot=snapshot: env.restore(snapshot))
        env.restore(after)
    return {**times, "told": told}


def timed(times: list[float], call: Callable[[], Any]) -> Any:
    began = time.process_time()
    result = call()
    times.append(time.process_time() - began)
    return result


def mean(kind: str, episodes: list[dict[str, Any]]) -> float:
    """Milliseconds."""
    every = [seconds for episode in episodes for seconds in episode[kind]]
    return 1e3 * sum(every) / len(every)


if __name__ == "__main__":
    main()
